import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the time has passed or `signal` aborts. Resolves to false if the signal has aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
