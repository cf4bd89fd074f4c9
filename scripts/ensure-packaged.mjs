// Builds the packages of all languages (dist/) if they are missing or older than their inputs.
import { spawnSync } from 'node:child_process';
import { newestMtime } from './newest-mtime.mjs';

const oldest = (...patterns) => Math.min(...patterns.map((p) => newestMtime(p)));

function projen(task) {
  const { status } = spawnSync('npx', ['projen', task], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (newestMtime('.jsii.tabl.json.gz') < newestMtime('.jsii', 'rosetta/*')) {
  console.error('· translating the snippets of the README and docstrings');
  projen('docs:extract');
}
if (
  oldest('dist/js/*.tgz', 'dist/python/*.whl', 'dist/java/**/*.jar') <
  newestMtime(
    '.jsii',
    '.jsii.tabl.json.gz',
    'lib/**/*.js',
    'assets/.built',
    'README.md',
    'CHANGELOG.md',
    'package.json',
    'scripts/wheel-command.py',
  )
) {
  console.error('· packaging for npm, PyPI and Maven');
  projen('package-all');
}
