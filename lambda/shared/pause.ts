import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, at most until `signal` aborts. Resolves to false if it did. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
