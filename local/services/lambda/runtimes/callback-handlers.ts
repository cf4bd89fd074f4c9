import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from '../function.js';

/** First Node.js runtime that does not run handlers with a callback. */
const FIRST_WITHOUT_CALLBACKS = 24;

/**
 * Returns a notice if a function in Node.js 24 has a handler with a callback, which Lambda refuses to run. The source text is inspected, not
 * run.
 */
export function callbackNotice({ name, runtime, handler, codeDir }: FunctionDefinition): string | undefined {
  if (Number(/\d+/.exec(runtime)?.[0]) < FIRST_WITHOUT_CALLBACKS) return undefined;
  const dot = handler.lastIndexOf('.');
  const [file, exported] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const path = ['.js', '.mjs', '.cjs'].map((extension) => join(codeDir, `${file}${extension}`)).find(existsSync);
  if (!path || !takesCallback(readFileSync(path, 'utf8'), exported)) return undefined;
  return `${name}: ${runtime} does not run handlers with a callback, on AWS either: make ${handler} async, or use nodejs22.x`;
}

/** Whether a source text defines a function with this name and three or more parameters. */
export function takesCallback(source: string, name: string): boolean {
  const id = name.replaceAll('$', '\\$');
  const parameters = '\\(\\s*[\\w$]+\\s*,\\s*[\\w$]+\\s*,\\s*[\\w$]+\\s*[,)]';
  return new RegExp(
    `(?:\\b${id}\\s*[:=]\\s*(?:async\\s+)?(?:function\\b\\s*[\\w$]*\\s*)?|\\bfunction\\s+${id}\\s*)${parameters}`,
  ).test(source);
}
