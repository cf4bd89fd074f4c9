import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Exchange } from '../../calls/exchange.js';
import type { Invocation } from '../lambda/invocation.js';

/** Number of streams that open at once. */
const OPENINGS = 2;
/** How long a stream counts as opening, milliseconds: those after it do not wait for a function that is slow or fails to start. */
const OPENING_MS = 250;

/** All streams of this process share the machine's processors, whichever API they belong to. */
const openings = pLimit(OPENINGS);

/** Whether a client opens a stream of an MCP server: the response starts at once, unlike that of a call. */
export function opensStream({ method, exchange }: { readonly method: string; readonly exchange?: Exchange }): boolean {
  return method === 'GET' && exchange !== undefined;
}

/**
 * Invokes the function of a stream when few other streams are opening. On Lambda, each stream has a processor of its own. Here, a hundred
 * clients that connect at once would delay the messages of those that are connected already.
 *
 * @param invoke invokes the function; resolves when the response starts
 */
export function openStream(invoke: () => Promise<Invocation>): Promise<Invocation> {
  return new Promise((resolve, reject) => {
    void openings(async () => {
      const started = invoke().then(resolve, reject);
      await Promise.race([started, sleep(OPENING_MS, undefined, { ref: false })]);
    });
  });
}
