import { describe, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { toolResult } from '../../../lambda/mcp/tool-result.js';
import type { RegistrationDefinition } from '../../../src/private/registration.js';
import { tool } from './registrations.js';

const NEWEST = '2026-07-28';
const of = (value: unknown, more: Partial<RegistrationDefinition> = {}, revision = NEWEST) =>
  toolResult(readFunctionResponse(value), tool('t', more), revision);
const text = (value: string) => [{ type: 'text', text: value }];
const bytes = Buffer.from('x').toString('base64');
const binary = (type: string) => ({
  statusCode: 200,
  headers: { 'content-type': type },
  body: bytes,
  isBase64Encoded: true,
});

test.each([
  ['a string is text', 'hi', { content: text('hi') }],
  ['null is no content', null, { content: [] }],
  ['JSON is text and structured content', { a: 1 }, { content: text('{"a":1}'), structuredContent: { a: 1 } }],
  ['a number too', 5, { content: text('5'), structuredContent: 5 }],
  [
    'content with MCP types is a result',
    { content: text('hi'), isError: true },
    { content: text('hi'), isError: true },
  ],
  [
    'content with other items is JSON',
    { content: [{ kind: 'x' }] },
    { structuredContent: { content: [{ kind: 'x' }] } },
  ],
  ['a result that names its type', { resultType: 'complete', content: text('hi') }, { content: text('hi') }],
  [
    'a result of structured content only gets its text',
    { resultType: 'complete', structuredContent: { a: 1 } },
    { content: text('{"a":1}'), structuredContent: { a: 1 } },
  ],
  ['_meta passes', { content: [], _meta: { 'a/b': 1 } }, { content: [], _meta: { 'a/b': 1 } }],
  ['an image', binary('image/png'), { content: [{ type: 'image', data: bytes, mimeType: 'image/png' }] }],
  ['audio', binary('audio/wav'), { content: [{ type: 'audio', data: bytes, mimeType: 'audio/wav' }] }],
  [
    'other bytes are an embedded resource',
    binary('application/pdf'),
    { content: [{ type: 'resource', resource: { uri: 'tool-result:t', mimeType: 'application/pdf', blob: bytes } }] },
  ],
  [
    'a failure status is an error',
    { statusCode: 409, body: 'taken' },
    { isError: true, content: text('HTTP 409: taken') },
  ],
])('%s', (_, value, expected) => {
  expect(of(value)).toMatchObject(expected);
  expect(of(value)).not.toHaveProperty('resultType');
});

test('a JSON-RPC error is the answer to the request', () => {
  expect(() => of({ jsonrpc: '2.0', error: { code: -32010, message: 'no' } })).toThrow(
    expect.objectContaining({ code: -32010, message: 'no' }),
  );
});

test('content that only looks like MCP says where it is wrong', () => {
  const result = of({ content: [{ type: 'text' }] });
  expect(result.isError).toBe(true);
  expect(JSON.stringify(result.content)).toContain('/content/0');
});

describe('structured content by the negotiated revision', () => {
  test.each([
    ['2025-03-26', { a: 1 }, undefined],
    ['2025-06-18', { a: 1 }, { a: 1 }],
    ['2025-11-25', [1], undefined],
    ['2026-07-28', [1], [1]],
    ['2026-07-28', { a: 1 }, { a: 1 }],
  ])('%s: %j is %j', (revision, value, expected) => {
    const result = of(value, {}, revision);
    expect(result.structuredContent).toEqual(expected);
    expect(result.content).toEqual(text(JSON.stringify(value)));
  });
});

describe('with an output schema', () => {
  const object = { outputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } };

  test('what matches passes', () => {
    expect(of({ a: 1 }, object)).toMatchObject({ structuredContent: { a: 1 } });
    expect(of('x', { outputSchema: { type: 'string' } })).toMatchObject({ structuredContent: 'x', content: text('x') });
    expect(of(null, { outputSchema: { type: 'null' } })).toMatchObject({ structuredContent: null });
  });

  test.each([
    ['a value of another shape', { a: 'one' }],
    ['text', 'one'],
    ['a result without structured content', { content: text('hi') }],
    ['nothing', null],
  ])('%s is an error', (_, value) => {
    for (const revision of ['2024-11-05', '2025-06-18', NEWEST]) {
      const result = of(value, object, revision);
      expect(result).toMatchObject({ isError: true });
      expect(JSON.stringify(result.content)).toContain('outputSchema');
    }
  });

  test('a failure is not held against it', () => {
    expect(of({ content: text('no such order'), isError: true }, object)).toEqual({
      content: text('no such order'),
      isError: true,
    });
  });
});
