import type { ServerResponse } from 'node:http';
import type { McpCall } from './call.js';
import { describeClient, parseJson, type ReceivedMessages, readMessages, readResponses } from './messages.js';
import { SecretFilter } from './recorded-value.js';
import type { CallRecorder } from './recorder.js';
import { REFUSED, Recording } from './recording.js';
import { tapResponse } from './response-tap.js';
import { type SessionState, shortId } from './sessions.js';
import { newSpanId, Span } from './span.js';
import { rootOf } from './trace-header.js';

/** An HTTP request to an MCP server. */
export interface McpRequest {
  readonly apiId: string;
  readonly method: string;
  /** Resource path: `/mcp`, `/mcp/{toolset}`, `/sse` or `/message`. */
  readonly resourcePath: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Request id of API Gateway. */
  readonly requestId: string;
}

const SESSION_HEADER = 'mcp-session-id';
const REVISION_HEADER = 'mcp-protocol-version';
/** Revision of the HTTP+SSE transport, if the client does not name another. */
const SSE_REVISION = '2024-11-05';
const MAX_AGENT = 100;

/** An HTTP request and its response, with the calls that it carries. */
export class Exchange {
  readonly span: Span;
  private readonly recordings: readonly Recording[];
  private readonly secrets: SecretFilter;
  private readonly messages: ReceivedMessages;
  private readonly startedAt = Date.now();
  private readonly sse: boolean;
  /** Id of the session that this request belongs to, or whose stream its response is. */
  private sessionId: string | undefined;
  private caller: string | undefined;
  private status: number | undefined;
  private isEventStream = false;

  constructor(
    private readonly request: McpRequest,
    private readonly recorder: CallRecorder,
    res: ServerResponse,
  ) {
    const { method, headers, body, resourcePath } = request;
    this.secrets = new SecretFilter(headers);
    this.sse = resourcePath === '/sse' || resourcePath === '/message';
    this.messages = method === 'POST' ? readMessages(body) : { requests: [], valid: false };
    this.sessionId = this.sse ? sessionIn(request.url) : text(headers[SESSION_HEADER]);
    this.recordings = this.messages.requests.map((received) => {
      const recording = this.record(received.method, received);
      if (this.sse) this.session?.pending.push(recording);
      this.session?.called();
      return recording;
    });
    if (method === 'POST' && !this.messages.valid) this.recordings = [this.record(this.requestLine)];
    const targets = this.recordings.map((recording) => ({
      recording,
      step: recording.step({ kind: 'front', label: `${method} ${request.url.split('?')[0]}` }),
    }));
    const choose = this.recordings.length === 1 ? undefined : (context?: string) => this.choose(context);
    this.span = new Span(newSpanId(), rootOf(request.requestId), targets, choose);
    tapResponse(res, {
      head: (status, responseHeaders) => this.responded(status, responseHeaders),
      message: (message, event) => this.received(message, event),
      closed: (complete) => this.closed(complete),
    });
  }

  /** Adds a step for the authorization; undefined if the API has none. */
  authorization(label: string | undefined): Span | undefined {
    if (label === undefined) return undefined;
    const span = this.span.child({ kind: 'authorizer', label });
    this.recorder.remember(span);
    return span;
  }

  /** Records the caller. */
  authorized(caller: string): void {
    this.caller = caller;
    for (const recording of this.recordings) recording.describe({ caller });
    this.session?.describe({ caller });
  }

  private get session(): SessionState | undefined {
    return this.recorder.sessions.get(this.sessionId);
  }

  private get requestLine(): string {
    const { method, resourcePath, url } = this.request;
    // the name of a toolset instead of the path parameter
    const path = resourcePath === '/mcp/{toolset}' ? `/mcp/${url.split('?')[0]!.split('/').at(-1)}` : resourcePath;
    return `${method} ${path}`;
  }

  private record(method: string, received?: ReceivedMessages['requests'][number]): Recording {
    const { headers, requestId, apiId } = this.request;
    const { data: session } = this.session ?? {};
    const described = received ? describeClient(received) : {};
    if (method === 'initialize') this.session?.describe(described);
    const revision =
      described.revision ??
      session?.revision ??
      text(headers[REVISION_HEADER]) ??
      (this.sse ? SSE_REVISION : undefined);
    const client = described.client ?? session?.client ?? text(headers['user-agent'])?.slice(0, MAX_AGENT);
    const params = received?.params && this.secrets.value(received.params);
    const data: McpCall = {
      id: this.recorder.nextId(),
      startedAt: this.startedAt,
      server: this.recorder.serverOf(apiId),
      transport: this.sse ? 'sse' : 'http',
      ...(revision && { revision }),
      method,
      ...(received?.name && { name: received.name }),
      ...(this.caller && { caller: this.caller }),
      ...(client && { client }),
      ...(this.sessionId && { session: shortId(this.sessionId) }),
      requestId,
      ...(params && { params }),
      steps: [],
      permissions: [],
      logs: [],
    };
    return new Recording(data, received?.id, this.recorder.log, this.secrets);
  }

  /** Finds the call of a batch or session that an invocation is for. */
  private choose(clientContext: string | undefined): Recording | undefined {
    const { mcpMethod, mcpName, mcpRequestId } = customOf(clientContext);
    const calls = (this.recordings.length > 0 ? this.recordings : (this.session?.pending ?? [])).filter(
      ({ data }) => data.method === mcpMethod && (mcpName === undefined || data.name === mcpName),
    );
    const found =
      calls.find(({ invocationId }) => invocationId !== undefined && invocationId === mcpRequestId) ?? // a further attempt
      calls.find(({ invocationId, isFinished }) => invocationId === undefined && !isFinished) ??
      calls.at(-1);
    if (found) found.invocationId ??= String(mcpRequestId);
    return found;
  }

  private responded(status: number, headers: Readonly<Record<string, string>>): void {
    this.status = status;
    this.isEventStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
    for (const recording of this.recordings) recording.describe({ status });
    const opened = headers[SESSION_HEADER];
    if (opened !== undefined && status < 300) this.openSession(opened);
    if (this.request.method === 'DELETE' && status < 300 && this.sessionId) this.recorder.sessions.end(this.sessionId);
  }

  private openSession(id: string): void {
    const [first] = this.recordings;
    const session = this.recorder.sessions.open(id, {
      server: this.recorder.serverOf(this.request.apiId),
      transport: this.sse ? 'sse' : 'http',
      ...(first?.data.client && { client: first.data.client }),
      ...(first?.data.revision && { revision: first.data.revision }),
      ...(this.caller && { caller: this.caller }),
    });
    if (!this.sessionId && first) session.called();
    this.sessionId = id;
  }

  private received(body: string, event?: string): void {
    if (event === 'endpoint') {
      const id = sessionIn(body);
      if (id) this.openSession(id);
      return;
    }
    const message = parseJson(body);
    const responses = readResponses(message);
    for (const response of responses) this.deliver(response);
    if (responses.length === 0 && (this.status ?? 0) >= 400) this.refused(message);
  }

  private deliver(response: ReturnType<typeof readResponses>[number]): void {
    const pending = this.session?.pending ?? [];
    const candidates = this.recordings.length > 0 ? this.recordings : pending;
    // an error before the request was read has no id
    const recording =
      candidates.find(({ rpcId, isFinished }) => !isFinished && rpcId === response.id) ??
      (response.error && response.id === null ? this.recordings.find(({ isFinished }) => !isFinished) : undefined);
    if (!recording) return;
    const revision = (response.result as { protocolVersion?: unknown } | undefined)?.protocolVersion;
    if (recording.data.method === 'initialize' && typeof revision === 'string') {
      recording.describe({ revision });
      this.session?.describe({ revision });
    }
    recording.answer(response);
    const at = pending.indexOf(recording);
    if (at >= 0) pending.splice(at, 1);
  }

  /** Finishes the calls of a request that was answered with an HTTP error. */
  private refused(body: unknown): void {
    const { message, Message, error } = (body ?? {}) as Record<string, unknown>;
    const reason = [message, Message, error].find((each) => typeof each === 'string');
    const why = `HTTP ${this.status}${reason === undefined ? '' : `: ${reason}`}`;
    for (const recording of this.recordings) recording.fail(why, body);
  }

  private closed(complete: boolean): void {
    this.span.end({
      detail: this.status === undefined ? undefined : `HTTP ${this.status}`,
      failed: (this.status ?? 0) >= 400,
    });
    if ((this.status ?? 0) >= 400) this.refused(undefined);
    if (this.request.method === 'GET' && this.sse && this.isEventStream) this.endSession();
    // other statuses are part of the protocol: 405 says that the server has no stream
    const isRefused = REFUSED.includes(this.status ?? 0);
    if (this.recordings.length === 0 && isRefused) {
      const method = this.messages.notification ?? this.requestLine;
      const recording = this.record(method);
      recording.describe({ status: this.status });
      recording.fail(`HTTP ${this.status}`);
    }
    const answeredOnStream = this.sse && this.request.method === 'POST' && this.status === 202;
    if (answeredOnStream) return;
    for (const recording of this.recordings) {
      const isSubscription = recording.data.method === 'subscriptions/listen';
      if (isSubscription && this.isEventStream) recording.succeed();
      else recording.fail(complete ? 'the response ended without an answer' : 'the client closed the connection');
    }
  }

  private endSession(): void {
    const { session } = this;
    if (!session || !this.sessionId) return;
    for (const recording of session.pending.splice(0)) recording.fail('the session ended before the answer');
    this.recorder.sessions.end(this.sessionId);
  }
}

function sessionIn(url: string): string | undefined {
  return /[?&]sessionId=([\w-]+)/.exec(url)?.[1];
}

/** Returns the custom values of a client context. */
function customOf(clientContext: string | undefined): Record<string, unknown> {
  const context = parseJson(Buffer.from(clientContext ?? '', 'base64').toString('utf8')) as
    | { custom?: object }
    | undefined;
  return { ...context?.custom };
}

const text = (header: string | string[] | undefined) =>
  typeof header === 'string' && header !== '' ? header : undefined;
