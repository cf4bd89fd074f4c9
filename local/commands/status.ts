import { DEFAULTS, ENV, PATHS } from '../../src/private/contract.js';
import type { AwsAccess } from '../deployed/aws-access.js';
import type { DeployedServer } from '../deployed/deployed-server.js';
import { duration } from '../deployed/durations.js';
import type { Failure } from '../deployed/failure.js';
import { McpClient } from '../deployed/mcp-client.js';
import { type SessionList, SessionTable } from '../deployed/open-sessions.js';
import {
  type FunctionMetrics,
  readFunctionMetrics,
  readServerMetrics,
  type ServerMetrics,
} from '../deployed/server-metrics.js';
import type { ServerOptions } from '../deployed/server-options.js';
import type { ServerStack } from '../deployed/server-stack.js';
import type { Cell, Terminal } from '../deployed/terminal.js';
import { withServer } from './with-server.js';

interface StatusOptions extends ServerOptions {
  /** Length of the period of the metrics. */
  readonly minutes?: number;
}

/** What `status` shows. */
interface Status {
  readonly name: string;
  readonly version: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly authorization: string;
  readonly revisions?: readonly string[];
  /** Why the server did not answer. */
  readonly problem?: string;
  readonly stack: { readonly name: string; readonly status: string };
  readonly sessions: Readonly<Record<'open' | 'listeners' | 'expired' | 'tasks' | 'httpSessionsOpened', number>>;
  readonly limits: { readonly sessions: number; readonly listeners: number; readonly tasks: number };
  readonly minutes: number;
  readonly metrics: ServerMetrics;
  readonly functions: ReadonlyArray<FunctionMetrics & { readonly runtime?: string; readonly updated?: string }>;
}

const MINUTE_MS = 60_000;

/** `mcp-lambda status`: addresses, versions, sessions, and what went wrong lately. */
export async function status(options: StatusOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const stack = server.stack('status');
    terminal.progress('reading functions, sessions and metrics');
    const read = await readStatus(server, stack, await server.aws(), options.minutes ?? 60);
    if (terminal.json) terminal.value(read);
    else printStatus(terminal, read);
  });
}

async function readStatus(
  server: DeployedServer,
  stack: ServerStack,
  aws: AwsAccess,
  minutes: number,
): Promise<Status> {
  const now = Date.now();
  const period = { start: now - minutes * MINUTE_MS, end: now };
  const http = await stack.httpFunction();
  const table = new SessionTable(aws.dynamoDb, http.environment[ENV.SESSION_TABLE] ?? '');
  const [info, discovered, list, metrics, functions] = await Promise.all([
    stack.serverInfo(),
    new McpClient(server).discover().catch((error: Failure) => problemOf(error)),
    table.list(now),
    readServerMetrics(stack, aws, period),
    readFunctionMetrics(stack, aws, period),
  ]);
  const { supportedVersions, problem } = discovered as { supportedVersions?: string[]; problem?: string };
  const number = (name: (typeof ENV)[keyof typeof ENV], otherwise: number) =>
    Number(http.environment[name] ?? otherwise);
  const sse = await stack.function('SseFunction');
  const configured = await Promise.all(functions.map(({ name }) => stack.function(name)));
  return {
    ...info,
    addresses: {
      mcp: server.mcpUrl.href,
      ...(sse && { sse: server.at(PATHS.SSE).href }),
      registration: server.registerUrl.href,
    },
    authorization: http.environment[ENV.AUTHORIZATION] ?? 'unknown',
    ...(supportedVersions && { revisions: supportedVersions }),
    ...(problem !== undefined && { problem }),
    stack: { name: stack.name, status: stack.status },
    sessions: counts(list),
    limits: {
      sessions: Number(sse?.environment[ENV.MAX_SESSIONS] ?? DEFAULTS.MAX_SESSIONS),
      listeners: number(ENV.MAX_LISTENERS, DEFAULTS.MAX_LISTENERS),
      tasks: number(ENV.MAX_TASKS, DEFAULTS.MAX_TASKS),
    },
    minutes,
    metrics,
    functions: functions.map((each, index) => {
      const { Runtime, LastModified } = configured[index]?.configuration ?? {};
      return { ...each, ...(Runtime && { runtime: Runtime }), ...(LastModified && { updated: LastModified }) };
    }),
  };
}

/** Returns why the server does not answer. One that denies the request answers. */
function problemOf({ message }: Error): { readonly problem?: string } {
  return /returned 40[13]/.test(message) ? {} : { problem: message };
}

function counts({ open, expired, tasks, httpSessionsOpened }: SessionList): Status['sessions'] {
  const listeners = open.filter(({ kind }) => kind === 'listener').length;
  return { open: open.length - listeners, listeners, expired: expired.length, tasks, httpSessionsOpened };
}

function printStatus(terminal: Terminal, read: Status): void {
  const { addresses, sessions, limits, metrics } = read;
  terminal.line({ text: `${read.name} ${read.version}`, style: 'bold' });
  const health: Cell = read.problem
    ? { text: `does not answer: ${read.problem}`, style: 'red' }
    : { text: 'answers', style: 'green' };
  terminal.facts([
    ['health', health],
    ['Streamable HTTP', addresses.mcp!],
    ...(addresses.sse ? ([['HTTP+SSE', addresses.sse]] as const) : []),
    ['Registration', addresses.registration!],
    ['authorization', read.authorization],
    ...(read.revisions ? ([['revisions', read.revisions.join(', ')]] as const) : []),
    ['stack', `${read.stack.name} (${read.stack.status})`],
  ]);
  terminal.line('');
  terminal.line({ text: 'Now', style: 'bold' });
  terminal.facts([
    ...(addresses.sse ? ([['SSE sessions', used(sessions.open, limits.sessions)]] as const) : []),
    ['listeners', used(sessions.listeners, limits.listeners)],
    ['tasks', used(sessions.tasks, limits.tasks)],
    ['sessions on /mcp', `${sessions.httpSessionsOpened} opened in this hour and the last`],
    ...(sessions.expired > 0
      ? ([['lost', { text: `${sessions.expired}: their functions were killed`, style: 'yellow' as const }]] as const)
      : []),
  ]);
  terminal.line('');
  terminal.line({ text: `Last ${duration(read.minutes * MINUTE_MS)}`, style: 'bold' });
  terminal.facts([
    ['tool calls', calls(metrics)],
    ...(addresses.sse
      ? ([
          ['SSE sessions', `${metrics.sessionsOpened ?? 0} opened, ${metrics.sessionsRejected ?? 0} rejected`],
        ] as const)
      : []),
    ...warnings(metrics),
  ]);
  terminal.line('');
  terminal.table(
    ['FUNCTION', 'INVOCATIONS', 'ERRORS', 'THROTTLES', 'SLOWEST', 'RUNTIME'],
    read.functions.map(({ name, invocations, errors, throttles, slowest, runtime = '' }) => [
      name,
      String(invocations),
      count(errors),
      count(throttles),
      invocations > 0 ? duration(slowest) : '-',
      runtime,
    ]),
  );
}

function calls({ toolCalls = 0, toolErrors = 0, toolDuration }: ServerMetrics): Cell {
  if (toolCalls === 0) return 'none';
  const share = ((100 * toolErrors) / toolCalls).toFixed(1);
  const average = toolDuration === undefined ? '' : `, ${duration(toolDuration)} on average`;
  return {
    text: `${toolCalls}, ${toolErrors} errors (${share} %)${average}`,
    style: toolErrors > 0 ? 'yellow' : undefined,
  };
}

/** Counters that are not 0 if something is wrong. */
function warnings(metrics: ServerMetrics): Array<[string, Cell]> {
  const lines: Array<[string, number | undefined]> = [
    ['listeners rejected', metrics.listenersRejected],
    ['messages rejected', metrics.messagesRejected],
    ['queues swept', metrics.queuesSwept],
    ['permissions not renewed', metrics.permissionsNotRenewed],
    ['calls not counted', metrics.callsNotCounted],
    ['validations stopped', metrics.validationsStopped],
  ];
  return lines.flatMap(([name, value = 0]) => (value > 0 ? [[name, { text: String(value), style: 'yellow' }]] : []));
}

function used(value: number, limit: number): Cell {
  return { text: `${value} of ${limit}`, style: value >= limit ? 'red' : undefined };
}

function count(value: number): Cell {
  return { text: String(value), style: value > 0 ? 'red' : undefined };
}
