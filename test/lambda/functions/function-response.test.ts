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
  ['an error without a JSON-RPC envelope', { error: { code: 1, message: 'no' } }, { kind: 'value' }],
  ['a JSON-RPC error without a code', { jsonrpc: '2.0', error: { message: 'no' } }, { kind: 'value' }],
  ['an MCP result', { resultType: 'complete', content: [] }, { kind: 'result', resultType: 'complete' }],
  [
    'an input request',
    { resultType: 'input_required', requestState: 's' },
    { kind: 'result', resultType: 'input_required' },
  ],
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
  ['a proxy response with JSON and without a content type', { statusCode: 200, body: '{"a":1}' }, { value: { a: 1 } }],
  ['a proxy response with text and without a content type', { statusCode: 200, body: 'hello' }, { value: 'hello' }],
  [
    'a proxy response with the content type text/plain and a JSON body',
    { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '42' },
    { kind: 'value', value: '42', mimeType: 'text/plain' },
  ],
  ['a proxy response without a body', { statusCode: 204 }, { kind: 'value', value: null }],
  ['a proxy response whose body is an object', { statusCode: 200, body: { a: 1 } }, { value: { a: 1 } }],
  [
    'an MCP result in a proxy response',
    { statusCode: 200, body: '{"resultType":"complete","content":[]}' },
    { kind: 'result', resultType: 'complete' },
  ],
  [
    'a proxy response with an image',
    { statusCode: 200, headers: { 'content-type': 'image/png' }, body: png, isBase64Encoded: true },
    { kind: 'binary', base64: png, mimeType: 'image/png' },
  ],
  [
    'a proxy response with text in base64',
    {
      statusCode: 200,
      headers: { 'content-type': 'text/csv' },
      body: Buffer.from('ä,b').toString('base64'),
      isBase64Encoded: true,
    },
    { kind: 'value', value: 'ä,b', mimeType: 'text/csv' },
  ],
  [
    'a proxy response with an error status',
    { statusCode: 404, body: '{"error":"gone"}' },
    { kind: 'status', status: 404, text: '{"error":"gone"}' },
  ],
  ['a proxy response with an error status and no body', { statusCode: 500 }, { kind: 'status', status: 500, text: '' }],
  [
    'a proxy response with an error status and a binary body',
    { statusCode: 500, headers: { 'content-type': 'image/png' }, body: png, isBase64Encoded: true },
    { text: '' },
  ],
  [
    'an object with a status code and other keys',
    { statusCode: 200, body: 'x', order: 7 },
    { kind: 'value', value: { order: 7 } },
  ],
  ['an invalid status code', { statusCode: 42 }, { kind: 'value', value: { statusCode: 42 } }],
  ['a status code that is a string', { statusCode: '400', body: 'x' }, { kind: 'status', status: 400, text: 'x' }],
])('reads %s', (_, value, expected) => {
  expect(readFunctionResponse(value, 'tools/call')).toMatchObject(expected);
});

test('leaves out the null members of input requests, except in data', () => {
  const params = { message: 'Size?', requestedSchema: { type: 'object', description: null, properties: {} } };
  const tools = [{ name: 'a', inputSchema: { const: null } }];
  const response = {
    resultType: 'input_required',
    requestState: null,
    inputRequests: {
      size: { method: 'elicitation/create', params: { ...params, mode: null, _meta: { 'x.example/a': null } } },
      reply: {
        method: 'sampling/createMessage',
        params: { messages: [], metadata: { a: null }, tools, temperature: null },
      },
    },
  };
  expect(readFunctionResponse(response, 'tools/call')).toEqual({
    kind: 'result',
    resultType: 'input_required',
    result: {
      resultType: 'input_required',
      inputRequests: {
        size: {
          method: 'elicitation/create',
          params: {
            message: 'Size?',
            requestedSchema: { type: 'object', properties: {} },
            _meta: { 'x.example/a': null },
          },
        },
        reply: { method: 'sampling/createMessage', params: { messages: [], metadata: { a: null }, tools } },
      },
    },
  });
});
