// Builds what is missing or older than its sources, so that `npm start` and `npm test` work in a fresh clone and cost
// nothing when there is nothing to do: bundles (assets/) and the compiled library (lib/).
import { spawnSync } from 'node:child_process';
import { newest } from './newest.mjs';

function run(what, command, args) {
  console.error(`· ${what}`);
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (
  newest('assets/.built') <
  newest('lambda/**/*.ts', 'local/**/*', 'src/private/**/*.ts', 'scripts/{bundle,licences}.mjs', 'package-lock.json')
) {
  run('bundling the functions and the local runner', process.execPath, ['scripts/bundle.mjs']);
}
// package.json: .jsii names the languages that it is generated for
if (newest('.jsii') < newest('src/**/*.ts', 'package.json')) {
  run('compiling the library', process.execPath, ['node_modules/jsii/bin/jsii', '--silence-warnings=reserved-word']);
}
