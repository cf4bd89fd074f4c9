import type { McpCall } from '../../calls/call.js';
import { Untrusted } from './ui.js';

/** Members of structured log records that are shown elsewhere, or identify the function. */
const OMITTED = new Set([
  'level',
  'message',
  'timestamp',
  'time',
  'service',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'xray_trace_id',
  'requestId',
  'location',
  'sampling_rate',
]);
const PINO_LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** The log lines of a call, by function. */
export function Logs({ logs }: Pick<McpCall, 'logs'>) {
  return (
    <ol class="logs">
      {logs.map((line, i) => {
        const { level, text } = readable(line.text, line.level);
        return (
          <li key={i} class={`log ${(level ?? '').toLowerCase()}`}>
            <span class="log-time">+{Math.round(line.at)} ms</span>
            <span class="log-function" title={line.function}>
              <Untrusted text={line.function.split('/').at(-1) ?? line.function} />
            </span>
            <span class="log-level">{level === 'INFO' ? '' : level}</span>
            <span class="log-text">
              <Untrusted text={text} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Returns message and further members of a structured record. */
function readable(text: string, level: string | undefined): { text: string; level?: string } {
  const record = text.startsWith('{') ? parse(text) : undefined;
  const message = record?.message ?? record?.msg;
  if (!record || typeof message !== 'string') return { text, ...(level && { level }) };
  const rest = Object.entries(record).filter(
    ([name]) => !OMITTED.has(name) && name !== 'msg' && name !== 'pid' && name !== 'hostname',
  );
  const members = rest.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const own = typeof record.level === 'number' ? PINO_LEVELS[record.level] : record.level;
  const found = typeof own === 'string' ? own.toUpperCase() : level;
  return { text: [message, ...members].join('  '), ...(found && { level: found }) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
