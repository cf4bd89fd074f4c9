import { existsSync, readFileSync } from 'node:fs';
import { extname, relative, resolve, sep } from 'node:path';

/** Files that only the function reads. The app reads others, such as JSON Schemas. */
const CODE_EXTENSIONS = new Set(['.cjs', '.js', '.mjs', '.py', '.pyi', '.so', '.class']);

const CDK_IMPORT = /\b(from|import|require)\b.*\b(aws-cdk-lib|aws_cdk|constructs)\b/;

/** A function with the directory of its code. */
interface CodeOwner {
  readonly name: string;
  readonly codeDir: string;
  readonly isSource?: boolean;
}

/**
 * Finds the functions whose code is changed, if nothing else is: then a synthesis would only change the hash of their assets.
 * @param changed paths of the changed files
 * @param app directory of the app: a function whose code contains it contains the app, too
 * @returns undefined if the app must be synthesised
 */
export function functionsOfCode<T extends CodeOwner>(
  changed: readonly string[],
  functions: readonly T[],
  app: string,
): T[] | undefined {
  const candidates = functions.filter(({ isSource, codeDir }) => isSource && !isInside(app, codeDir));
  const found = new Set<T>();
  for (const path of changed) {
    const owners = isCode(path) ? candidates.filter(({ codeDir }) => isInside(path, codeDir)) : [];
    if (owners.length === 0) return undefined;
    for (const owner of owners) found.add(owner);
  }
  return [...found];
}

/** Whether only a function reads a file. A module that imports the CDK is part of the app. */
function isCode(path: string): boolean {
  if (!CODE_EXTENSIONS.has(extname(path))) return false;
  return !existsSync(path) || !CDK_IMPORT.test(readFileSync(path, 'latin1'));
}

/** Returns the source directories of functions that are not inside another directory. Packages do not change. */
export function directoriesOutside(functions: readonly CodeOwner[], directory: string): string[] {
  const outside = functions
    .filter(({ isSource, codeDir }) => isSource && !isInside(codeDir, directory))
    .map(({ codeDir }) => resolve(codeDir))
    .filter((path) => !path.split(sep).includes('node_modules'));
  return [...new Set(outside)];
}

/** Whether a path is a directory or inside it. */
function isInside(path: string, directory: string): boolean {
  const [first] = relative(resolve(directory), resolve(path)).split(sep);
  return first !== '..';
}
