import { describe, expect, test } from 'vitest';
import { parseExact } from '../../../lambda/shared/exact-json.js';
import {
  exactInputResponses,
  idProblem,
  parseMessage,
  plainContent,
  plainResponse,
  plainResult,
} from '../../../lambda/shared/exact-message.js';
import type { JsonObject } from '../../../src/private/registration.js';

const BIG = '725653563933458432';
const read = (text: string) => parseExact(text) as JsonObject;

describe('parseMessage', () => {
  const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;

  test.each([
    ['arguments', call(`{"name":"x","arguments":{"id":${BIG},"list":[1.0]}}`)],
    ['metadata of the user', call(`{"name":"x","_meta":{"shop.example/n":1.50}}`)],
    ['input responses', call(`{"name":"x","inputResponses":{"a":{"content":{"n":${BIG}}}}}`)],
    ['a result', `{"jsonrpc":"2.0","id":1,"result":{"n":${BIG}}}`],
    ['the data of an error', `{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"","data":{"n":${BIG}}}}`],
    ['a batch', `[${call(`{"arguments":{"id":${BIG}}}`)}]`],
    ['an id that would change', '{"jsonrpc":"2.0","id":9007199254740993}'],
  ])('keeps the numbers of %s', (_, text) => {
    expect(JSON.stringify(parseMessage(text))).toBe(text);
  });

  test.each([
    ['an id', '{"id":1.0}', '{"id":1}'],
    ['the envelope', '{"jsonrpc":2.0,"method":1.0}', '{"jsonrpc":2,"method":1}'],
    ['an error', '{"error":{"code":-1.0}}', '{"error":{"code":-1}}'],
    [
      'parameters that MCP defines',
      '{"params":{"requestId":7.0,"progress":1.50,"capabilities":{"n":1.0}}}',
      '{"params":{"requestId":7,"progress":1.5,"capabilities":{"n":1}}}',
    ],
    [
      'metadata that MCP defines',
      '{"params":{"_meta":{"progressToken":3.0,"io.modelcontextprotocol/x":{"n":1.0}}}}',
      '{"params":{"_meta":{"progressToken":3,"io.modelcontextprotocol/x":{"n":1}}}}',
    ],
    [
      'arguments of a prompt, which are strings',
      '{"method":"prompts/get","params":{"arguments":{"n":1.0}}}',
      '{"method":"prompts/get","params":{"arguments":{"n":1}}}',
    ],
    [
      'members that must be objects',
      '{"method":"tools/call","params":{"arguments":1.0,"_meta":1.0,"inputResponses":{"a":1.0}}}',
      '{"method":"tools/call","params":{"arguments":1,"_meta":1,"inputResponses":{"a":1}}}',
    ],
    ['what is not an object', '[1.0,{"params":1.0,"result":1.0}]', '[1,{"params":1,"result":1}]'],
  ])('has plain numbers in %s', (_, text, expected) => {
    expect(JSON.stringify(parseMessage(text))).toBe(expected);
  });
});

describe('idProblem', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['1.5', '1.5'],
    ['1e2', '1e2'],
  ])('reports the id %s', (id, value) => {
    expect(idProblem(parseMessage(`{"id":${id}}`))).toMatchObject({ path: 'id', value });
  });

  test('reports a progress token', () => {
    expect(idProblem(parseMessage('{"id":1,"params":{"_meta":{"progressToken":1e2}}}'))).toMatchObject({
      path: 'params._meta.progressToken',
      value: '1e2',
    });
  });

  test.each(['{"id":1.0}', '{"id":"9007199254740993"}', '{"id":null}', '{}', '[]', '1'])('accepts %s', (text) => {
    expect(idProblem(parseMessage(text))).toBeUndefined();
  });
});

test('plainResult keeps structured content, metadata and unknown members', () => {
  const result = read(
    `{"content":[{"type":"text","annotations":{"priority":1.0},"_meta":{"n":1.0}}],"structuredContent":${BIG},"_meta":{"n":1.0},"ttlMs":5.0,"x":1.0}`,
  );
  expect(JSON.stringify(plainResult(result))).toBe(
    `{"content":[{"type":"text","annotations":{"priority":1},"_meta":{"n":1.0}}],"structuredContent":${BIG},"_meta":{"n":1.0},"ttlMs":5,"x":1.0}`,
  );
  expect(JSON.stringify(plainResult(read('{"_meta":1.0}')))).toBe('{"_meta":1}');
});

test('plainContent keeps the input of a tool use', () => {
  const content = read(`{"type":"tool_use","input":{"id":${BIG}},"size":1.0}`);
  expect(JSON.stringify(plainContent(content))).toBe(`{"type":"tool_use","input":{"id":${BIG}},"size":1}`);
});

describe('plainResponse', () => {
  test('lets exact numbers pass through a schema', () => {
    const response = parseMessage(
      `{"jsonrpc":"2.0","id":1,"result":{"content":{"n":${BIG},"list":[1.0,2]},"_meta":{"x":1.0}}}`,
    ) as { result: JsonObject };
    const { result } = plainResponse(response);
    expect(result.content).toEqual({ n: Number(BIG), list: [1, 2] });
    const parsed = { ...result, content: { ...(result.content as object), added: true } };
    expect(JSON.stringify(exactInputResponses({ size: parsed }))).toBe(
      `{"size":{"content":{"n":${BIG},"list":[1.0,2],"added":true},"_meta":{"x":1.0}}}`,
    );
  });

  test('leaves no trace in a response without metadata', () => {
    const { result } = plainResponse({ result: read('{"n":1.0}') });
    expect(JSON.stringify(exactInputResponses({ a: result }))).toBe('{"a":{"n":1.0}}');
  });

  test('is the response itself without exact numbers', () => {
    const response = { id: 1, result: { n: 1 } };
    expect(plainResponse(response)).toBe(response);
    const error = { id: 1, error: { code: 1, message: '' } };
    expect(plainResponse(error)).toBe(error);
  });

  test('ignores what a client sends in its place', () => {
    const responses = { a: { n: 1, _meta: { 'cdk-mcp-lambda/original': { result: { n: 2 } } } } };
    expect(exactInputResponses(responses)).toBe(responses);
    expect(exactInputResponses(undefined)).toBeUndefined();
  });
});
