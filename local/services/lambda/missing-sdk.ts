import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from './function.js';

/** Limits of the files that are searched. */
const MAX_FILES = 500;
const MAX_BYTES = 1_048_576;
const MODULE = /\.[cm]?js$/;
const SDK_IMPORT = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["'](@aws-sdk\/[\w-]+)/g;

/**
 * Finds packages of the AWS SDK for JavaScript that a function imports and that are not installed. On AWS, Lambda's runtime has them.
 * @returns the names of the packages
 */
export function missingSdkPackages(definition: FunctionDefinition): string[] {
  const { runtime, codeDir, layersDir, nodeModules } = definition;
  if (!runtime.startsWith('nodejs')) return [];
  const directories = [
    join(codeDir, 'node_modules'),
    ...(nodeModules ? [nodeModules] : []),
    ...(layersDir ? [join(layersDir, 'nodejs', 'node_modules')] : []),
  ];
  const imported = new Set<string>();
  for (const file of modulesOf(codeDir)) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(SDK_IMPORT)) imported.add(name!);
  }
  return [...imported].filter((name) => !directories.some((each) => existsSync(join(each, name)))).sort();
}

/** Returns the modules of a function that are not packages. */
function modulesOf(directory: string, found: string[] = []): string[] {
  if (!existsSync(directory)) return found;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (found.length >= MAX_FILES) break;
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') modulesOf(path, found);
    else if (entry.isFile() && MODULE.test(entry.name) && statSync(path).size <= MAX_BYTES) found.push(path);
  }
  return found;
}

/** Returns the notice about packages that are missing, without its subject. */
export function missingSdkNotice(packages: readonly string[]): string {
  const [names, them] = [packages.join(', '), packages.length === 1 ? 'is' : 'are'];
  return `imports ${names}, which ${them} part of the Lambda runtime but not installed here: npm install --save-dev ${packages.join(' ')}`;
}
