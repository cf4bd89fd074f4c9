import { createContext, Script } from 'node:vm';

/** Attempts before a run that got almost no processor time counts as too slow. */
const ATTEMPTS = 2;

interface Sandbox {
  run?: () => void;
}

const sandbox = createContext(Object.create(null) as Sandbox);
const script = new Script('run()');

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
  for (let attempt = 1; ; attempt++) {
    const cpuBefore = process.cpuUsage();
    let result: T | undefined;
    sandbox.run = () => {
      result = run();
    };
    try {
      script.runInContext(sandbox, { timeout: limitMs });
      return result as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.cpuUsage(cpuBefore);
      const starved = (user + system) / 1000 < limitMs / 4;
      if (!starved || attempt === ATTEMPTS) throw new TimeLimitExceeded(limitMs);
    } finally {
      sandbox.run = undefined;
    }
  }
}
