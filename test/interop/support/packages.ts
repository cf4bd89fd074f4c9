import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Paths of the packages in `dist/`, built by `npm run package`. */
export const packages = {
  npm: () => find('js', /\.tgz$/),
  wheel: () => find('python', /\.whl$/),
  jar: () => find('java', /cdk-mcp-lambda-[\d.]+\.jar$/),
  /** A Maven repository that holds the jar. */
  mavenRepository: () => resolve('dist/java'),
};

function find(folder: string, pattern: RegExp): string {
  const directory = resolve('dist', folder);
  const file = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) => pattern.test(name));
  if (!file) throw new Error(`no file in ${directory} matches ${pattern}: run \`npm run package\``);
  return join(directory, file);
}
