import { sep } from 'node:path';
import { isForeignJavaFrame } from './java.js';

/** Lines of stacks in Node.js, in packages and in the runtime client. */
const FOREIGN_FRAME = /^ +at (?:.*\()?(?:node:|<anonymous>|.*[\\/]node_modules[\\/]|.*[\\/]cli[\\/]runtime[\\/])/;
const FRAME = /^ +at /;
/** The class of the runtime client that Node.js names before the handler. */
const RUNTIME_CLASS = /^( +at (?:async )?)(?:Buffered|Streaming)InvokeProcessor\./;

/** Returns whether a line is a line of a stack in Node.js. */
export function isFrame(line: string): boolean {
  return FRAME.test(line);
}

/** Returns whether a line of a stack is code of the function. */
export function isOwnFrame(line: string): boolean {
  return isFrame(line) && !FOREIGN_FRAME.test(line);
}

/**
 * Returns text with the stacks of Node.js and Java in it reduced to the code of the function, and with paths below the working directory relative to it.
 * @param cwd the working directory, where the app is
 */
export function readableStack(text: string, cwd: string): string {
  const root = cwd.endsWith(sep) ? cwd : `${cwd}${sep}`;
  return text
    .split('\n')
    .filter((line) => !FOREIGN_FRAME.test(line) && !isForeignJavaFrame(line))
    .map((line) =>
      line.replace(RUNTIME_CLASS, '$1').replace(/^\t+/, '    ').replaceAll('file://', '').replaceAll(root, ''),
    )
    .join('\n');
}
