import { describe, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { toolResult } from '../../../lambda/mcp/tool-result.js';
import type { RegistrationDefinition } from '../../../src/private/registration.js';
import { tool } from './registrations.js';

const NEWEST = '2026-07-28';
const of = (value: unknown, more: Partial<RegistrationDefinition> = {}, revision = NEWEST) =>
  toolResult(readFunctionResponse(value, 'tools/call'), tool('t', more), revision);
const text = (value: string) => [{ type: 'text', text: value }];
const bytes = Buffer.from('x').toString('base64');
const binary = (type: string) => ({
  statusCode: 200,
  headers: { 'content-type': type },
  body: bytes,
  isBase64Encoded: true,
});

test.each([
  ['a string to text', 'hi', { content: text('hi') }],
  ['null to empty content', null, { content: [] }],
  ['an object to text and structured content', { a: 1 }, { content: text('{"a":1}'), structuredContent: { a: 1 } }],
  ['a number to text and structured content', 5, { content: text('5'), structuredContent: 5 }],
  [
    'an object with MCP content to a result',
    { content: text('hi'), isError: true },
    { content: text('hi'), isError: true },
  ],
  [
    'an object with other content to structured content',
    { content: [{ kind: 'x' }] },
    { structuredContent: { content: [{ kind: 'x' }] } },
  ],
  ['a result with a resultType', { resultType: 'complete', content: text('hi') }, { content: text('hi') }],
  [
    'a result with structured content only, which gets text',
    { resultType: 'complete', structuredContent: { a: 1 } },
    { content: text('{"a":1}'), structuredContent: { a: 1 } },
  ],
  ['a result with _meta', { content: [], _meta: { 'a/b': 1 } }, { content: [], _meta: { 'a/b': 1 } }],
  [
    'an image to image content',
    binary('image/png'),
    { content: [{ type: 'image', data: bytes, mimeType: 'image/png' }] },
  ],
  ['audio to audio content', binary('audio/wav'), { content: [{ type: 'audio', data: bytes, mimeType: 'audio/wav' }] }],
  [
    'other binary data to an embedded resource',
    binary('application/pdf'),
    { content: [{ type: 'resource', resource: { uri: 'tool-result:t', mimeType: 'application/pdf', blob: bytes } }] },
  ],
  [
    'an error status to an error result',
    { statusCode: 409, body: 'taken' },
    { isError: true, content: text('HTTP 409: taken') },
  ],
])('converts %s', (_, value, expected) => {
  expect(of(value)).toMatchObject(expected);
  expect(of(value)).not.toHaveProperty('resultType');
});

test('throws a JSON-RPC error of the handler', () => {
  expect(() => of({ jsonrpc: '2.0', error: { code: -32010, message: 'no' } })).toThrow(
    expect.objectContaining({ code: -32010, message: 'no' }),
  );
});

test('reports where MCP content is invalid', () => {
  const result = of({ resultType: 'complete', content: [{ type: 'text' }] });
  expect(result.isError).toBe(true);
  expect(JSON.stringify(result.content)).toContain('/content/0');
});

describe('structured content by protocol revision', () => {
  test.each([
    ['2025-03-26', { a: 1 }, undefined],
    ['2025-06-18', { a: 1 }, { a: 1 }],
    ['2025-11-25', [1], undefined],
    ['2026-07-28', [1], [1]],
    ['2026-07-28', { a: 1 }, { a: 1 }],
  ])('%s: converts %j to %j', (revision, value, expected) => {
    const result = of(value, {}, revision);
    expect(result.structuredContent).toEqual(expected);
    expect(result.content).toEqual(text(JSON.stringify(value)));
  });
});

describe('with an output schema', () => {
  const object = { outputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } };

  test('returns a value that matches', () => {
    expect(of({ a: 1 }, object)).toMatchObject({ structuredContent: { a: 1 } });
    expect(of('x', { outputSchema: { type: 'string' } })).toMatchObject({ structuredContent: 'x', content: text('x') });
    expect(of(null, { outputSchema: { type: 'null' } })).toMatchObject({ structuredContent: null });
  });

  test.each([
    ['a value of another shape', { a: 'one' }],
    ['a string', 'one'],
    ['a result without structured content', { content: text('hi') }],
    ['null', null],
  ])('reports %s as an error', (_, value) => {
    for (const revision of ['2024-11-05', '2025-06-18', NEWEST]) {
      const result = of(value, object, revision);
      expect(result).toMatchObject({ isError: true });
      expect(JSON.stringify(result.content)).toContain('outputSchema');
    }
  });

  test('does not validate an error result', () => {
    expect(of({ content: text('no such order'), isError: true }, object)).toEqual({
      content: text('no such order'),
      isError: true,
    });
  });
});
