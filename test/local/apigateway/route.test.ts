import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../../local/services/apigateway/route.js';
import { route } from './support.js';

const routes = [
  route('/{proxy+}', 'rest'),
  route('/register', 'list'),
  route('/register/{id}', 'item'),
  route('/register/self', 'self'),
  route('/register/self', 'self-get', { method: 'GET' }),
  route('/files/{proxy+}', 'files'),
  route('/', 'root'),
];
const matched = (method: string, path: string) => {
  const match = matchRoute(routes, method, path);
  return match && [match.route.functionArn.split(':').at(-1), match.pathParameters];
};

describe('matchRoute', () => {
  it.each([
    ['GET', '/', 'root', {}],
    ['POST', '/register', 'list', {}],
    ['PUT', '/register/tool-a', 'item', { id: 'tool-a' }],
    ['GET', '/register/tool%20a', 'item', { id: 'tool a' }],
    ['GET', '/register/self', 'self-get', {}],
    ['DELETE', '/register/self', 'self', {}],
    ['GET', '/files/a/b.txt', 'files', { proxy: 'a/b.txt' }],
    ['GET', '/other', 'rest', { proxy: 'other' }],
    ['GET', '/register/a/b', 'rest', { proxy: 'register/a/b' }],
    ['GET', '/register/%E0%A4%A', 'item', { id: '%E0%A4%A' }],
  ])('matches %s %s with %s', (method, path, name, parameters) => {
    expect(matched(method, path)).toEqual([name, parameters]);
  });

  it('returns undefined without a matching route', () => {
    const some = [route('/mcp', 'mcp', { method: 'POST' }), route('/files/{proxy+}', 'files')];
    expect(matchRoute(some, 'GET', '/mcp')).toBeUndefined();
    expect(matchRoute(some, 'POST', '/mcp/')).toBeUndefined();
    expect(matchRoute(some, 'POST', '/files/')).toBeUndefined();
    expect(matchRoute(some, 'POST', '/')).toBeUndefined();
  });
});
