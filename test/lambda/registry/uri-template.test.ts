import { UriTemplate } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchTemplate } from '../../../lambda/registry/uri-template.js';
import { resource } from '../mcp/registrations.js';

const template = (name: string, uriTemplate: string) => resource(name, { uriTemplate });
const templates = [
  template('page', 'docs://{page}'),
  template('pageB', 'docs://{pageB}'),
  template('rest', 'docs://{+path}'),
  template('search', 'docs://search{?q,limit}'),
  template('user', 'docs://users/{id}'),
];
const variablesOf = (uriTemplate: string, uri: string) => matchTemplate([template('t', uriTemplate)], uri)?.variables;

test.each([
  ['docs://readme', 'page', { page: 'readme' }],
  ['docs://a%20b', 'page', { page: 'a b' }],
  ['docs://100%', 'page', { page: '100%' }],
  ['docs://a/b/c', 'rest', { path: 'a/b/c' }],
  ['docs://users/7', 'user', { id: '7' }],
  ['docs://search?q=x&limit=3', 'search', { q: 'x', limit: '3' }],
  ['docs://search', 'search', {}],
])('matches %s to %s', (uri, name, variables) => {
  const match = matchTemplate(templates, uri);
  expect([match?.registration.name, match?.variables]).toEqual([name, variables]);
});

describe('query variables', () => {
  test.each<[string, string, object | undefined]>([
    ['s://f/{x}{?page,tag}', 's://f/a', { x: 'a' }],
    ['s://f/{x}{?page,tag}', 's://f/a?tag=b&page=1', { x: 'a', page: '1', tag: 'b' }],
    ['s://f/{x}{?page,tag}', 's://f/a?page=', { x: 'a', page: '' }],
    ['s://f{?page}', 's://f?other=1', undefined],
    ['s://f{?page}', 's://f?page=1&page=2', undefined],
    ['s://f{?page}', 's://f?page', undefined],
    ['s://f{?tag*}', 's://f?tag=a&tag=b', { tag: ['a', 'b'] }],
    ['s://f?fixed=1{&x,y}', 's://f?fixed=1&y=2', { y: '2' }],
    ['s://f{?a}{&b}', 's://f?a=1&b=2', { a: '1', b: '2' }],
    ['s://f{?q}{#part}', 's://f?q=1#top', { q: '1', part: 'top' }],
  ])('%s matches %s', (uriTemplate, uri, variables) => {
    expect(variablesOf(uriTemplate, uri)).toEqual(variables);
  });
});

test.each<[string, string, object | undefined]>([
  ['s://f{/x*}', 's://f/a/b', { x: ['a', 'b'] }],
  ['s://f{/x}', 's://f/a/b', undefined],
  ['s://{x*}', 's://a,b', { x: ['a', 'b'] }],
  ['s://f{.ext}', 's://f.tar.gz', { ext: 'tar.gz' }],
  ['s://{a}-{b}', 's://1-2-3', { a: '1-2', b: '3' }],
  ['s://{+a}/end', 's://x/end/end', { a: 'x/end' }],
  ['s://{a}', 's://', undefined],
  ['s://{__proto__}', 's://x', Object.fromEntries([['__proto__', 'x']])],
])('%s matches %s', (uriTemplate, uri, variables) => {
  expect(variablesOf(uriTemplate, uri)).toEqual(variables);
});

test('does not match another scheme, or a URI over 2,048 bytes', () => {
  expect(matchTemplate(templates, 'files://readme')).toBeUndefined();
  expect(matchTemplate(templates, `docs://${'a'.repeat(2_041)}`)?.registration.name).toBe('page');
  expect(matchTemplate(templates, `docs://${'a'.repeat(2_042)}`)).toBeUndefined();
});

test('gives back the values that a template was expanded with', () => {
  const value = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const uriTemplate = 's://{a}/x{/b}{?c}';
      const uri = new UriTemplate(uriTemplate).expand({ a, b, c });
      expect(variablesOf(uriTemplate, uri)).toEqual({ a, b, c });
    }),
  );
});

test.each([
  ['log://{year}-{month}-{day}', `log://${'-'.repeat(2_000)}/`],
  [`s://${Array.from({ length: 16 }, (_, n) => `{v${n}}`).join('-')}`, `s://${'-'.repeat(2_000)}/`],
  ['s://{+a}x{+b}y', `s://${'x'.repeat(2_000)}`],
  ['s://f{?a*,b*}', `s://f?${'a=1&'.repeat(400)}c=1`],
])('rejects a long URI for %s', (uriTemplate, uri) => {
  expect(variablesOf(uriTemplate, uri)).toBeUndefined();
});
