import { execFileSync } from 'node:child_process';

/**
 * Creates a Python environment. Returns its bin folder.
 * @param name the name of the environment
 * @param files requirements files and wheels to install; `requirements/<name>.txt` by default
 */
export function venv(name: string, ...files: string[]): string {
  return execFileSync(process.execPath, ['scripts/venv.mjs', name, ...files], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
