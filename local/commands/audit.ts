import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditRecord, parseAuditRecord } from '../../src/private/audit.js';
import { PROBLEMS, parseProblem, type RecordFilter, readEvents, recordPattern, timeOf } from '../deployed/audit-log.js';
import { duration } from '../deployed/durations.js';
import { Failure } from '../deployed/failure.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { Cell, Style, Terminal } from '../deployed/terminal.js';
import { formatLog } from '../report/function-logs/format.js';
import { render } from '../report/text.js';
import { widthOf } from '../report/width.js';
import { type CommandContext, withServer } from './with-server.js';

interface AuditOptions extends ServerOptions, RecordFilter {
  /** A duration before now, or a date. */
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

type TailOptions = ServerOptions & RecordFilter & Pick<AuditOptions, 'since'>;

const POLL_MS = 2_000;
/** CloudWatch Logs can deliver an event this late, in milliseconds. Such a period is read again. */
const OVERLAP_MS = 30_000;
const DEFAULT_LIMIT = 1_000;
/** Columns of the name of a call, followed by its duration. A long name takes those of a short duration. */
const CALL_WIDTH = 36;

const OUTCOMES: Readonly<Record<AuditRecord['outcome'], { readonly sign: string; readonly style: Style }>> = {
  ok: { sign: '✓', style: 'green' },
  error: { sign: '✗', style: 'red' },
  refused: { sign: '⊘', style: 'red' },
  cancelled: { sign: '-', style: 'yellow' },
  input_required: { sign: '?', style: 'cyan' },
  task: { sign: '»', style: 'cyan' },
};

/** `mcp-lambda audit`: the audit records of a period, oldest first. */
export async function audit(options: AuditOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const stack = server.stack('audit');
    const start = timeOf(options.since ?? '24h', '--since');
    const end = options.until === undefined ? undefined : timeOf(options.until, '--until');
    if (end !== undefined && end <= start) throw new Failure('--until must be later than --since');
    const [aws, group, pattern] = [await server.aws(), await stack.logGroup(), await recordPattern(stack, options)];
    const limit = options.limit ?? DEFAULT_LIMIT;
    let [shown, failed, more] = [0, 0, false];
    const callers = new Set<string>();
    terminal.progress('reading audit records');
    for await (const { message = '' } of readEvents(aws, group, pattern, { start, end })) {
      const record = parseAuditRecord(message.trim());
      if (!record || !isWanted(record, options)) continue;
      if (shown === limit) {
        more = true;
        break;
      }
      shown += 1;
      if (isFailure(record)) failed += 1;
      if (record.caller !== undefined) callers.add(record.caller);
      printRecord(terminal, record, { withDate: true });
    }
    const rest = more ? `; there are more: raise --limit ${limit}, or narrow --since and --until` : '';
    terminal.note({ text: `${shown} records, ${failed} failed, ${callers.size} callers${rest}`, style: 'dim' });
  });
}

/** `mcp-lambda tail`: audit records as they are written, until Ctrl-C; with `--errors` also what the server functions report. */
export async function tail(options: TailOptions): Promise<void> {
  await withServer(options, async (context) => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    await follow(context, options, stop.signal);
  });
}

async function follow({ server, terminal }: CommandContext, options: TailOptions, signal: AbortSignal): Promise<void> {
  const stack = server.stack('tail');
  const [aws, group, pattern] = [await server.aws(), await stack.logGroup(), await recordPattern(stack, options)];
  const { tool, caller, toolset, errors } = options;
  const isNarrow = [tool, caller, toolset].some((each) => each !== undefined);
  const patterns = errors && !isNarrow ? [pattern, PROBLEMS] : [pattern];
  const begin = options.since === undefined ? Date.now() : timeOf(options.since, '--since');
  let start = begin;
  let seen = new Map<string, number>();
  if (!terminal.json) terminal.note({ text: `following ${group}; press Ctrl-C to stop`, style: 'dim' });
  while (!signal.aborted) {
    const now = Date.now();
    for (const each of patterns) {
      for await (const { eventId, timestamp = 0, message = '' } of readEvents(aws, group, each, { start })) {
        const key = eventId ?? `${timestamp} ${message}`; // emulators may not have ids
        if (seen.has(key)) continue;
        seen.set(key, timestamp);
        printLine(terminal, message.trim(), options);
      }
    }
    start = Math.max(begin, now - OVERLAP_MS);
    seen = new Map([...seen].filter(([, time]) => time >= start));
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function printLine(terminal: Terminal, text: string, options: TailOptions): void {
  const record = parseAuditRecord(text);
  if (record) {
    if (isWanted(record, options)) printRecord(terminal, record, { withDate: false });
    return;
  }
  const problem = parseProblem(text);
  if (problem === undefined) return;
  if (terminal.json) {
    terminal.value(problem);
    return;
  }
  const line = formatLog({ functionName: '', stream: 'stdout', text }, 'server', { cwd: process.cwd() });
  if (line !== undefined) terminal.line({ text: render(line), style: 'yellow' });
}

function isWanted(record: AuditRecord, { errors = false }: RecordFilter): boolean {
  return !errors || isFailure(record);
}

function isFailure({ outcome }: AuditRecord): boolean {
  return outcome === 'error' || outcome === 'refused';
}

function printRecord(terminal: Terminal, record: AuditRecord, { withDate }: { readonly withDate: boolean }): void {
  if (terminal.json) {
    terminal.value(record);
    return;
  }
  const { timestamp, kind, name = '?', registration, outcome, reason, durationMs, caller, client, action } = record;
  const { sign, style } = OUTCOMES[outcome] ?? { sign: ' ', style: 'dim' };
  const time = withDate ? timestamp.slice(0, 19).replace('T', ' ') : timestamp.slice(11, 19);
  const what = kind === 'registration' ? `${action ?? 'change'} ${registration ?? name}` : `${kind} ${name}`;
  const who = [shortCaller(caller), client && `(${client})`].filter(Boolean).join(' ');
  const cells: Cell[] = [
    { text: `${time} `, style: 'dim' },
    { text: `${sign} `, style },
    `${what} ${duration(durationMs).padStart(CALL_WIDTH - 1 - widthOf(what))}`,
    `  ${who}`,
    { text: outcome === 'ok' ? '' : `  ${[outcome, reason].filter(Boolean).join(': ')}`, style },
  ];
  terminal.line(...cells);
}

/** Returns the end of an ARN, such as `assumed-role/Agent/ada`; another id as it is. */
function shortCaller(caller: string | undefined): string {
  return caller?.replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, '') ?? '-';
}
