import type { Readable } from 'node:stream';

/** A log line of a function. */
export interface LogLine {
  readonly functionName: string;
  /** `platform`: a message of the runner about the function. */
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly text: string;
  /** The invocation that wrote the line, if known. */
  readonly requestId?: string;
  /** The tool that the invocation is a call of, if known. */
  readonly tool?: string;
  /** Whether the invocation is a request of a custom resource. */
  readonly customResource?: boolean;
  /** Level of `console.warn()` etc.: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`. */
  readonly level?: string;
  /** The program that runs the function, such as `/app/.venv/bin/python`; absent for messages of the runner. */
  readonly program?: string;
}

/** Calls back for each line of a stream, including an incomplete last line. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

/** `2026-11-22T08:06:00.000Z <TAB> request id <TAB> INFO <TAB> text`, with carriage returns for line breaks. */
const TEXT_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t([^\t]*)\t(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t([\s\S]*)$/;

/** `[INFO] <TAB> 2026-11-22T08:06:00.000Z <TAB> request id <TAB> text`: format of Python's `logging`. */
const PYTHON_RECORD = /^\[([A-Z]+)\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t([^\t]*)\t([\s\S]*)$/;
const PYTHON_LEVELS: Readonly<Record<string, string>> = { WARNING: 'WARN', CRITICAL: 'FATAL' };

/**
 * Parses a line in the log format of AWS's runtime clients: returns the message, level and request id. Other lines, which a function writes
 * without the logger, stay unchanged.
 */
export function parseLine(line: string): Pick<LogLine, 'text' | 'requestId' | 'level'> {
  const [, requestId, level, text] = TEXT_LINE.exec(line) ?? [];
  if (text !== undefined) return { text: text.replaceAll('\r', '\n'), level, ...idOf(requestId) };
  const [, name, id, message] = PYTHON_RECORD.exec(line) ?? [];
  if (message !== undefined) return { text: message, level: PYTHON_LEVELS[name] ?? name, ...idOf(id) };
  return parseJsonLine(line) ?? { text: line };
}

/** Parses the format of processes with concurrent invocations: `{"timestamp", "level", "requestId", "message"}`. */
function parseJsonLine(line: string): Pick<LogLine, 'text' | 'requestId' | 'level'> | undefined {
  if (!line.startsWith('{"timestamp":"')) return undefined;
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  // a record with more members comes from a structured logger
  const { timestamp, level, requestId, message, errorType, errorMessage, stackTrace, tenantId, ...others } = record;
  if (typeof level !== 'string' || Object.keys(others).length > 0 || !('message' in record)) return undefined;
  return { text: messageText(message), level, ...idOf(requestId) };
}

function messageText(message: unknown): string {
  if (typeof message === 'string') return message.replaceAll('\r', '\n');
  const stack = (message as { stackTrace?: unknown } | null)?.stackTrace;
  return Array.isArray(stack) ? stack.join('\n') : JSON.stringify(message);
}

const idOf = (requestId: unknown) =>
  typeof requestId === 'string' && !['', '-'].includes(requestId) ? { requestId } : {};
