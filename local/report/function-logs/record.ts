import { parseAuditRecord } from '../../../src/private/audit.js';
import type { LogLine } from '../../services/lambda/log-lines.js';
import { isJavaHeading, javaError, javaMessage } from './java.js';
import { nodeError } from './node-errors.js';

/** A log entry of a function: of `console`, of Python's and Java's loggers, or of a structured logger. */
export interface LogRecord {
  /** `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `FATAL`; absent for output without a level. */
  readonly level?: string;
  readonly message: string;
  /** Further members of a structured entry. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Stack of the logged error: type and message, then one line for each call. */
  readonly stack?: string;
  readonly requestId?: string;
}

/** Members with the message: of AWS and Powertools, of pino, of structlog. */
const MESSAGE = ['message', 'msg', 'event'];
const LEVEL = ['level', 'severity', 'levelname', 'log_level'];
/** Members with a logged error: of Powertools for TypeScript, of pino, of Powertools for Python, of Log4j. */
const ERROR = ['error', 'err', 'exception', 'thrown', 'exc_info', 'stack', 'stackTrace'];
/** Members that describe the function or repeat what the terminal shows elsewhere. */
const OMITTED = new Set([
  ...MESSAGE,
  ...LEVEL,
  ...ERROR,
  'timestamp',
  'time',
  '@timestamp',
  'ts',
  'asctime',
  'pid',
  'hostname',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'coldStart',
  'function_arn',
  'functionArn',
  'function_memory_size',
  'functionMemorySize',
  'function_name',
  'functionName',
  'functionVersion',
  'function_request_id',
  'AWSRequestId',
  'requestId',
  'awsRequestId',
  'correlation_id',
  'exception_name',
  'stack_trace',
  'errorType',
  'errorMessage',
  'tenantId',
]);
const REQUEST_ID = ['requestId', 'function_request_id', 'awsRequestId', 'AWSRequestId'];
/** Levels of pino and bunyan. */
const NUMBERS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
/** Names of levels in Python, Java and syslog. */
const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(NUMBERS).map((name) => [name, name])),
  WARNING: 'WARN',
  SEVERE: 'ERROR',
  ERR: 'ERROR',
  CRITICAL: 'FATAL',
  ALERT: 'FATAL',
  EMERGENCY: 'FATAL',
  NOTICE: 'INFO',
  VERBOSE: 'DEBUG',
  CONFIG: 'DEBUG',
  FINE: 'DEBUG',
  FINER: 'TRACE',
  FINEST: 'TRACE',
};

/** Start of a generic warning that the Python runtime client logs before each initialization error. */
const RUNTIME_CLIENT_WARNING = 'LAMBDA_WARNING: Unhandled exception.';
/** How the Python runtime client starts the text of an error. */
const PYTHON_ERROR = /^\[ERROR\] /;
/** An empty traceback, which the Python runtime client adds to errors without one. */
const EMPTY_TRACEBACK = /[\r\n]Traceback \(most recent call last\):$/;
/** The pattern that AWS documents for Log4j: `2026-11-22 08:06:00 <request id> INFO  Orders - text`. */
const LOG4J = /^\d{4}-\d\d-\d\d[ T][\d:.,]+Z? ([0-9a-f-]{36}) (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +([\s\S]*)$/;

/**
 * Parses a log line of a function.
 * @param verbose returns metrics and audit records, too, and whole stacks
 * @returns undefined for lines that are not shown: metrics, audit records, the warning of the Python runtime client, and headings of
 *   `java.util.logging`
 */
export function parseLog({ text, level, requestId, stream }: LogLine, verbose = false): LogRecord | undefined {
  if (text.startsWith(RUNTIME_CLIENT_WARNING) || isJavaHeading(text)) return undefined;
  const structured = parseObject(text);
  const forMachines = structured?._aws !== undefined || parseAuditRecord(text) !== undefined;
  if (forMachines) return verbose ? { message: text, fields: {}, requestId } : undefined;
  const known = structured && structuredRecord(structured);
  if (known) return { ...known, level: known.level ?? level, requestId: requestId ?? known.requestId };
  const error = nodeError(text, verbose) ?? javaError(text);
  if (error) return { level: 'ERROR', message: error, fields: {}, requestId };
  const [, id, name, message] = LOG4J.exec(text) ?? [];
  if (message !== undefined) return { level: name, message: message.trimEnd(), fields: {}, requestId: requestId ?? id };
  const logged = level === undefined ? javaMessage(text) : undefined;
  if (logged) return { level: levelOf(logged.level), message: logged.message, fields: {}, requestId };
  const isPythonError = PYTHON_ERROR.test(text);
  return {
    level: level ?? (isPythonError || stream === 'platform' ? 'ERROR' : undefined),
    message: text.trimEnd().replace(PYTHON_ERROR, '').replace(EMPTY_TRACEBACK, ''),
    fields: {},
    requestId,
  };
}

/** Returns the entry of a structured logger; undefined for JSON that has no message and no level. */
function structuredRecord(record: Readonly<Record<string, unknown>>): LogRecord | undefined {
  const { errorType, errorMessage } = record;
  const message = first(record, MESSAGE) ?? (errorType === undefined ? undefined : `${errorType}: ${errorMessage}`);
  const level = levelOf(first(record, LEVEL));
  const error = first(record, ERROR);
  if (message === undefined || (level === undefined && error === undefined)) return undefined;
  return {
    level,
    message: typeof message === 'string' ? (javaError(message) ?? message.trimEnd()) : JSON.stringify(message),
    fields: Object.fromEntries(Object.entries(record).filter(([name]) => !OMITTED.has(name))),
    ...(error !== undefined && error !== null && { stack: stackOf(error, record, String(message)) }),
    ...textOf('requestId', first(record, REQUEST_ID)),
  };
}

function levelOf(value: unknown): string | undefined {
  if (typeof value === 'number') return NUMBERS[value];
  return typeof value === 'string' ? NAMES[value.toUpperCase()] : undefined;
}

/** Returns the stack of a logged error, in the forms of the loggers. */
function stackOf(error: unknown, record: Readonly<Record<string, unknown>>, logged: string): string {
  if (Array.isArray(error)) {
    const lines = error.map((line) => String(line).trimEnd());
    const head = `${record.errorType}: ${record.errorMessage}`;
    const isComplete = record.errorType === undefined || logged === head || !/^\s/.test(lines[0] ?? '');
    return (isComplete ? lines : [head, ...lines]).join('\n');
  }
  if (typeof error !== 'object') return String(error).trimEnd();
  const { stack, stackTrace, stack_trace, name, type, message } = error as Record<string, unknown>;
  const text = stack ?? stackTrace ?? stack_trace;
  if (Array.isArray(text)) return text.map(String).join('\n');
  if (typeof text === 'string') return text.trimEnd();
  return message === undefined ? JSON.stringify(error) : `${name ?? type ?? 'Error'}: ${message}`;
}

function first(record: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const name = names.find((each) => record[each] !== undefined);
  return name === undefined ? undefined : record[name];
}

function textOf<K extends string>(key: K, value: unknown): { [key in K]?: string } {
  return (typeof value === 'string' ? { [key]: value } : {}) as { [key in K]?: string };
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
