import { expect, test } from 'vitest';
import { matchTemplate } from '../../../lambda/mcp/uri-template.js';
import { resource } from './registrations.js';

const template = (name: string, uriTemplate: string) => resource(name, { uriTemplate });
const templates = [
  template('page', 'docs://{page}'),
  template('pageB', 'docs://{pageB}'),
  template('rest', 'docs://{+path}'),
  template('search', 'docs://search{?q,limit}'),
  template('user', 'docs://users/{id}'),
];

test.each([
  ['docs://readme', 'page', { page: 'readme' }],
  ['docs://a%20b', 'page', { page: 'a b' }],
  ['docs://100%', 'page', { page: '100%' }],
  ['docs://a/b/c', 'rest', { path: 'a/b/c' }],
  ['docs://users/7', 'user', { id: '7' }],
  ['docs://search?q=x&limit=3', 'search', { q: 'x', limit: '3' }],
])('matches %s to %s', (uri, name, variables) => {
  const match = matchTemplate(templates, uri);
  expect([match?.registration.name, match?.variables]).toEqual([name, variables]);
});

test('does not match another scheme', () => {
  expect(matchTemplate(templates, 'files://readme')).toBeUndefined();
});
