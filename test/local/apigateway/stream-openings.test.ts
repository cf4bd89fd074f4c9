import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Exchange } from '../../../local/calls/exchange.js';
import { inTurn } from '../../../local/services/apigateway/stream-openings.js';
import type { Invocation } from '../../../local/services/lambda/invocation.js';

const exchange = {} as Exchange;

/** A stream whose function responds when the test says so. */
function stream() {
  let respond!: () => void;
  let fail!: (error: Error) => void;
  const response = new Promise<Invocation>((resolve, reject) => {
    respond = () => resolve({} as Invocation);
    fail = reject;
  });
  const invoke = vi.fn(() => response);
  const opened = inTurn({ method: 'GET', exchange }, invoke)(new AbortController().signal);
  return { invoke, respond, fail, opened };
}

describe('inTurn', () => {
  it('invokes the functions of two streams, and that of a third one when one of them responds', async () => {
    const [first, second, third] = [stream(), stream(), stream()];
    await turn();
    expect([first, second, third].map(({ invoke }) => invoke.mock.calls.length)).toEqual([1, 1, 0]);
    second.respond();
    await second.opened;
    await turn();
    expect(third.invoke).toHaveBeenCalledOnce();
    first.respond();
    third.respond();
    await Promise.all([first.opened, third.opened]);
  });

  it('passes the error of an invocation to its caller, and goes on with the next stream', async () => {
    const [first, second, third] = [stream(), stream(), stream()];
    await turn();
    first.fail(new Error('throttled'));
    await expect(first.opened).rejects.toThrow('throttled');
    await turn();
    expect(third.invoke).toHaveBeenCalledOnce();
    second.respond();
    third.respond();
    await Promise.all([second.opened, third.opened]);
  });

  it('does not wait for functions that do not respond', async () => {
    const streams = [stream(), stream(), stream()];
    await turn();
    expect(streams[2]!.invoke).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(streams[2]!.invoke).toHaveBeenCalledOnce());
    for (const { respond } of streams) respond();
    await Promise.all(streams.map(({ opened }) => opened));
  });

  it.each([
    ['a GET request of an MCP client', { method: 'GET', exchange }, true],
    ['a call', { method: 'POST', exchange }, false],
    ['a GET request to another API', { method: 'GET' }, false],
  ])('%s', (_, request, opens) => {
    const invoke = vi.fn();
    expect(inTurn(request, invoke) !== invoke).toBe(opens);
  });
});
