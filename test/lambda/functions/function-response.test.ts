import { expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';

const png = Buffer.from('png').toString('base64');

test.each([
  ['a string', 'hi', { kind: 'value', value: 'hi' }],
  ['null', null, { kind: 'value', value: null }],
  ['any JSON', { a: 1 }, { kind: 'value', value: { a: 1 } }],
  [
    'a JSON-RPC error',
    { jsonrpc: '2.0', error: { code: -32010, message: 'no', data: { x: 1 } } },
    { kind: 'error', code: -32010, message: 'no', data: { x: 1 } },
  ],
  ['an error without JSON-RPC around it', { error: { code: 1, message: 'no' } }, { kind: 'value' }],
  ['a JSON-RPC error without a code', { jsonrpc: '2.0', error: { message: 'no' } }, { kind: 'value' }],
  ['an MCP result', { resultType: 'complete', content: [] }, { kind: 'result', resultType: 'complete' }],
  ['a question', { resultType: 'input_required', requestState: 's' }, { kind: 'result', resultType: 'input_required' }],
  [
    'a proxy response with JSON',
    { statusCode: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: '{"a":1}' },
    { kind: 'value', value: { a: 1 }, mimeType: 'application/json' },
  ],
  [
    'a proxy response with a JSON suffix in multi-value headers',
    { statusCode: 201, multiValueHeaders: { 'content-type': ['application/hal+json'] }, body: '[1]' },
    { kind: 'value', value: [1], mimeType: 'application/hal+json' },
  ],
  [
    'a proxy response without content type: API Gateway takes it for JSON',
    { statusCode: 200, body: '{"a":1}' },
    { value: { a: 1 } },
  ],
  ['a proxy response without content type that is no JSON', { statusCode: 200, body: 'hello' }, { value: 'hello' }],
  [
    'a proxy response with text that happens to be JSON',
    { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '42' },
    { kind: 'value', value: '42', mimeType: 'text/plain' },
  ],
  ['a proxy response without body', { statusCode: 204 }, { kind: 'value', value: null }],
  ['a proxy response whose body is not yet a string', { statusCode: 200, body: { a: 1 } }, { value: { a: 1 } }],
  [
    'an MCP result in a proxy response',
    { statusCode: 200, body: '{"resultType":"complete","content":[]}' },
    { kind: 'result', resultType: 'complete' },
  ],
  [
    'an image',
    { statusCode: 200, headers: { 'content-type': 'image/png' }, body: png, isBase64Encoded: true },
    { kind: 'binary', base64: png, mimeType: 'image/png' },
  ],
  [
    'text in base64',
    {
      statusCode: 200,
      headers: { 'content-type': 'text/csv' },
      body: Buffer.from('ä,b').toString('base64'),
      isBase64Encoded: true,
    },
    { kind: 'value', value: 'ä,b', mimeType: 'text/csv' },
  ],
  [
    'a failure',
    { statusCode: 404, body: '{"error":"gone"}' },
    { kind: 'status', status: 404, text: '{"error":"gone"}' },
  ],
  ['a failure without body', { statusCode: 500 }, { kind: 'status', status: 500, text: '' }],
  [
    'a failure with bytes',
    { statusCode: 500, headers: { 'content-type': 'image/png' }, body: png, isBase64Encoded: true },
    { text: '' },
  ],
  [
    'business data with a status code and more',
    { statusCode: 200, body: 'x', order: 7 },
    { kind: 'value', value: { order: 7 } },
  ],
  ['a status code that HTTP has not', { statusCode: 42 }, { kind: 'value', value: { statusCode: 42 } }],
  ['a status code in a string', { statusCode: '200', body: 'x' }, { kind: 'value', value: { statusCode: '200' } }],
])('%s', (_, given, expected) => {
  expect(readFunctionResponse(given)).toMatchObject(expected);
});
