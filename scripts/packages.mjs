// Builds the packages of all languages (dist/) where they are older than what goes into them.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

const newest = (...patterns) => Math.max(0, ...patterns.flatMap((p) => globSync(p)).map((f) => statSync(f).mtimeMs));
const oldest = (...patterns) => Math.min(...patterns.map((p) => newest(p)));

if (
  oldest('dist/js/*.tgz', 'dist/python/*.whl', 'dist/java/**/*.jar') <
  newest('.jsii', 'lib/**/*.js', 'assets/.built', 'README.md', 'CHANGELOG.md', 'package.json')
) {
  console.error('· packaging for npm, PyPI and Maven');
  const { status } = spawnSync('npx', ['projen', 'package-all'], { stdio: ['ignore', 'inherit', 'inherit'] });
  process.exit(status ?? 1);
}
