// npm scripts run on Lambda's own Node (24), also where the machine's is older: the npm package `node` brings it, and
// `node_modules/.bin` comes first in their PATH. Install scripts are off (.npmrc), so its one is run here, by name.
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
    console.error(
      'cannot install Node 24 from the npm package `node`; check the network, or run with Node >= 22 yourself',
    );
    if (Number(process.versions.node.split('.')[0]) < 22) process.exit(1);
  }
}
