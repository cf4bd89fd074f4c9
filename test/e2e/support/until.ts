import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition returns a truthy value, and returns it. Throws an error that names `what` after `seconds`. */
export async function until<T>(what: string, condition: () => T | Promise<T>, seconds = 30): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found as NonNullable<T>;
    if (Date.now() > end) throw new Error(`timed out after ${seconds} s waiting for ${what}`);
    await sleep(50);
  }
}
