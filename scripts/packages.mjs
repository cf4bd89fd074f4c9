// Builds the packages of all languages (dist/) where they are older than what goes into them.
import { spawnSync } from 'node:child_process';
import { newest } from './newest.mjs';

const oldest = (...patterns) => Math.min(...patterns.map((p) => newest(p)));

function projen(task) {
  const { status } = spawnSync('npx', ['projen', task], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (newest('.jsii.tabl.json.gz') < newest('.jsii', 'rosetta/*')) {
  console.error('· translating the snippets of README and docstrings');
  projen('docs:extract');
}
if (
  oldest('dist/js/*.tgz', 'dist/python/*.whl', 'dist/java/**/*.jar') <
  newest(
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
