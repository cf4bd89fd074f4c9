import { describe, expect, test } from 'vitest';
import { validateDefinition, validateRegistration } from '../../../src/private/validation';
import { isReservedMetaKey, isUnsafeLink, withoutHiddenCharacters } from '../../../src/private/validation/characters';

const errorsOf = (more: object) =>
  (validateDefinition({ type: 'tool', name: 'search', ...more }).errors ?? []).map(
    ({ path, message }) => `${path} ${message}`,
  );

describe('hidden characters', () => {
  test.each([
    ['a control character', '\u0007', 'U+0007'],
    ['an escape sequence', '\u001b[31m', 'U+001B'],
    ['a C1 control character', '\u009b', 'U+009B'],
    ['a bidirectional override', '\u202e', 'U+202E'],
    ['an isolate', '\u2066', 'U+2066'],
    ['a direction mark', '\u200f', 'U+200F'],
    ['a zero-width space', '\u200b', 'U+200B'],
    ['a byte order mark', '\ufeff', 'U+FEFF'],
    ['a tag', '\u{e0041}', 'U+E0041'],
    ['a variation selector of the supplement', '\u{e0100}', 'U+E0100'],
    ['a joiner between letters', '\u200d', 'U+200D'],
    ['a series of variation selectors', '\ufe01\ufe02', 'U+FE01'],
    ['a filler', '\u3164', 'U+3164'],
    ['half of a surrogate pair', '\ud800', 'U+D800'],
  ])('rejects %s', (_, character, name) => {
    const text = `a${character}b`;
    expect(errorsOf({ description: text })).toEqual([`/description contains the hidden character ${name}: remove it`]);
    expect(errorsOf({ annotations: { title: text } })[0]).toContain('/annotations/title contains');
    expect(errorsOf({ inputSchema: { type: 'object', properties: { x: { enum: [text] } } } })[0]).toContain(name);
    expect(errorsOf({ inputSchema: { type: 'object', properties: { [text]: {} } } })[0]).toContain('has a key with');
  });

  test('are rejected in every text of every kind, at synth and by the Registration API', () => {
    const text = 'a\u202eb';
    const prompt = { type: 'prompt', name: 'p' };
    const resource = { type: 'resource', name: 'r', uri: 'docs://r' };
    const rows: Array<[path: string, body: object]> = [
      ...[{ type: 'tool', name: 't' }, prompt, resource].flatMap(
        (body): Array<[string, object]> => [
          ['/name', { ...body, name: text }],
          ['/title', { ...body, title: text }],
          ['/description', { ...body, description: text }],
          ['/icons/0/src', { ...body, icons: [{ src: `https://example.com/${text}` }] }],
          ['/icons/0/mimeType', { ...body, icons: [{ src: 'https://example.com', mimeType: text }] }],
          ['/toolsets/0', { ...body, toolsets: [text] }],
          ['/_meta/example.com~1note', { ...body, _meta: { 'example.com/note': text } }],
        ],
      ),
      ['/annotations/title', { type: 'tool', name: 't', annotations: { title: text } }],
      ['/parameters', { type: 'tool', name: 't', parameters: { [text]: 'string' } }],
      ['/arguments/0/name', { ...prompt, arguments: [{ name: text }] }],
      ['/arguments/0/title', { ...prompt, arguments: [{ name: 'x', title: text }] }],
      ['/arguments/0/description', { ...prompt, arguments: [{ name: 'x', description: text }] }],
      ['/completions/x/0', { ...prompt, arguments: [{ name: 'x' }], completions: { x: [text] } }],
      ['/uri', { ...resource, uri: `docs://${text}` }],
      ['/uriTemplate', { type: 'resource', name: 'r', uriTemplate: `docs://{x}/${text}` }],
      ['/mimeType', { ...resource, mimeType: text }],
    ];
    const lambdaArn = 'arn:aws:lambda:us-east-1:111122223333:function:f';
    for (const [path, body] of rows) {
      for (const { errors } of [validateDefinition(body), validateRegistration({ ...body, lambdaArn })]) {
        const found = errors?.filter((error) => error.path === path).map(({ message }) => message);
        expect(found?.join(), path).toMatch(/(contains|a key with) the hidden character U\+202E/);
      }
    }
  });

  test.each(['line\r\n\tbreaks', 'نمی‌خواهم', '👩‍💻 ❤️ 1️⃣', 'café', '日本語', '\u00a0'])('accepts %j', (text) => {
    expect(errorsOf({ description: text })).toEqual([]);
    expect(withoutHiddenCharacters(text)).toBe(text);
  });

  test('of a pattern can be escapes', () => {
    const schema = (pattern: string) => ({ inputSchema: { type: 'object', properties: { x: { pattern } } } });
    expect(errorsOf(schema('\u200b'))[0]).toMatch(/remove it, or write it as \\u\{200B\}$/);
    expect(errorsOf(schema('\\u{200B}'))).toEqual([]);
  });

  test('are allowed in events, which clients do not see', () => {
    expect(errorsOf({ event: { type: 'template', template: { separator: '\u0000' } } })).toEqual([]);
  });
});

describe('links', () => {
  test.each([
    'javascript:alert(1)',
    'JavaScript:x',
    ' java\nscript:x',
    'java\u200bscript:x',
    'file:///etc/passwd',
    'vbscript:x',
  ])('%j is unsafe', (link) => {
    expect(isUnsafeLink(link)).toBe(true);
    expect(errorsOf({ icons: [{ src: link }] }).join()).toContain('/icons/0/src must be');
  });

  test.each(['https://example.com/javascript:x', 'docs://file:1', 'data:image/png;base64,AA'])('%j is safe', (link) => {
    expect(isUnsafeLink(link)).toBe(false);
  });

  test.each(['uri', 'uriTemplate'])('a resource cannot have a %s that runs code', (key) => {
    const { errors } = validateDefinition({ type: 'resource', name: 'page', [key]: 'javascript:alert({x})' });
    const message = key === 'uri' ? 'contains { or }' : 'has a scheme that runs code';
    expect(errors?.some((error) => error.message.includes(message))).toBe(true);
    expect(validateDefinition({ type: 'resource', name: 'page', uri: 'vbscript:x' }).errors?.[0]?.message).toContain(
      'runs code',
    );
  });
});

test.each([
  ['io.modelcontextprotocol/related-task', true],
  ['modelcontextprotocol.io/x', true],
  ['mcp/x', true],
  ['dev.mcp/x', true],
  ['com.example.mcp/x', false],
  ['example.com/mcp', false],
  ['openai/outputTemplate', false],
  ['ui', false],
])('%s is reserved: %s', (key, reserved) => {
  expect(isReservedMetaKey(key)).toBe(reserved);
  const message = `/_meta/${key.replace('/', '~1')} is reserved for MCP: use a prefix of your own domain`;
  expect(errorsOf({ _meta: { [key]: 1 } })).toEqual(reserved ? [message] : []);
});

test('takes bounded time for MIME types and keywords that are names of inherited methods', () => {
  const mimeType = `a/b${';a=b '.repeat(5_000)}\n`;
  const { errors } = validateDefinition({ type: 'resource', name: 'page', uri: 'docs://a', mimeType });
  expect(errors?.[0]?.path).toBe('/mimeType');
  expect(errorsOf({ inputSchema: { type: 'object', __defineGetter__: 1, constructor: {}, toString: 'x' } })).toEqual(
    [],
  );
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
  expect(validateDefinition({ type: deep, name: 'x' }).errors?.[0]?.message).toContain('nested more than 64 levels');
});
