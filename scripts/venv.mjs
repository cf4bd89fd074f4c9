// Creates the Python environment `.cache/venv/<name>` from `test/interop/requirements/<name>.txt`, or from the requirements files and
// wheels given as further arguments. Recreates it when one of them changes. Prints the path of its bin folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [name, ...inputs] = process.argv.slice(2);
const files = inputs.length > 0 ? inputs : [`test/interop/requirements/${name}.txt`];
const dir = resolve(`.cache/venv/${name}`);
const stamp = `${dir}/.requirements`;
const hash = createHash('sha256');
for (const file of files) hash.update(readFileSync(file));
const digest = hash.digest('hex');

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error) console.error(`cannot run ${command} (${error.message}): Python 3.10 or newer is required`);
  if (status !== 0) process.exit(1);
}

// test files that run in parallel use the same environment: one of them creates it
const lock = `${dir}.lock`;
mkdirSync(dirname(dir), { recursive: true });
while (!takeLock()) await sleep(200);
process.once('exit', () => rmSync(lock, { force: true }));

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true }); // it was killed
    return false;
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  console.error(`· creating the Python environment ${name}`);
  rmSync(dir, { recursive: true, force: true });
  run('python3', '-m', 'venv', dir);
  const packages = files.flatMap((file) => (file.endsWith('.whl') ? [file] : ['--requirement', file]));
  run(`${dir}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...packages);
  writeFileSync(stamp, digest);
}
console.log(`${dir}/bin`);
