import { describe, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { promptResult } from '../../../lambda/mcp/prompts.js';
import { resourceResult } from '../../../lambda/mcp/resources.js';
import { prompt, resource } from './registrations.js';

const bytes = Buffer.from('x').toString('base64');
const binary = { statusCode: 200, headers: { 'content-type': 'image/png' }, body: bytes, isBase64Encoded: true };

describe('a resource', () => {
  const uri = 'docs://a';
  const of = (value: unknown, mimeType?: string) =>
    resourceResult(readFunctionResponse(value), uri, resource('r', { uri, ...(mimeType ? { mimeType } : {}) }))
      .contents;

  test.each([
    ['text', 'hi', undefined, [{ uri, text: 'hi' }]],
    ['text with the registered type', 'hi', 'text/markdown', [{ uri, mimeType: 'text/markdown', text: 'hi' }]],
    ['JSON', { a: 1 }, undefined, [{ uri, mimeType: 'application/json', text: '{"a":1}' }]],
    ['nothing', null, 'text/plain', []],
    ['bytes with the type they came with', binary, 'text/plain', [{ uri, mimeType: 'image/png', blob: bytes }]],
    [
      'contents, with what they leave out',
      { contents: [{ text: 'a' }, { uri: 'docs://b', mimeType: 'text/html', text: 'b' }] },
      'text/plain',
      [
        { uri, mimeType: 'text/plain', text: 'a' },
        { uri: 'docs://b', mimeType: 'text/html', text: 'b' },
      ],
    ],
    [
      'the type of a proxy response where none is registered',
      { statusCode: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' },
      undefined,
      [{ uri, mimeType: 'text/csv', text: 'a,b' }],
    ],
  ])('%s', (_, value, mimeType, contents) => {
    expect(of(value, mimeType)).toEqual(contents);
  });

  test('404 is not found, any other failure an internal error without its text', () => {
    expect(() => of({ statusCode: 404 })).toThrow(expect.objectContaining({ code: -32602, data: { uri } }));
    expect(() => of({ statusCode: 500, body: 'secret' })).toThrow(
      expect.objectContaining({ code: -32603, message: expect.not.stringContaining('secret') }),
    );
  });

  test('invalid contents are an internal error', () => {
    expect(() => of({ contents: ['x'] })).toThrow(expect.objectContaining({ code: -32603 }));
  });
});

describe('a prompt', () => {
  const of = (value: unknown) => promptResult(readFunctionResponse(value), prompt('p', { description: 'Greets' }));
  const user = (content: object) => ({ description: 'Greets', messages: [{ role: 'user', content }] });

  test.each([
    ['text is a message of the user', 'hi', user({ type: 'text', text: 'hi' })],
    ['JSON too', { a: 1 }, user({ type: 'text', text: '{"a":1}' })],
    ['an image too', binary, user({ type: 'image', data: bytes, mimeType: 'image/png' })],
    ['nothing is no message', null, { description: 'Greets', messages: [] }],
    [
      'messages are a result',
      { description: 'Mine', messages: [{ role: 'assistant', content: { type: 'text', text: 'hi' } }] },
      { description: 'Mine', messages: [{ role: 'assistant', content: { type: 'text', text: 'hi' } }] },
    ],
  ])('%s', (_, value, expected) => {
    expect(of(value)).toEqual(expected);
  });

  test.each([[{ statusCode: 500, body: 'secret' }], [{ messages: [{ role: 'robot' }] }]])(
    '%j fails without its text',
    (value) => {
      expect(() => of(value)).toThrow(
        expect.objectContaining({ code: -32603, message: expect.not.stringMatching(/secret|robot/) }),
      );
    },
  );
});
