import { describe, expect, test } from 'vitest';
import type { ClientChannel } from '../../../lambda/functions/client-channel.js';
import { readContinuation } from '../../../lambda/functions/continuation.js';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { parsePayload } from '../../../lambda/functions/outcome.js';
import { ResponseStream } from '../../../lambda/functions/response-stream.js';
import { seal, unseal } from '../../../lambda/functions/seal.js';
import { ProcessKeys } from '../../../lambda/functions/sealing-keys.js';
import { toolResult } from '../../../lambda/mcp/tool-result.js';
import { parseExact } from '../../../lambda/shared/exact-json.js';
import { tool } from '../mcp/registrations.js';

const BIG = '725653563933458432';

describe('a response stream', () => {
  async function read(...lines: string[]) {
    const sent: unknown[] = [];
    const channel: ClientChannel = {
      progress: async (progress) => void sent.push(progress),
      log: async (message) => void sent.push(message),
      readyForResult: async () => undefined,
    };
    const stream = new ResponseStream(channel, 1_000_000);
    for (const line of lines) await stream.write(Buffer.from(`${line}\n`));
    return { sent: JSON.stringify(sent), outcome: await stream.end() };
  }

  test('keeps the numbers of its result and of log data', async () => {
    const log = `{"level":"info","data":{"id":${BIG}}}`;
    const { sent, outcome } = await read(`{"log":${log}}`, `{"result":{"id":${BIG},"price":1.50}}`);
    expect(sent).toBe(`[${log}]`);
    expect(outcome).toMatchObject({ kind: 'response' });
    expect(JSON.stringify((outcome as { value: unknown }).value)).toBe(`{"id":${BIG},"price":1.50}`);
  });

  test('has plain numbers in progress', async () => {
    expect((await read('{"progress":{"progress":1.0,"total":3.0}}')).sent).toBe('[{"progress":1,"total":3}]');
  });

  test('keeps the metadata of content', async () => {
    const { outcome } = await read(
      `{"content":[{"type":"text","text":"x","annotations":{"priority":1.0},"_meta":{"n":${BIG}}}]}`,
    );
    expect(JSON.stringify((outcome as { content: unknown }).content)).toBe(
      `[{"type":"text","text":"x","annotations":{"priority":1},"_meta":{"n":${BIG}}}]`,
    );
  });

  test('keeps the data of an error', async () => {
    const error = `{"code":-32050,"message":"no","data":{"id":${BIG}}}`;
    const { outcome } = await read(`{"error":${error}}`);
    expect(JSON.stringify((outcome as { value: { error: unknown } }).value.error)).toBe(error);
    const code = await read('{"error":{"code":-32050.0,"message":"no"}}');
    expect(readFunctionResponse((code.outcome as { value: unknown }).value, 'tools/call')).toMatchObject({
      code: -32050,
    });
  });
});

test.each(['NaN', '{"a": Infinity}'])('the payload %s is text', (payload) => {
  expect(parsePayload(payload)).toBe(payload);
});

test('a continuation has a plain interval', () => {
  const response = readFunctionResponse(parsePayload('{"resultType":"task","pollIntervalMs":5000.0}'), 'tools/call');
  expect(readContinuation(tool('x', { event: { type: 'request' } }), response, { background: false })).toMatchObject({
    continuation: { pollIntervalMs: 5_000 },
  });
});

test('request state is bound to the exact arguments', async () => {
  const keys = new ProcessKeys();
  const sealed = await seal({ round: 1 }, { b: parseExact(BIG), a: 1 }, keys);
  expect(await unseal(sealed, { a: 1, b: parseExact(BIG) }, keys)).toEqual({ round: 1 });
  expect(await unseal(sealed, { a: 1, b: parseExact('725653563933458433') }, keys)).toBeUndefined();
});

test('an error with an output schema names the numbers that are not JSON', () => {
  const typed = tool('x', { outputSchema: { type: 'object' } });
  const { content } = toolResult({ kind: 'value', value: '{"a": NaN, "b": -Infinity}' }, typed, '2026-07-28');
  expect(content).toEqual([
    {
      type: 'text',
      text: [
        "the response does not match the tool's outputSchema:",
        '(root): Instance type "string" is invalid. Expected "object".',
        '(root): NaN is not JSON. Return null or a string instead.',
        '(root): -Infinity is not JSON. Return null or a string instead.',
      ].join('\n'),
    },
  ]);
});

test.each([
  ['a body', `{"statusCode":200,"body":"{\\"id\\":${BIG}}"}`],
  ['data with a resultType', `{"resultType":"vector","id":${BIG}}`],
])('%s keeps the digits of its numbers', (_, payload) => {
  const response = readFunctionResponse(parsePayload(payload), 'tools/call');
  expect(JSON.stringify((response as { value: unknown }).value)).toContain(`"id":${BIG}`);
});

test('a status can be written as a decimal', () => {
  const response = readFunctionResponse(parsePayload('{"statusCode":404.0,"body":"gone"}'), 'tools/call');
  expect(response).toEqual({ kind: 'status', status: 404, text: 'gone' });
});

test('an MCP result keeps the digits of its structured content', () => {
  const payload = `{"content":[{"type":"text","text":"x","_meta":{"n":${BIG}}}],"structuredContent":{"id":${BIG}}}`;
  const response = readFunctionResponse(parsePayload(payload), 'tools/call');
  expect(response).toMatchObject({ kind: 'result', resultType: 'complete' });
  expect(JSON.stringify((response as { result: unknown }).result)).toBe(payload);
});
