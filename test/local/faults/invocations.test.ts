import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { Faults } from '../../../local/services/faults/faults.js';
import { parseFaults } from '../../../local/services/faults/file.js';
import { startLambda, type TestLambda } from '../lambda/support.js';

let lambda: TestLambda | undefined;
afterEach(() => lambda?.stop());

/** Starts a Lambda service with faults and a function that logs each call. */
async function start(faults: object[], timeoutSeconds = 10): Promise<TestLambda> {
  const plan = parseFaults(JSON.stringify({ faults }));
  const injecting = new Faults(plan, { pathOf: (name) => `Shop/${name}` });
  injecting.enabled = true;
  lambda = await startLambda('shared', {}, injecting);
  lambda.define('lookup', `export const handler = async () => { console.log('called'); return 1; };`, {
    timeoutSeconds,
  });
  return lambda;
}

const invoke = (InvocationType?: 'Event') =>
  lambda!.client.send(new InvokeCommand({ FunctionName: 'lookup', InvocationType }));
const calls = () => lambda!.logs.filter(({ text }) => text === 'called').length;

describe('faults of invocations', () => {
  it('throttle', async () => {
    await start([{ type: 'throttle', function: 'Shop/lookup' }]);
    await expect(invoke()).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    expect(calls()).toBe(0);
  });

  it.each(['before', 'after'] as const)('fail in Lambda %s the function ran', async (when) => {
    await start([{ type: 'error', function: 'lookup', when }]);
    await expect(invoke()).rejects.toMatchObject({ name: 'ServiceException', $metadata: { httpStatusCode: 500 } });
    expect(calls()).toBe(when === 'after' ? 1 : 0);
  });

  it.each(['before', 'after'] as const)('end as if the process had exited, %s the function ran', async (when) => {
    await start([{ type: 'reset', function: '*', when }]);
    const { FunctionError, Payload } = await invoke();
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload!.transformToString())).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(calls()).toBe(when === 'after' ? 1 : 0);
  });

  it('time out', async () => {
    await start([{ type: 'noAnswer', function: '*' }], 1);
    expect(JSON.parse((await invoke()).Payload!.transformToString())).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
  });

  it.each(['before', 'after'] as const)('delay %s the function runs', async (when) => {
    await start([{ type: 'delay', function: '*', when, milliseconds: 50 }]);
    expect((await invoke()).Payload!.transformToString()).toBe('1');
  });

  it('deliver asynchronous events twice, and no others', async () => {
    await start([{ type: 'duplicate', function: '*', times: 1 }]);
    await invoke();
    await expect.poll(calls).toBe(1);
    await invoke('Event');
    await expect.poll(calls).toBe(3);
  });

  it('are repeated by Lambda for asynchronous invocations', async () => {
    await start([{ type: 'error', function: '*', times: 1 }]);
    await invoke('Event');
    await expect.poll(calls).toBe(1);
  });

  it('end with the caller’s time limit', async () => {
    const { service } = await start([{ type: 'delay', function: '*', milliseconds: 600_000 }]);
    await expect(service.invoke('lookup', Buffer.from('{}'), { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    expect(calls()).toBe(0);
  });
});
