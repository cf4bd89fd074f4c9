import { describe, expect, test } from 'vitest';
import { parseExact } from '../../../../lambda/shared/exact-json.js';
import type { EventParameter, ParameterStyle } from '../../../../src/private/event.js';
import { eventFor, v1, v2 } from './support.js';

/** The values of the examples in the OpenAPI Specification, "Style Examples". */
const EMPTY = '';
const STRING = 'blue';
const ARRAY = ['blue', 'black', 'brown'];
const OBJECT = { R: 100, G: 200, B: 150 };

const parameter = (style: ParameterStyle, explode: boolean): EventParameter => ({ name: 'color', style, explode });

describe('path parameters', () => {
  test.each([
    ['simple', false, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['simple', true, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    ['label', false, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['label', true, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['matrix', false, ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
    ['matrix', true, ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
  ] as const)('%s, explode %s', (style, explode, ...expected) => {
    const event = { method: 'GET', path: '/c/{color}', pathParameters: [parameter(style, explode)] } as const;
    const values = [STRING, ARRAY, OBJECT].map((color) => v1(event, { color }));
    expect(values.map(({ path }) => path)).toEqual(expected.map((each) => `/c/${each}`));
    expect(values.map(({ pathParameters }) => pathParameters.color)).toEqual(expected);
  });

  test('have only their name in the style matrix, without a value', () => {
    for (const [explode, path] of [
      [false, '/c/;color'],
      [true, '/c/;color;color=black'],
    ] as const) {
      const event = { method: 'GET', path: '/c/{color}', pathParameters: [parameter('matrix', explode)] } as const;
      expect(v1(event, { color: explode ? ['', 'black'] : '' }).path).toBe(path);
    }
  });

  test('encode values, not separators', () => {
    const event = { method: 'GET', path: '/c/{color}' } as const;
    expect(v1(event, { color: ['a,b', "c;d?e#f%g!'()*"] })).toMatchObject({
      path: '/c/a%2Cb,c%3Bd%3Fe%23f%25g%21%27%28%29%2A',
      pathParameters: { color: "a,b,c;d?e#f%g!'()*" },
    });
    expect(v1(event, { color: '\ud800' })).toMatchObject({ path: '/c/%EF%BF%BD', pathParameters: { color: '\ufffd' } });
    const query = v1({ method: 'GET', path: '/', query: [] }, { 'a\ud800': '\udfff' });
    expect(query.queryStringParameters).toEqual({ 'a\ufffd': '\ufffd' });
  });

  test('may span several segments at the end of the path', () => {
    const event = { method: 'GET', path: '/files/{key+}' } as const;
    expect(v1(event, { key: 'a b/c?.txt' })).toMatchObject({
      resource: '/files/{key+}',
      path: '/files/a%20b/c%3F.txt',
      pathParameters: { key: 'a b/c?.txt' },
    });
  });

  test('may be several in one segment, under other names', () => {
    const event = {
      method: 'GET',
      path: '/{from}-{to}.{format}',
      pathParameters: [{ name: 'format', argument: 'format_2' }],
    } as const;
    expect(v1(event, { from: 1, to: 2, format_2: 'csv' })).toMatchObject({
      path: '/1-2.csv',
      pathParameters: { from: '1', to: '2', format: 'csv' },
    });
  });
});

describe('query parameters', () => {
  test.each([
    ['form', true, 'color=', 'color=blue', 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
    ['form', false, 'color=', 'color=blue', 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
    [
      'spaceDelimited',
      false,
      'color=',
      'color=blue',
      'color=blue%20black%20brown',
      'color=R%20100%20G%20200%20B%20150',
    ],
    ['pipeDelimited', false, 'color=', 'color=blue', 'color=blue%7Cblack%7Cbrown', 'color=R%7C100%7CG%7C200%7CB%7C150'],
    [
      'deepObject',
      true,
      'color=',
      'color=blue',
      'color=blue&color=black&color=brown',
      'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150',
    ],
    [
      'json',
      false,
      'color=%22%22',
      'color=%22blue%22',
      'color=%5B%22blue%22%2C%22black%22%2C%22brown%22%5D',
      'color=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D',
    ],
  ] as const)('%s, explode %s', (style, explode, ...expected) => {
    const event = { method: 'GET', path: '/', query: [parameter(style, explode)] } as const;
    const values = [EMPTY, STRING, ARRAY, OBJECT].map((color) => v2(event, { color }).rawQueryString);
    expect(values).toEqual(expected);
  });

  test('are decoded in payload format 1.0', () => {
    const query = [parameter('pipeDelimited', false), { name: 'filter', style: 'deepObject', explode: true }] as const;
    expect(v1({ method: 'GET', path: '/', query }, { color: ARRAY, filter: { a: { b: 'c d' } } })).toMatchObject({
      queryStringParameters: { color: 'blue|black|brown', 'filter[a][b]': 'c d' },
    });
  });

  test('are left out without a value', () => {
    const event = { method: 'GET', path: '/', query: ['a', 'b', { name: 'c', explode: false }] } as const;
    expect(v2(event, { b: null, c: [] }).rawQueryString).toBe('');
  });
});

test('headers have their values in the style simple', () => {
  const headers = [
    'X-A',
    { name: 'X-B', argument: 'b', explode: true },
    { name: 'X-C', argument: 'c', style: 'json' },
  ] as const;
  const event = v1({ method: 'GET', path: '/', headers }, { 'X-A': [1, 2], b: { k: 'v', l: 'w' }, c: { k: '日\n' } });
  expect(event.multiValueHeaders).toMatchObject({
    'X-A': ['1,2'],
    'X-B': ['k=v,l=w'],
    'X-C': ['{"k":"\\u65e5\\n"}'],
  });
});

test('cookies are encoded', () => {
  const event = { method: 'GET', path: '/', cookies: ['a', { name: 'b', explode: false }] } as const;
  const args = { a: 'x; y="z",\r\n', b: [1, 2] };
  expect(v2(event, args).cookies).toEqual(['a=x%3B%20y%3D%22z%22%2C%0D%0A', 'b=1,2']);
  expect(v1(event, args).headers.Cookie).toBe('a=x%3B%20y%3D%22z%22%2C%0D%0A; b=1,2');
});

test('numbers keep their digits', () => {
  const n = parseExact('725653563933458432');
  const event = v2({ method: 'POST', path: '/{n}', query: ['q'], headers: ['X-N'] }, { n, q: [n], 'X-N': n, rest: n });
  expect(event).toMatchObject({
    rawPath: '/725653563933458432',
    rawQueryString: 'q=725653563933458432',
    body: '{"rest":725653563933458432}',
  });
  expect(event.headers['x-n']).toBe('725653563933458432');
  const agent = eventFor({ type: 'bedrockAgent', actionGroup: 'a', function: 'f' }, { n });
  expect(agent.parameters).toEqual([{ name: 'n', type: 'integer', value: '725653563933458432' }]);
  expect(eventFor({ type: 'template', template: { n: 'no. {{arguments.n}}' } }, { n })).toEqual({
    n: 'no. 725653563933458432',
  });
});
