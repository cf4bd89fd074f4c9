// Installs Node 24, the version of the Lambda runtime, from the npm package `node`. npm scripts use it because `node_modules/.bin` is
// first in their PATH. Install scripts are disabled (.npmrc), so this script runs the one of `node`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const bin = 'node_modules/node/bin/node';
if (!existsSync(bin) && !existsSync(`${bin}.exe`)) {
  const { status } = spawnSync(
    'npm',
    ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts=false', '--loglevel=error'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0 || (!existsSync(bin) && !existsSync(`${bin}.exe`))) {
    console.error('cannot install Node 24 from the npm package `node`: check the network, or use Node >= 22');
    if (Number(process.versions.node.split('.')[0]) < 22) process.exit(1);
  }
}
