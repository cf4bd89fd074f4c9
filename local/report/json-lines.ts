import type { McpCall } from '../calls/call.js';
import type { AppUpdate, Runner } from '../runner.js';
import type { InjectedFault } from '../services/faults/faults.js';
import type { LogLine } from '../services/lambda/log-lines.js';
import { credentialsOf } from '../state/running.js';
import { parseLog } from './function-logs/record.js';

/** An event that `--json` prints as one line. docs/reference/runner-events.schema.json describes them. */
export type RunnerEvent = { readonly type: 'ready' | 'call' | 'log' | 'notice' | 'fault' | 'update' } & Readonly<
  Record<string, unknown>
>;

interface ReadyOptions {
  readonly enforceAuth: boolean;
  /** Role of unsigned requests. */
  readonly as?: string;
}

interface JsonStream {
  readonly writableLength: number;
  write(text: string): unknown;
}

/** Size of the lines that wait for a reader, in bytes. Further events are dropped, so that a program that reads only the first line stops nothing. */
const MAX_WAITING = 16 * 1024 * 1024;

/** Writes events as JSON, one in each line. The first one is `ready`: earlier events follow it. */
export class JsonLines {
  private readonly held: RunnerEvent[] = [];
  private isReady = false;

  constructor(private readonly stream: JsonStream) {}

  ready(runner: Runner, options: ReadyOptions): void {
    this.isReady = true;
    this.write({ type: 'ready', ...describeRunner(runner, options) });
    for (const event of this.held.splice(0)) this.write(event);
  }

  call({ steps: _, logs: __, startedAt, ...call }: McpCall): void {
    this.emit({ type: 'call', time: new Date(startedAt).toISOString(), ...call });
  }

  log(line: LogLine, functionPath: string, call: McpCall | undefined): void {
    const record = parseLog(line);
    if (!record) return;
    const { level, message, fields, stack, requestId } = record;
    this.emit({
      type: 'log',
      time: new Date().toISOString(),
      function: functionPath,
      ...(call && { call: call.id }),
      ...(line.tool !== undefined && { tool: line.tool }),
      requestId,
      level,
      message,
      ...(Object.keys(fields).length > 0 && { fields }),
      stack,
    });
  }

  notice(text: string): void {
    this.emit({ type: 'notice', time: new Date().toISOString(), text });
  }

  fault({ fault, target }: InjectedFault): void {
    this.emit({ type: 'fault', time: new Date().toISOString(), fault: fault.type, target });
  }

  update(update: AppUpdate): void {
    const time = new Date().toISOString();
    if ('error' in update) this.emit({ type: 'update', time, error: update.error.message });
    else this.emit({ type: 'update', time, ...update });
  }

  private emit(event: RunnerEvent): void {
    if (this.isReady) this.write(event);
    else this.held.push(event);
  }

  private write(event: RunnerEvent): void {
    if (this.stream.writableLength < MAX_WAITING) this.stream.write(`${JSON.stringify(event)}\n`);
  }
}

/** Returns the members of the event `ready`. */
export function describeRunner(runner: Runner, { enforceAuth, as }: ReadyOptions): Record<string, unknown> {
  const servers = runner.servers.map(({ name, url, mcp, sse, message, register, apiKeys }) => ({
    name,
    url,
    mcp,
    sse,
    message,
    register,
    ...(apiKeys.length > 0 && { apiKeys }),
  }));
  const { url, mcp, sse, message, register } = servers[0] ?? {};
  const unavailable = [...runner.unavailable].map(([reason, functions]) => ({ functions, reason }));
  const { notRun, otherApis, issuers, registrations } = runner;
  return {
    url,
    mcp,
    sse,
    message,
    register,
    servers,
    ...(registrations.length > 0 && { registrations }),
    outputs: runner.outputs,
    ...(issuers.length > 0 && { issuers }),
    ...(otherApis.length > 0 && { otherApis }),
    ...(unavailable.length > 0 && { unavailable }),
    ...(notRun.length > 0 && { notRun }),
    ...((enforceAuth || as !== undefined) && {
      credentials: as === undefined ? runner.admin : credentialsOf(runner, as),
      region: runner.region,
      awsEndpointUrl: runner.awsEndpointUrl,
    }),
  };
}
