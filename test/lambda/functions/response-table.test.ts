import { describe, expect, test } from 'vitest';
import { NO_CHANNEL } from '../../../lambda/functions/client-channel.js';
import { readFunctionResponse } from '../../../lambda/functions/function-response.js';
import { ResponseStream } from '../../../lambda/functions/response-stream.js';
import { promptResult } from '../../../lambda/mcp/prompts.js';
import { resourceResult } from '../../../lambda/mcp/resources.js';
import { deliverableToolResult } from '../../../lambda/mcp/result-delivery.js';
import { toolResult } from '../../../lambda/mcp/tool-result.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import type { Sample } from './response-rows/samples.js';
import { FORM_TABLE, RESPONSE_TABLE } from './response-table.js';

const REVISION = '2026-07-28';

/** Reads a sample as the server reads the response of a tool's handler. */
async function resultOf({ value, outputSchema }: Sample): Promise<unknown> {
  const registration = tool('t', outputSchema ? { outputSchema: outputSchema as Record<string, unknown> } : {});
  const response = readFunctionResponse(await received(value), 'tools/call');
  if (response.kind === 'result' && response.resultType !== 'complete') return { resultType: response.resultType };
  const { signal } = new AbortController();
  return deliverableToolResult(toolResult(response, registration, REVISION), [], {
    tool: registration,
    revision: REVISION,
    signal,
  });
}

/** Returns the value that the server receives: bytes are those of a response stream. */
async function received(value: unknown): Promise<unknown> {
  if (!Buffer.isBuffer(value)) return value;
  const stream = new ResponseStream(NO_CHANNEL, 1_000_000);
  await stream.write(value);
  const outcome = await stream.end();
  return outcome.kind === 'response' ? outcome.value : outcome;
}

/** Returns a value for the title of a test. */
const titleOf = (value: unknown) => (Buffer.isBuffer(value) ? String(value) : value);

describe.each(RESPONSE_TABLE.map((row) => [row.response, row] as const))('a tool: %s', (_, { samples }) => {
  test.each(samples.map((sample) => [titleOf(sample.value), sample] as const))('%j', async (_value, sample) => {
    const result = await resultOf(sample).catch(({ code, message, data }) => ({ code, message, data }));
    expect(result).toEqual(sample.result);
  });
});

describe.each(FORM_TABLE.map((row) => [row.form, row] as const))('a resource or prompt: %s', (_, { samples }) => {
  const uri = 'docs://a';
  const outcomeOf = (read: () => unknown) => {
    try {
      return read();
    } catch (error) {
      expect((error as Error).message).not.toContain('secret');
      return (error as { code: number }).code;
    }
  };

  test.each(samples.map((sample) => [titleOf(sample.value), sample] as const))('%j', async (_value, sample) => {
    const value = await received(sample.value);
    if (sample.resource !== undefined) {
      const response = readFunctionResponse(value, 'resources/read');
      const contents = outcomeOf(() => resourceResult(response, uri, resource('r', { uri })).contents);
      const { resource: expected } = sample;
      expect(contents).toEqual(Array.isArray(expected) ? expected.map((each) => ({ uri, ...each })) : expected);
    }
    if (sample.prompt !== undefined) {
      const response = readFunctionResponse(value, 'prompts/get');
      expect(outcomeOf(() => promptResult(response, prompt('p')).messages)).toEqual(sample.prompt);
    }
  });
});
