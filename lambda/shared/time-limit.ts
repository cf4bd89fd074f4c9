import { Script } from 'node:vm';

/** Attempts before a run that got almost no processor time counts as too slow. */
const ATTEMPTS = 2;

/** Where the script finds the code to run. A context of its own would take a millisecond of a cold start, and half a megabyte. */
const RUN = Symbol.for('cdk-mcp-lambda/run-within');
const host = globalThis as { [RUN]?: () => void };
let script: Script | undefined;

/** Synchronous code ran longer than its time limit. */
export class TimeLimitExceeded extends Error {
  constructor(limitMs: number) {
    super(`stopped after ${limitMs} ms`);
  }
}

/**
 * Runs synchronous code and stops it after a time limit, even in a regular expression: V8 checks for the end of the limit wherever a
 * loop or a match repeats. A run that the machine hardly gave processor time is repeated.
 *
 * @throws TimeLimitExceeded if the code does not return in time
 */
export function runWithin<T>(limitMs: number, run: () => T): T {
  script ??= new Script(`globalThis[Symbol.for(${JSON.stringify(RUN.description)})]()`);
  for (let attempt = 1; ; attempt++) {
    const cpuBefore = process.cpuUsage();
    let result: T | undefined;
    host[RUN] = () => {
      result = run();
    };
    try {
      script.runInThisContext({ timeout: limitMs });
      return result as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.cpuUsage(cpuBefore);
      const starved = (user + system) / 1000 < limitMs / 4;
      if (!starved || attempt === ATTEMPTS) throw new TimeLimitExceeded(limitMs);
    } finally {
      host[RUN] = undefined;
    }
  }
}
