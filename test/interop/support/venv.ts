import { execFileSync } from 'node:child_process';

/** The folder of the programs (`python`, `pip`, …) of the Python environment that `requirements/<name>.txt` describes. */
export function venv(name: string): string {
  return execFileSync(process.execPath, ['scripts/venv.mjs', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
