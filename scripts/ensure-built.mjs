// Builds the bundles (assets/) and the library (lib/) if they are missing or older than their sources, so that `npm start` and
// `npm test` work in a fresh clone.
import { spawnSync } from 'node:child_process';
import { newestMtime } from './newest-mtime.mjs';

function run(activity, command, args) {
  console.error(`· ${activity}`);
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (
  newestMtime('assets/.built') <
  newestMtime(
    'lambda/**/*.ts',
    'local/**/*',
    'src/private/**/*.ts',
    'scripts/{bundle,licences}.mjs',
    'package-lock.json',
  )
) {
  run('bundling the functions and the local runner', process.execPath, ['scripts/bundle.mjs']);
}
// .jsii depends on package.json, which configures the target languages
if (newestMtime('.jsii') < newestMtime('src/**/*.ts', 'package.json')) {
  run('compiling the library', process.execPath, ['node_modules/jsii/bin/jsii', '--silence-warnings=reserved-word']);
  run('removing source maps', process.execPath, ['scripts/strip-source-maps.mjs']);
}
