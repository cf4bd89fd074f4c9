import { describe, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { promptResult } from '../../../lambda/mcp/prompts.js';
import { resourceResult } from '../../../lambda/mcp/resources.js';
import { prompt, resource } from './registrations.js';

const bytes = Buffer.from('x').toString('base64');
const binary = { statusCode: 200, headers: { 'content-type': 'image/png' }, body: bytes, isBase64Encoded: true };

describe('resourceResult', () => {
  const uri = 'docs://a';
  const of = (value: unknown, mimeType?: string) =>
    resourceResult(
      readFunctionResponse(value, 'resources/read'),
      uri,
      resource('r', { uri, ...(mimeType ? { mimeType } : {}) }),
    ).contents;

  test.each([
    ['text', 'hi', undefined, [{ uri, text: 'hi' }]],
    ['text with the registered MIME type', 'hi', 'text/markdown', [{ uri, mimeType: 'text/markdown', text: 'hi' }]],
    ['JSON', { a: 1 }, undefined, [{ uri, mimeType: 'application/json', text: '{"a":1}' }]],
    ['null to an empty text', null, 'text/plain', [{ uri, mimeType: 'text/plain', text: '' }]],
    ['binary data with its own MIME type', binary, 'text/plain', [{ uri, mimeType: 'image/png', blob: bytes }]],
    [
      'contents, completed by the registration',
      { contents: [{ text: 'a' }, { uri: 'docs://b', mimeType: 'text/html', text: 'b' }] },
      'text/plain',
      [
        { uri, mimeType: 'text/plain', text: 'a' },
        { uri: 'docs://b', mimeType: 'text/html', text: 'b' },
      ],
    ],
    [
      'a proxy response with its own MIME type, if none is registered',
      { statusCode: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' },
      undefined,
      [{ uri, mimeType: 'text/csv', text: 'a,b' }],
    ],
  ])('converts %s', (_, value, mimeType, contents) => {
    expect(of(value, mimeType)).toEqual(contents);
  });

  test('reports status 404 as not found, and another error status as an internal error without its text', () => {
    expect(() => of({ statusCode: 404 })).toThrow(expect.objectContaining({ code: -32602, data: { uri } }));
    expect(() => of({ statusCode: 500, body: 'secret' })).toThrow(
      expect.objectContaining({ code: -32603, message: expect.not.stringContaining('secret') }),
    );
  });

  test('reports invalid contents as an internal error', () => {
    expect(() => of({ resultType: 'complete', contents: ['x'] })).toThrow(expect.objectContaining({ code: -32603 }));
  });
});

describe('promptResult', () => {
  const of = (value: unknown) =>
    promptResult(readFunctionResponse(value, 'prompts/get'), prompt('p', { description: 'Greets' }));
  const user = (content: object) => ({ description: 'Greets', messages: [{ role: 'user', content }] });

  test.each([
    ['text to a user message', 'hi', user({ type: 'text', text: 'hi' })],
    ['JSON to a user message', { a: 1 }, user({ type: 'text', text: '{"a":1}' })],
    ['an image to a user message', binary, user({ type: 'image', data: bytes, mimeType: 'image/png' })],
    ['null to an empty list of messages', null, { description: 'Greets', messages: [] }],
    [
      'messages to a result with them',
      { description: 'Mine', messages: [{ role: 'assistant', content: { type: 'text', text: 'hi' } }] },
      { description: 'Mine', messages: [{ role: 'assistant', content: { type: 'text', text: 'hi' } }] },
    ],
  ])('converts %s', (_, value, expected) => {
    expect(of(value)).toEqual(expected);
  });

  test.each([[{ statusCode: 500, body: 'secret' }], [{ resultType: 'complete', messages: [{ role: 'robot' }] }]])(
    'reports %j as an internal error without its text',
    (value) => {
      expect(() => of(value)).toThrow(
        expect.objectContaining({ code: -32603, message: expect.not.stringMatching(/secret|robot/) }),
      );
    },
  );
});

test('removes hidden characters from the description of a prompt result, and keeps its text', () => {
  const messages = [{ role: 'user', content: { type: 'text', text: 'a\u200bb' } }];
  const response = readFunctionResponse({ description: 'Pay\u202e now', messages }, 'prompts/get');
  expect(promptResult(response, prompt('p'))).toEqual({ description: 'Pay now', messages });
});
