import type { ServerResponse } from 'node:http';
import { parseAuditRecord } from '../../src/private/audit.js';
import type { LogLine } from '../services/lambda/log-lines.js';
import type { McpCall, PermissionDecision } from './call.js';
import { CallLog } from './call-log.js';
import { Exchange, type McpRequest } from './exchange.js';
import { Sessions } from './sessions.js';
import type { Span } from './span.js';
import { parseTrace, spanOf } from './trace-header.js';

interface RecorderOptions {
  /** Returns the construct path of a function. */
  readonly pathOf: (functionName: string) => string;
  /** Returns the construct path of the server with a REST API. */
  readonly serverOf: (apiId: string) => string;
}

/** An invocation of a function. */
export interface StartedInvocation {
  readonly requestId: string;
  readonly functionName: string;
  /** Header `X-Amzn-Trace-Id` of the request that invokes the function. */
  readonly trace: string | undefined;
  /** Client context in base64. */
  readonly clientContext: string | undefined;
}

/** Time after the end of an invocation in which a log line without a request id belongs to it. */
const LATE_LOGS_MS = 100;
/** Number of spans that are remembered. Functions can work on after their response. */
const MAX_SPANS = 20_000;

/**
 * Records the calls of MCP clients: from the request, through invocations and AWS calls, to the answer. What belongs together has one trace id: the
 * front creates it, Lambda passes it to functions, and their AWS SDK sends it with each call.
 */
export class CallRecorder {
  readonly log = new CallLog();
  readonly sessions = new Sessions();
  private readonly spans = new Map<string, Span>();
  /** The spans of running invocations, by function name. */
  private readonly running = new Map<string, Set<Span>>();
  /** The span that ended last, by function name. */
  private readonly ended = new Map<string, { readonly span: Span; readonly at: number }>();
  private calls = 0;

  constructor(private readonly options: RecorderOptions) {}

  /** Records an HTTP request to an MCP server. */
  request(request: McpRequest, res: ServerResponse): Exchange {
    const exchange = new Exchange(request, this, res);
    this.remember(exchange.span);
    return exchange;
  }

  /**
   * Records an invocation.
   * @returns a function to call when the invocation has ended
   */
  invocation({ requestId, functionName, trace, clientContext }: StartedInvocation): (end: InvocationEnd) => void {
    const parent = this.spanOf(trace);
    if (!parent) return () => {};
    const step = { kind: 'invoke' as const, label: this.options.pathOf(functionName), requestId };
    const span = parent.child(step, { id: spanOf(requestId), clientContext });
    this.remember(span);
    const running = this.running.get(functionName) ?? new Set();
    this.running.set(functionName, running.add(span));
    return ({ error, detail }) => {
      running.delete(span);
      this.ended.set(functionName, { span, at: Date.now() });
      span.end({ ...(error !== undefined && { failed: true }), detail: error ?? detail });
    };
  }

  /** Records a call of an AWS service; undefined if it does not belong to an MCP call. */
  awsCall(trace: string | string[] | undefined, label: string, clientContext?: string): Span | undefined {
    const parent = this.spanOf(trace);
    if (!parent) return undefined;
    const span = parent.child({ kind: 'aws', label }, { clientContext });
    if (span.recordings.length === 0) return undefined;
    this.remember(span);
    return span;
  }

  /** Records a permission check that is part of a request. */
  permission(trace: string | undefined, decision: PermissionDecision): void {
    this.spanOf(trace)?.permission(decision);
  }

  /**
   * Records a log line: by the invocation that wrote it, or by the only one that runs.
   * @returns the call that it belongs to, if there is exactly one
   */
  logLine(line: LogLine): McpCall | undefined {
    if (isForMachines(line.text)) return undefined;
    const requestId = line.requestId ?? requestIdIn(line.text);
    const running = this.running.get(line.functionName) ?? new Set();
    const span =
      requestId === undefined
        ? (only(running) ?? (running.size === 0 ? this.justEnded(line.functionName) : undefined))
        : this.spans.get(spanOf(requestId));
    const recordings = span?.recordings ?? [];
    for (const recording of recordings) {
      const { level, text } = line;
      const path = this.options.pathOf(line.functionName);
      recording.logLine({ function: path, text, ...(level && { level }), ...(requestId && { requestId }) });
    }
    return recordings.length === 1 ? recordings[0].data : undefined;
  }

  /** Returns the last invocation of a function if it has just ended: log lines can arrive after the response. */
  private justEnded(functionName: string): Span | undefined {
    const last = this.ended.get(functionName);
    return last && Date.now() - last.at < LATE_LOGS_MS ? last.span : undefined;
  }

  nextId(): string {
    this.calls += 1;
    return String(this.calls);
  }

  serverOf(apiId: string): string {
    return this.options.serverOf(apiId);
  }

  private spanOf(trace: string | string[] | undefined): Span | undefined {
    const { parent } = parseTrace(trace) ?? {};
    return parent === undefined ? undefined : this.spans.get(parent);
  }

  /** Keeps a span for the requests that are part of it. */
  remember(span: Span): void {
    this.spans.set(span.id, span);
    if (this.spans.size <= MAX_SPANS) return;
    const [oldest] = this.spans.values();
    this.spans.delete(oldest.id);
    if (!oldest.isEnded) this.spans.set(oldest.id, oldest); // such as the stream of a session
  }
}

/** How an invocation ended. */
interface InvocationEnd {
  /** Type of the error. */
  readonly error?: string;
  readonly detail?: string;
}

function only(spans: ReadonlySet<Span>): Span | undefined {
  return spans.size === 1 ? [...spans][0] : undefined;
}

/** Whether a line is for machines: a metric in CloudWatch's embedded metric format, or an audit record. */
function isForMachines(text: string): boolean {
  return (text.startsWith('{') && text.includes('"_aws":')) || parseAuditRecord(text) !== undefined;
}

/** Returns the request id in a record of a structured logger, such as that of Powertools. */
function requestIdIn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  return /"(?:function_request_id|aws_request_id|awsRequestId|AWSRequestId|requestId)":\s*"([\w-]{36})"/.exec(
    text,
  )?.[1];
}
