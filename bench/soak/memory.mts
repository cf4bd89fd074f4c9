import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Runner } from '../../local/runner.js';

/** Memory of a process after a garbage collection, MiB. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

const MIB = 1_048_576;

/** Measures this process (runner, embedded services and clients) and each server function, on Linux. */
export async function measureMemory(runner: Runner): Promise<Map<string, Memory>> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, rss } = process.memoryUsage();
  const sizes = new Map([['runner and clients', { heap: heapUsed / MIB, rss: rss / MIB }]]);
  const before = new Set(runner.logs);
  for (const pid of functionProcesses()) process.kill(pid, 'SIGUSR2');
  await sleep(2_000);
  for (const line of runner.logs) {
    const [, heap, resident] = /soak memory (\d+) (\d+)/.exec(line.text) ?? [];
    if (before.has(line) || heap === undefined) continue;
    const name = /Mcp([A-Za-z]+Function)/.exec(line.functionName)?.[1];
    if (name) sizes.set(name, { heap: Number(heap) / MIB, rss: Number(resident) / MIB });
  }
  return sizes;
}

/** Processes of functions of the soak test whose environment matches `pattern`. They are started by this process. */
export function functionProcesses(pattern = /soak%20memory/): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
        return parent === process.pid && pattern.test(environmentOf(pid));
      } catch {
        return false; // the process has exited
      }
    });
}

/** The variables that tell the functions apart. */
function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((variable) => /^(NODE_OPTIONS|AWS_LAMBDA_FUNCTION_NAME)=/.test(variable))
    .join('\n');
}
