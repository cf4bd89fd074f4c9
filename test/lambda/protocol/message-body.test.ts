import { describe, expect, test } from 'vitest';
import { normalizeMessage } from '../../../lambda/protocol/absent-values.js';
import { parseBody } from '../../../lambda/protocol/message-body.js';

const base = { jsonrpc: '2.0', id: 1 };
const call = (params: unknown) => ({ ...base, method: 'tools/call', params });

describe('parseBody', () => {
  test('normalises a message and each message of a batch', () => {
    expect(parseBody('{"jsonrpc":"2.0","id":1,"method":"ping","params":null}')).toEqual({ ...base, method: 'ping' });
    expect(parseBody('[{"method":"a","params":null},7,null]')).toEqual([{ method: 'a' }, 7, null]);
  });

  test('ignores a byte order mark', () => {
    expect(parseBody('\ufeff{"method":"a"}')).toEqual({ method: 'a' });
  });

  test.each(['', '{', 'NaN', '{"a":NaN}', '\u001f\u008b'])('throws for %j', (text) => {
    expect(() => parseBody(text)).toThrow(SyntaxError);
  });
});

describe('normalizeMessage', () => {
  test.each<[string, unknown, unknown]>([
    ['params', { ...base, method: 'ping', params: null }, { ...base, method: 'ping' }],
    [
      'result and error of a request',
      { ...base, method: 'ping', result: null, error: null },
      { ...base, method: 'ping' },
    ],
    ['error of a response', { ...base, result: {}, error: null }, { ...base, result: {} }],
    ['result of an error', { ...base, result: null, error: { code: 1 } }, { ...base, error: { code: 1 } }],
    ['arguments', call({ name: 'a', arguments: null }), call({ name: 'a' })],
    ['_meta', call({ name: 'a', _meta: null }), call({ name: 'a' })],
    ['cursor', call({ cursor: null }), call({})],
    ['an empty cursor', call({ cursor: '' }), call({})],
    ['progressToken', call({ _meta: { progressToken: null, own: null } }), call({ _meta: { own: null } })],
    [
      'members of the envelope',
      call({ _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'c', title: null } } }),
      call({ _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'c' } } }),
    ],
    [
      'capabilities and client info',
      {
        method: 'initialize',
        params: { capabilities: { roots: null, elicitation: { url: null } }, clientInfo: { icons: null } },
      },
      { method: 'initialize', params: { capabilities: { elicitation: {} }, clientInfo: {} } },
    ],
    [
      'arguments of a prompt',
      { method: 'prompts/get', params: { name: 'a', arguments: { tone: null, id: '' } } },
      { method: 'prompts/get', params: { name: 'a', arguments: { id: '' } } },
    ],
    [
      'the context of a completion',
      { method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'a', title: null }, context: null } },
      { method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'a' } } },
    ],
    [
      'input responses',
      call({ requestState: null, inputResponses: { a: { action: 'decline', content: null } } }),
      call({ inputResponses: { a: { action: 'decline' } } }),
    ],
    [
      'roots',
      { ...base, result: { roots: [{ uri: 'file:///a', name: null }] } },
      { ...base, result: { roots: [{ uri: 'file:///a' }] } },
    ],
  ])('removes null: %s', (_, message, expected) => {
    expect(normalizeMessage(message)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['the id of a request', { jsonrpc: '2.0', id: null, method: 'ping' }],
    ['the id of an error', { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } }],
    ['the only result of a response', { ...base, result: null }],
    ['tool arguments', call({ name: 'a', arguments: { a: null, _meta: null, cursor: '', deep: [{ b: null }] } })],
    ['_meta of the client', call({ _meta: { 'x.example/a': null, own: { b: null } } })],
    ['error data', { ...base, error: { code: 1, message: 'm', data: { a: null } } }],
    ['a tool use of a sampling result', { ...base, result: { content: { type: 'tool_use', input: { a: null } } } }],
    ['settings of extensions', { method: 'initialize', params: { capabilities: { extensions: { a: { b: null } } } } }],
    ['items of arrays', call({ list: [null, 1] })],
  ])('keeps null: %s', (_, message) => {
    expect(normalizeMessage(message)).toBe(message);
  });

  test('keeps exact numbers', () => {
    const exact = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('9007199254740993');
    const message = { ...call({ name: 'a', arguments: { n: exact }, progress: exact }), result: null };
    expect(JSON.stringify(normalizeMessage(message))).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":9007199254740993},"progress":9007199254740993}}',
    );
  });

  test('keeps a member named __proto__', () => {
    const message = JSON.parse('{"method":"x","params":{"__proto__":{"a":1},"cursor":null}}');
    expect(JSON.stringify(normalizeMessage(message))).toBe('{"method":"x","params":{"__proto__":{"a":1}}}');
  });

  test('accepts any depth', () => {
    const message = JSON.parse(`{"method":"x","params":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`);
    expect(normalizeMessage(message)).toBe(message);
  });

  test.each([null, 7, 'text', true, []])('returns %j as it is', (value) => {
    expect(normalizeMessage(value)).toBe(value);
  });
});
