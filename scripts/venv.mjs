// A Python environment of the tests: `.cache/venv/<name>` with what `test/interop/requirements/<name>.txt` pins, or with the
// requirements files and wheels that further arguments name. Prints the folder of its programs. Made anew when a file changes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [name, ...named] = process.argv.slice(2);
const files = named.length > 0 ? named : [`test/interop/requirements/${name}.txt`];
const dir = resolve(`.cache/venv/${name}`);
const stamp = `${dir}/.requirements`;
const hash = createHash('sha256');
for (const file of files) hash.update(readFileSync(file));
const wanted = hash.digest('hex');

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error) console.error(`cannot run ${command}: Python 3.10 or newer is needed (${error.message})`);
  if (status !== 0) process.exit(1);
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error(`· Python environment ${name}`);
  rmSync(dir, { recursive: true, force: true });
  run('python3', '-m', 'venv', dir);
  const what = files.flatMap((file) => (file.endsWith('.whl') ? [file] : ['--requirement', file]));
  run(`${dir}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...what);
  writeFileSync(stamp, wanted);
}
console.log(`${dir}/bin`);
