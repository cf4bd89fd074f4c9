// Removes the source maps that jsii writes into each file of lib/. They contain the sources, and would be a sixth of the package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAP = /\n\/\/# sourceMappingURL=data:[^\n]*/g;

for (const name of readdirSync('lib', { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const file = join('lib', name);
  const text = readFileSync(file, 'utf8');
  if (text.search(MAP) >= 0) writeFileSync(file, text.replace(MAP, ''));
}
