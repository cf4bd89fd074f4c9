import type { LogLine } from '../services/lambda/log-lines.js';

/** Members of structured log records that say nothing here. */
const NOISE = new Set([
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

/** What Python's runtime client says before each failed start, a paragraph long: that it is the function's code or, rarely, an update. */
const CLIENT_WARNING = 'LAMBDA_WARNING: Unhandled exception.';
/** The head of a traceback that it writes where it has none. */
const EMPTY_TRACEBACK = /[\r\n]Traceback \(most recent call last\):$/;

/**
 * A function's log line for people: time, function, level and message, the record's other members behind it. Undefined for what is
 * for CloudWatch or support: metrics, and the runtime client's own warning.
 * @param label what the function is called in the app
 */
export function formatLog(line: LogLine, label: string, now = new Date()): string | undefined {
  const record = parseRecord(line.text);
  if (record?._aws || line.text.startsWith(CLIENT_WARNING)) return undefined;
  const text = record ? recordText(record) : line.text.replace(EMPTY_TRACEBACK, '');
  const level = String(record?.level ?? line.level ?? (line.stream === 'platform' ? 'ERROR' : ''));
  const head = `${now.toTimeString().slice(0, 8)} ${label}`;
  return `${head} ${level && level !== 'INFO' ? `${level} ` : ''}${text}`.replaceAll('\n', `\n${' '.repeat(9)}`);
}

/** What to add to a line that a missing module leaves, or undefined. */
export function hintFor({ text, program }: LogLine): string | undefined {
  const [, name] = /Cannot find (?:package|module) '(@aws-sdk\/[^'/]+)/.exec(text) ?? [];
  if (name) return `Lambda has ${name} in its runtime, this machine has not: npm install --save-dev ${name}`;
  const [, module] = /No module named '(boto3|botocore)'/.exec(text) ?? [];
  return (
    module && `Lambda has ${module} in its runtime, the Python that runs here has not: ${program} -m pip install boto3`
  );
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
  const rest = Object.entries(record).filter(([key]) => !NOISE.has(key) && key !== 'error');
  const members = rest.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = (error as { stack?: unknown } | undefined)?.stack;
  return [message, ...members, ...(error ? [`\n${stack ?? JSON.stringify(error)}`] : [])].join(' ');
}
