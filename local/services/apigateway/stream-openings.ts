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

/** Invokes a function. Resolves when the response starts. */
type Invoke = (signal: AbortSignal) => Promise<Invocation>;

/**
 * Returns how to invoke the function of a request: that of a stream of an MCP server when few other streams are opening. On Lambda, each
 * stream has a processor of its own. Here, a hundred clients that connect at once would delay the messages of those that are connected already.
 * A call does not wait: its response starts when the work is done.
 */
export function inTurn(request: { readonly method: string; readonly exchange?: Exchange }, invoke: Invoke): Invoke {
  if (request.method !== 'GET' || !request.exchange) return invoke;
  return (signal) =>
    new Promise((resolve, reject) => {
      void openings(async () => {
        const started = invoke(signal).then(resolve, reject);
        await Promise.race([started, sleep(OPENING_MS, undefined, { ref: false })]);
      });
    });
}
