import { describe, expect, test } from 'vitest';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import type { EventType } from '../../../src/private/event.js';

const read = (eventType: EventType, value: unknown) => readFunctionResponse(value, 'tools/call', eventType);
const value = (value: unknown) => ({ kind: 'value', value });
const MCP = { content: [{ type: 'text', text: 'x' }] };
const PROXY = { statusCode: 200, body: '{"a":1}' };

describe.each(['apiGateway', 'httpApi'] as const)('%s', (type) => {
  test('reads a proxy response', () => {
    expect(read(type, PROXY)).toEqual(value({ a: 1 }));
    expect(read(type, { statusCode: 404, body: 'no' })).toEqual({ kind: 'status', status: 404, text: 'no' });
    expect(read(type, { statusCode: 302, headers: { location: '/x' } })).toMatchObject({
      kind: 'redirect',
      location: '/x',
    });
    expect(
      read(type, { statusCode: 200, body: 'iVBO', isBase64Encoded: true, headers: { 'content-type': 'image/png' } }),
    ).toMatchObject({ kind: 'binary', mimeType: 'image/png' });
  });

  test('ignores other keys, as API Gateway does', () => {
    expect(read(type, { ...PROXY, requestId: 'x' })).toEqual(value({ a: 1 }));
  });

  test('returns an MCP result in the body as data', () => {
    expect(read(type, { statusCode: 200, body: JSON.stringify(MCP) })).toEqual(value(MCP));
  });

  test('refuses an invalid status', () => {
    expect(read(type, { statusCode: 'x' })).toMatchObject({ kind: 'failed' });
  });
});

test('apiGateway refuses anything else', () => {
  for (const each of ['text', null, { a: 1 }, MCP]) {
    expect(read('apiGateway', each)).toEqual({
      kind: 'failed',
      text: 'the handler did not return a proxy response: expected { statusCode, headers?, body? }',
    });
  }
});

test('httpApi reads anything without a status as the body', () => {
  for (const each of ['text', null, { a: 1 }, MCP, [1]]) expect(read('httpApi', each)).toEqual(value(each));
});

test('request reads MCP, and nothing else', () => {
  expect(read('request', MCP)).toEqual({ kind: 'result', resultType: 'complete', result: MCP });
  expect(read('request', { resultType: 'input_required', requestState: 'x' })).toMatchObject({
    resultType: 'input_required',
  });
  expect(read('request', { jsonrpc: '2.0', error: { code: 1, message: 'm' } })).toMatchObject({ kind: 'error' });
  for (const each of [PROXY, { batchItemFailures: [{ itemIdentifier: 'x' }] }, 'text']) {
    expect(read('request', each)).toEqual(value(each));
  }
});

test('appSync reads a value, or the error of a batch resolver', () => {
  for (const each of [null, 'x', { data: 1 }, PROXY, MCP, { errorMessage: 'x', other: 1 }]) {
    expect(read('appSync', each)).toEqual(value(each));
  }
  expect(read('appSync', { data: null, errorMessage: 'no order', errorType: 'NotFound' })).toEqual({
    kind: 'failed',
    text: 'NotFound: no order',
  });
  expect(read('appSync', { errorMessage: 'no', errorInfo: { id: 1 } })).toEqual({
    kind: 'failed',
    text: 'no',
    details: { id: 1 },
  });
});

describe('bedrockAgent', () => {
  const response = (functionResponse: object) => ({
    messageVersion: '1.0',
    response: { actionGroup: 'orders', function: 'get', functionResponse },
  });
  const responseBody = { TEXT: { body: 'open' } };

  test('reads the body', () => {
    expect(read('bedrockAgent', response({ responseBody }))).toEqual(value('open'));
    const json = (body: string) => read('bedrockAgent', response({ responseBody: { TEXT: { body } } }));
    expect(json('"open"')).toEqual(value('open'));
    expect(json('{"status":"open"}')).toEqual(value({ status: 'open' }));
  });

  test.each(['FAILURE', 'REPROMPT'])('reads %s as a failure', (responseState) => {
    expect(read('bedrockAgent', response({ responseState, responseBody }))).toEqual({ kind: 'failed', text: 'open' });
    expect(read('bedrockAgent', response({ responseState, responseBody: {} }))).toEqual({
      kind: 'failed',
      text: `the handler returned ${responseState}`,
    });
  });

  test('refuses anything else', () => {
    for (const each of ['x', null, PROXY, { response: {} }, response({})]) {
      expect(read('bedrockAgent', each)).toMatchObject({
        kind: 'failed',
        text: expect.stringContaining('action group'),
      });
    }
  });
});

test('sqs reads failures of the message', () => {
  const failure = { batchItemFailures: [{ itemIdentifier: 'i-1' }] };
  expect(read('sqs', failure)).toEqual({
    kind: 'failed',
    text: 'the handler failed to process some items',
    details: failure,
  });
  for (const each of [{ batchItemFailures: [] }, { batchItemFailures: null }])
    expect(read('sqs', each)).toEqual(value(null));
  expect(read('sqs', { batchItemFailures: ['x'] })).toMatchObject({ kind: 'failed' });
  for (const each of [null, 'done', MCP]) expect(read('sqs', each)).toEqual(value(each));
});

test('template reads data', () => {
  for (const each of [MCP, PROXY, 'x', null]) expect(read('template', each)).toEqual(value(each));
});
