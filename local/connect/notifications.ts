import { setTimeout as sleep } from 'node:timers/promises';
import { events } from './event-stream.js';
import type { Sign } from './signer.js';

/** How soon to come back where the server does not say, and how late at the latest where it cannot be reached; milliseconds. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

export interface NotificationsOptions {
  readonly url: URL;
  readonly sign: Sign;
  /** Headers of the session. */
  readonly headers: () => Record<string, string>;
  /** Gets each message, as JSON. */
  readonly deliver: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows what a server tells a 2025 session by itself: one GET after the other, each from where the one before ended. Gives up when the
 * server says that there is no such stream, or no such session.
 */
export async function followNotifications({
  url,
  sign,
  headers,
  deliver,
  signal,
}: NotificationsOptions): Promise<void> {
  let lastId: string | undefined;
  let retry = RETRY_MS;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const wanted = { accept: 'text/event-stream', ...headers(), ...(lastId && { 'last-event-id': lastId }) };
      const response = await fetch(url, { headers: await sign('GET', wanted, ''), signal });
      if (response.ok && response.body) {
        failures = 0;
        for await (const event of events(response.body)) {
          lastId = event.id ?? lastId;
          retry = event.retry ?? retry;
          if (event.data) deliver(event.data);
        }
      } else {
        await response.body?.cancel();
        if (response.status < 500 && response.status !== 429) return;
        failures += 1;
      }
    } catch {
      failures += 1; // the network: it may come back
    }
    await sleep(Math.min(retry * 2 ** failures, MAX_RETRY_MS), undefined, { signal }).catch(() => undefined);
  }
}
