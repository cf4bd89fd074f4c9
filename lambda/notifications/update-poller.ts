import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import type { DeliverUpdates, UpdateLog } from './update-log.js';

/** Default interval between reads of the update counter. */
export const UPDATE_POLL_MS = 1_000;

interface UpdatePollOptions {
  /** The log to read; undefined while the client has no subscription. */
  readonly updates: () => UpdateLog | undefined;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  readonly notify: DeliverUpdates;
}

/** Reports resource updates until the signal aborts. Updates whose notification fails are reported again. */
export async function pollUpdates(options: UpdatePollOptions): Promise<void> {
  const { updates, signal, everyMs = UPDATE_POLL_MS, notify } = options;
  while (await pause(everyMs, signal)) {
    try {
      await updates()?.readNew(notify);
    } catch (error) {
      log.warn('polling for resource updates failed', error as Error);
    }
  }
}
