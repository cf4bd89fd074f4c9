import { execFileSync } from 'node:child_process';

/**
 * The folder of the programs (`python`, `pip`, …) of a Python environment.
 * @param name of the environment
 * @param files requirements files and wheels that it has; `requirements/<name>.txt` when there are none
 */
export function venv(name: string, ...files: string[]): string {
  return execFileSync(process.execPath, ['scripts/venv.mjs', name, ...files], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
