import { setTimeout as sleep } from 'node:timers/promises';
import type { Sign } from '../request-signer.js';
import { events } from './event-stream.js';

/** Default reconnection time, and the longest one after failures, in milliseconds. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

interface NotificationsOptions {
  readonly url: URL;
  readonly sign: Sign;
  /** Returns the session headers. */
  readonly headers: () => Record<string, string>;
  /** Receives each message as JSON text. */
  readonly deliver: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows the notifications that a server sends to a 2025 session, with a GET stream that resumes after the last event when it ends. Stops when
 * the server rejects the stream or the session.
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
      const requestHeaders = { accept: 'text/event-stream', ...headers(), ...(lastId && { 'last-event-id': lastId }) };
      const signed = await sign('GET', requestHeaders, '');
      const response = await fetch(url, { headers: signed, signal, redirect: 'manual' });
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
      failures += 1; // network error: retry
    }
    await sleep(Math.min(retry * 2 ** failures, MAX_RETRY_MS), undefined, { signal }).catch(() => undefined);
  }
}
