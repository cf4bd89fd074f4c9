// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of variables in configuration files
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withServer, writeServer } from '../../../local/clients/config-file.js';
import type { Connection } from '../../../local/clients/connection.js';
import { setItem, setMember } from '../../../local/clients/edit-jsonc.js';
import { CLIENTS } from '../../../local/clients/formats.js';
import { parseJsonc, toValue } from '../../../local/clients/jsonc.js';

const temporary = mkdtempSync(join(tmpdir(), 'config-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const connection: Connection = { name: 'orders', url: 'https://example.com/prod/mcp', auth: 'none' };
const { cursor, vscode } = CLIENTS;

describe('setMember', () => {
  it.each<[string, string, string]>([
    ['an empty object', '{}', '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['another member', '{\n\t"z": [1]\n}\n', '{\n\t"z": [1],\n\t"a": {\n\t\t"b": 1\n\t}\n}\n'],
    ['other members of the object', '{ "a": { "c": 2 } }', '{ "a": { "c": 2,\n  "b": 1\n} }'],
    ['a comma after the last member', '{\n  "z": 1,\n}', '{\n  "z": 1,\n  "a": {\n    "b": 1\n  },\n}'],
    [
      'comments',
      '{\n  // ours, "a": 2\n  "z": 1 // last\n  /* end, */\n}',
      '{\n  // ours, "a": 2\n  "z": 1, // last\n  /* end, */\n  "a": {\n    "b": 1\n  }\n}',
    ],
    ['Windows line ends', '{\r\n  "z": 1\r\n}\r\n', '{\r\n  "z": 1,\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}\r\n'],
    ['the same member', '{"a": {"b": {"old": true}, "c": 2}}', '{"a": {"b": 1, "c": 2}}'],
  ])('keeps %s', (_name, before, after) => {
    expect(setMember(before, ['a', 'b'], 1)).toBe(after);
    expect(toValue(parseJsonc(after))).toMatchObject({ a: { b: 1 } });
  });

  it('rejects something else on the way', () => {
    expect(() => setMember('[]', ['a', 'b'], 1)).toThrow('its content is not an object');
    expect(() => setMember('{"a":[]}', ['a', 'b'], 1)).toThrow('a is not an object');
  });
});

describe('setItem', () => {
  it('appends an item, and replaces the one with its id', () => {
    const once = setItem('{"inputs": [{"id": "x"}]}', 'inputs', { id: 'key' });
    expect(toValue(parseJsonc(once))).toEqual({ inputs: [{ id: 'x' }, { id: 'key' }] });
    expect(setItem(once, 'inputs', { id: 'key' })).toContain('"key"');
    expect(toValue(parseJsonc(setItem(once, 'inputs', { id: 'key' })))).toEqual(toValue(parseJsonc(once)));
    expect(() => setItem('{"inputs": {}}', 'inputs', { id: 'key' })).toThrow('inputs is not a list');
  });
});

describe('parseJsonc', () => {
  it.each(['{"a":[1,-2.5e3,"\\u00fc\\n",true,null,{}],"b":{"c":[]}}', '[]', '"text"', ' 0 '])(
    'reads %s as JSON.parse does',
    (text) => expect(toValue(parseJsonc(text))).toEqual(JSON.parse(text)),
  );

  it.each([
    ['{"a": }', 'line 1, column 7: expected a value'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: expected "," or "}"'],
    ["{'a': 1}", 'line 1, column 2: expected a name in double quotes'],
    ['{"a": 1', 'line 1, column 8: expected "," or "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":"'],
    ['{} {}', 'line 1, column 4: expected the end of the file'],
    ['[,]', 'line 1, column 2: expected a value'],
    ['01', 'line 1, column 2: expected the end of the file'],
  ])('rejects %s', (text, message) => expect(() => parseJsonc(text)).toThrow(message));
});

describe('writeServer', () => {
  const file = join(temporary, 'nested', 'mcp.json');
  const content = () => JSON.parse(readFileSync(file, 'utf8'));
  const write = (change: Partial<Connection> = {}) => writeServer(file, cursor, { ...connection, ...change }, 'linux');

  it('creates the file, adds to it, replaces, and leaves it unchanged', () => {
    expect(write()).toBe('created');
    expect(write()).toBe('unchanged');
    expect(write({ name: 'billing' })).toBe('added');
    expect(write({ url: 'https://example.com/v2/mcp' })).toBe('replaced');
    expect(content()).toEqual({
      mcpServers: { orders: { url: 'https://example.com/v2/mcp' }, billing: { url: connection.url } },
    });
  });

  it('does not change a file that is not valid', () => {
    const broken = join(temporary, 'broken.json');
    writeFileSync(broken, '{"mcpServers": {}');
    expect(() => writeServer(broken, cursor, connection, 'linux')).toThrow(
      `cannot add the server to ${broken}: line 1, column 18: expected "," or "}"; the file was not changed, correct it first`,
    );
    expect(readFileSync(broken, 'utf8')).toBe('{"mcpServers": {}');
  });

  it('writes into an empty file', () => {
    const empty = join(temporary, 'empty.json');
    writeFileSync(empty, '\n');
    expect(writeServer(empty, cursor, connection, 'linux')).toBe('added');
    expect(JSON.parse(readFileSync(empty, 'utf8'))).toEqual({ mcpServers: { orders: { url: connection.url } } });
  });
});

it('keeps the inputs and servers of others in a file of VS Code', () => {
  const before = `{
  // shared by the team
  "inputs": [{ "type": "promptString", "id": "token" }],
  "servers": { "github": { "url": "https://example.com" } },
}
`;
  const after = withServer(before, vscode, { ...connection, auth: 'api-key' }, 'linux');
  expect(after).toContain('// shared by the team');
  expect(toValue(parseJsonc(after))).toMatchObject({
    inputs: [{ id: 'token' }, { id: 'orders-api-key', password: true }],
    servers: { github: {}, orders: { headers: { 'x-api-key': '${input:orders-api-key}' } } },
  });
});
