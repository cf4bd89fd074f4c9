import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the console's page. */
export interface PageFile {
  readonly contentType: string;
  readonly content: Buffer;
}

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Reads a file of the page; undefined if it does not exist. */
export function readPageFile(name: string): PageFile | undefined {
  const contentType = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  const directory = pageDirectory();
  if (contentType === undefined || directory === undefined) return undefined;
  return { contentType, content: readFileSync(join(directory, name)) };
}

/** The directory is next to that of the bundle, `assets/cli`; when run from source, below the root of the repository. */
function pageDirectory(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [join(here, '..', 'console'), join(here, '..', '..', 'assets', 'console')];
  return candidates.find((directory) => existsSync(join(directory, 'console.js')));
}
