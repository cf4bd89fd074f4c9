import type { LogLine } from '../services/lambda/log-lines.js';

/** Members of structured log records that are left out. */
const OMITTED_MEMBERS = new Set([
  'timestamp',
  'level',
  'message',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'correlation_id',
]);

/** Number of characters of a request id that are shown. */
const REQUEST_ID_LENGTH = 8;
/** Start of a generic warning that the Python runtime client logs before each initialization error. */
const RUNTIME_CLIENT_WARNING = 'LAMBDA_WARNING: Unhandled exception.';
/** What the Node.js runtime client logs of an error: a title, a tab, and JSON. */
const INVOKE_ERROR = /^(Invoke Error|Uncaught Exception|Unhandled Promise Rejection)\s*\t(\{.*\})\s*$/s;
/** Lines of stacks in Node.js, in packages and in the runtime client. */
const FOREIGN_FRAME = /\(?(node:|.*[\\/]node_modules[\\/]|.*[\\/]cli[\\/]runtime[\\/])/;
/** An empty traceback, which the Python runtime client adds to errors without one. */
const EMPTY_TRACEBACK = /[\r\n]Traceback \(most recent call last\):$/;

/**
 * Formats a log line of a function for the terminal: time, function, tool and request id, level and message, followed by the other members of
 * the record.
 * @param label the construct path of the function
 * @returns undefined for lines that are not shown: metrics, audit records, and the warning of the runtime client
 */
export function formatLog(line: LogLine, label: string, now = new Date()): string | undefined {
  const record = parseRecord(line.text);
  if (record?._aws || record?.audit || line.text.startsWith(RUNTIME_CLIENT_WARNING)) return undefined;
  const text = record ? recordText(record) : (invokeErrorText(line.text) ?? line.text.replace(EMPTY_TRACEBACK, ''));
  const level = String(record?.level ?? line.level ?? (line.stream === 'platform' ? 'ERROR' : ''));
  const requestId = line.requestId ?? (record?.function_request_id as string | undefined); // of Powertools
  const call = [line.tool, requestId?.slice(0, REQUEST_ID_LENGTH)].filter(Boolean).join(' ');
  const head = `${now.toTimeString().slice(0, 8)} ${label}${call && ` [${call}]`}`;
  return `${head} ${level && level !== 'INFO' ? `${level} ` : ''}${text}`.replaceAll('\n', `\n${' '.repeat(9)}`);
}

/** Returns a hint for an error about a missing module that Lambda's runtime provides, or undefined. */
export function hintFor({ text, program }: LogLine): string | undefined {
  const [, name] = /Cannot find (?:package|module) '(@aws-sdk\/[^'/]+)/.exec(text) ?? [];
  if (name) return `${name} is part of the Lambda runtime but not installed here: npm install --save-dev ${name}`;
  const [, module] = /No module named '(boto3|botocore)'/.exec(text) ?? [];
  return (
    module &&
    `${module} is part of the Lambda runtime but not installed for this Python: ${program} -m pip install boto3`
  );
}

/** Formats an error that the Node.js runtime client logs: type and message, and the lines of the stack that are code of the function. */
function invokeErrorText(text: string): string | undefined {
  const [, title, json] = INVOKE_ERROR.exec(text) ?? [];
  const record = json === undefined ? undefined : parseRecord(json);
  if (!record || !Array.isArray(record.stack)) return undefined;
  const { errorType, errorMessage, stack } = record;
  const own = stack.map(String).filter((each) => /^ +at /.test(each) && !FOREIGN_FRAME.test(each));
  return [`${title}: ${errorType}: ${errorMessage}`, ...own].join('\n');
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function recordText(record: Record<string, unknown>): string {
  const { message = '', error } = record;
  const rest = Object.entries(record).filter(([key]) => !OMITTED_MEMBERS.has(key) && key !== 'error');
  const members = rest.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = (error as { stack?: unknown } | undefined)?.stack;
  return [message, ...members, ...(error ? [`\n${stack ?? JSON.stringify(error)}`] : [])].join(' ');
}
