import { execFile } from 'node:child_process';

/** After which a program that should answer at once is given up, in milliseconds: machines may be busy. */
const PROBE_MS = 120_000;

/** What a program printed, on both of its streams; undefined when it is not there or fails. */
export function probe(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { env, windowsHide: true, timeout: PROBE_MS }, (error, stdout, stderr) =>
      resolve(error ? undefined : `${stdout}${stderr}`),
    );
  });
}

/**
 * A search that is done once. One that has found nothing is done again for whoever asks `retried()`: the developer may have installed
 * what was missing.
 */
export class Search<T> {
  private found: Promise<T> | undefined;

  constructor(private readonly search: () => Promise<T>) {}

  result(): Promise<T> {
    this.found ??= this.search();
    return this.found;
  }

  async retried(): Promise<T> {
    const known = this.found;
    if (!known) return this.result();
    return known.catch(() => {
      if (this.found === known) this.found = undefined;
      return this.result();
    });
  }
}
