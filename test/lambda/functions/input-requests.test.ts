import { describe, expect, test } from 'vitest';
import { inputRequestProblem, requestInput } from '../../../lambda/functions/input-requests.js';
import type { Registration } from '../../../src/private/registration.js';

const tool = { event: { type: 'request' }, asksClient: ['elicitation'] } as unknown as Registration;
const properties = Object.fromEntries(
  Array.from({ length: 700 }, (_, n) => [`p${n}`, { type: 'string', description: 'x'.repeat(100) }]),
);
const params = { message: 'Which?', requestedSchema: { type: 'object', properties } };
const asks = { inputRequests: { size: { method: 'elicitation/create', params } } };

describe('schemas of more than 64 KiB', () => {
  test('are refused where they travel in the sealed request state', async () => {
    const requested = await requestInput({} as never, tool, asks, { round: 0 }, []);
    expect(requested).toEqual({ refusal: expect.stringMatching(/requestedSchemas .* at most 65536 bytes together$/) });
  });

  test('are allowed in a task, whose record holds the input requests', () => {
    expect(inputRequestProblem(tool, asks, 0)).toBeUndefined();
  });
});
