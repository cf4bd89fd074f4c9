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

/**
 * A function's log line for people: time, function, level and message, the record's other members behind it. Undefined for metrics,
 * which are for CloudWatch.
 * @param label what the function is called in the app
 */
export function formatLog(line: LogLine, label: string, now = new Date()): string | undefined {
  const record = parseRecord(line.text);
  if (record?._aws) return undefined;
  const text = record ? recordText(record) : line.text;
  const level = String(record?.level ?? line.level ?? (line.stream === 'platform' ? 'ERROR' : ''));
  const head = `${now.toTimeString().slice(0, 8)} ${label}`;
  return `${head} ${level && level !== 'INFO' ? `${level} ` : ''}${text}`.replaceAll('\n', `\n${' '.repeat(9)}`);
}

/** What to add to a line that a missing module leaves, or undefined. */
export function hintFor({ text }: LogLine): string | undefined {
  const [, name] = /Cannot find (?:package|module) '(@aws-sdk\/[^'/]+)/.exec(text) ?? [];
  if (name) return `Lambda has ${name} in its runtime, this machine has not: npm install --save-dev ${name}`;
  const [, module] = /No module named '(boto3|botocore)'/.exec(text) ?? [];
  return module && `Lambda has ${module} in its runtime, this machine's Python has not: python3 -m pip install boto3`;
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
