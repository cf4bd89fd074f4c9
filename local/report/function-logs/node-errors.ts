import { isFrame, isOwnFrame } from './stacks.js';

/** What the Node.js runtime client logs of an error: a title, a tab, and JSON. */
const LOGGED_ERROR = /^(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection|Init Error)\s*\t(\{.*\})\s*$/s;
/** Depth of causes that are shown. */
const MAX_CAUSES = 5;

interface LoggedError {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  readonly stack?: unknown;
  readonly trace?: unknown;
  readonly cause?: unknown;
}

/**
 * Returns an error that the Node.js runtime client logs in the form of Node.js itself: type and message, then the lines of the stack that are code
 * of the function, then the causes.
 * @param verbose keeps all lines of the stack
 * @returns undefined for other text
 */
export function nodeError(text: string, verbose = false): string | undefined {
  const [, json] = LOGGED_ERROR.exec(text) ?? [];
  if (json === undefined) return undefined;
  try {
    return describe(JSON.parse(json) as LoggedError, verbose ? isFrame : isOwnFrame);
  } catch {
    return undefined;
  }
}

function describe(error: LoggedError, isShown: (line: string) => boolean, depth = 0): string {
  const { errorType = 'Error', errorMessage = '', stack, trace, cause } = error;
  const at = linesOf(stack ?? trace);
  const head = [
    `${errorType}${errorMessage === '' ? '' : `: ${errorMessage}`}`,
    ...codeFrame(at),
    ...at.filter(isShown),
  ];
  const isError = typeof cause === 'object' && cause !== null && 'errorMessage' in cause;
  if (!isError || depth === MAX_CAUSES) return head.join('\n');
  return `${head.join('\n')}\nCaused by: ${describe(cause as LoggedError, isShown, depth + 1)}`;
}

/** Returns what Node.js writes above the stack of a syntax error: the file with the line, the line itself, and a marker. */
function codeFrame(lines: readonly string[]): string[] {
  const at = lines.findIndex((line) => /^\w*Error\b/.test(line));
  return /:\d+$/.test(lines[0] ?? '') && at > 0 ? lines.slice(0, at).filter((line) => line !== '') : [];
}

function linesOf(stack: unknown): string[] {
  return Array.isArray(stack) ? stack.map(String) : [];
}
