import { execFile } from 'node:child_process';

/** Timeout of a probe in milliseconds. Generous, because the machine can be busy. */
const PROBE_MS = 120_000;

/** Runs a program and returns its output on both streams; undefined if it does not exist or fails. */
export function probe(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { env, windowsHide: true, timeout: PROBE_MS }, (error, stdout, stderr) =>
      resolve(error ? undefined : `${stdout}${stderr}`),
    );
  });
}

/**
 * A cached asynchronous lookup. `getOrRetry()` repeats a failed lookup, because the developer may have installed what was missing.
 */
export class CachedLookup<T> {
  private pending: Promise<T> | undefined;

  constructor(private readonly lookup: () => Promise<T>) {}

  get(): Promise<T> {
    this.pending ??= this.lookup();
    return this.pending;
  }

  async getOrRetry(): Promise<T> {
    const known = this.pending;
    if (!known) return this.get();
    return known.catch(() => {
      if (this.pending === known) this.pending = undefined;
      return this.get();
    });
  }
}
