import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import type { UpdateLog } from './update-log.js';

/** Between two looks at the counter of updates. */
export const UPDATE_POLL_MS = 1_000;

/** What an update watch needs. */
export interface UpdatePolling {
  /** The log to read; undefined while nobody wants to know. */
  readonly updates: () => UpdateLog | undefined;
  readonly signal: AbortSignal;
  /** Gets the updated resources, at least one. */
  readonly tell: (uris: readonly string[]) => Promise<void> | void;
  readonly everyMs?: number;
}

/** Tells of updated resources until the signal. */
export async function pollUpdates({ updates, signal, tell, everyMs = UPDATE_POLL_MS }: UpdatePolling): Promise<void> {
  while (await pause(everyMs, signal)) {
    try {
      const uris = (await updates()?.look()) ?? [];
      if (uris.length > 0) await tell(uris);
    } catch (error) {
      log.warn('resource updates could not be told', error as Error);
    }
  }
}
