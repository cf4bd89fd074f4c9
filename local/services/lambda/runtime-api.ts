import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatTrace, parseTrace, rootOf, spanOf } from '../../calls/trace-header.js';
import { LOOPBACK } from '../../environment.js';
import { readBody } from '../forward.js';
import type { FunctionError, RunningInvocation } from './invocation.js';

/** Callbacks of the Runtime API to its execution environment. */
interface RuntimeApiEvents {
  /** The runtime has requested its first invocation: the init phase is complete. */
  ready(): void;
  initFailed(error: FunctionError): void;
  /** The runtime has received the invocation: the timeout starts. Returns the deadline in epoch milliseconds. */
  delivered(invocation: RunningInvocation): number;
}

const PREFIX = '/2018-06-01/runtime';

/** The Lambda Runtime API (`AWS_LAMBDA_RUNTIME_API`) for one execution environment. */
export class RuntimeApi {
  /** Invocations that the runtime has not received yet. */
  private readonly queue: RunningInvocation[] = [];
  /** Received invocations without a response. */
  private readonly running = new Map<string, RunningInvocation>();
  /** Long polls of the runtime. */
  private readonly polls: ServerResponse[] = [];
  private readonly server: Server;
  private ready = false;

  constructor(private readonly events: RuntimeApiEvents) {
    this.server = createServer((req, res) => {
      this.handle(req, res).catch(() => res.destroy());
    });
    // long polls and streamed responses have no time limit
    Object.assign(this.server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
  }

  /** Starts listening. Returns the value for `AWS_LAMBDA_RUNTIME_API`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, LOOPBACK, () => resolve());
    });
    return this.address;
  }

  /** Stops listening. Returns the invocations without a response. */
  close(): { undelivered: RunningInvocation[]; running: RunningInvocation[] } {
    this.server.closeAllConnections();
    this.server.close();
    return {
      undelivered: this.queue.splice(0),
      running: [...this.running.values()].filter(({ isComplete }) => !isComplete),
    };
  }

  enqueue(invocation: RunningInvocation): void {
    this.queue.push(invocation);
    this.deliver();
  }

  /** Number of invocations without a complete response. */
  get load(): number {
    return this.queue.length + [...this.running.values()].filter(({ isComplete }) => !isComplete).length;
  }

  /** The running invocation, if there is exactly one. */
  get soleInvocation(): RunningInvocation | undefined {
    return this.running.size === 1 ? this.running.values().next().value : undefined;
  }

  private get address(): string {
    return `${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  private deliver(): void {
    while (this.polls.length > 0 && this.queue.length > 0) {
      const poll = this.polls.shift()!;
      const invocation = this.queue.shift()!;
      this.running.set(invocation.requestId, invocation);
      const deadline = this.events.delivered(invocation);
      poll.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.requestId,
        'lambda-runtime-deadline-ms': deadline,
        'lambda-runtime-invoked-function-arn': invocation.functionArn,
        'lambda-runtime-trace-id': traceId(invocation),
        ...(invocation.clientContext === undefined
          ? {}
          : { 'lambda-runtime-client-context': asciiJson(invocation.clientContext) }),
      });
      poll.end(invocation.payload);
    }
  }

  private async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // a browser page can send requests to this port, but not with this Host header
    if (req.headers.host !== this.address) return respond(res, 403);
    const path = req.url ?? '';
    if (path === `${PREFIX}/invocation/next`) return this.next(res);
    if (path === `${PREFIX}/init/error`) {
      const payload = await readBody(req);
      this.events.initFailed({ type: errorType(req), payload });
      return respond(res, 202);
    }
    const [, id, kind] = new RegExp(`^${PREFIX}/invocation/([^/]+)/(response|error)$`).exec(path) ?? [];
    const invocation = id === undefined ? undefined : this.running.get(decodeURIComponent(id));
    if (!invocation) return respond(res, 404);
    if (kind === 'error') invocation.fail({ type: errorType(req), payload: await readBody(req) });
    else if (req.headers['lambda-runtime-function-response-mode'] === 'streaming') await stream(req, invocation);
    else invocation.respond(await readBody(req));
    this.running.delete(invocation.requestId);
    respond(res, 202);
  }

  private next(res: ServerResponse): void {
    this.polls.push(res);
    res.once('close', () => {
      const at = this.polls.indexOf(res);
      if (at >= 0) this.polls.splice(at, 1);
    });
    if (!this.ready) {
      this.ready = true;
      this.events.ready();
    }
    this.deliver();
  }
}

/** Pipes a streamed response to the invocation, with backpressure. Discards data after the invocation has ended. */
function stream(req: IncomingMessage, invocation: RunningInvocation): Promise<void> {
  invocation.startStreaming(req.headers['content-type'] ?? 'application/octet-stream');
  void invocation.ended.then(() => req.resume());
  invocation.body.once('close', () => req.resume());
  return new Promise((resolve, reject) => {
    req.on('data', (chunk: Buffer) => {
      if (invocation.write(chunk)) return;
      req.pause();
      invocation.body.once('drain', () => req.resume());
    });
    req.on('end', () => {
      const type = req.trailers['lambda-runtime-function-error-type'];
      if (type === undefined) invocation.end();
      else {
        const body = req.trailers['lambda-runtime-function-error-body'] ?? '';
        invocation.fail({ type, payload: Buffer.from(body, 'base64') });
      }
      resolve();
    });
    req.on('error', reject);
  });
}

function errorType(req: IncomingMessage): string {
  const type = req.headers['lambda-runtime-function-error-type'];
  return typeof type === 'string' ? type : 'Error';
}

function respond(res: ServerResponse, status: number): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(status === 202 ? '{"status":"OK"}' : '{}');
}

/** Escapes non-ASCII characters in JSON, because HTTP headers are limited to Latin-1. */
function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Returns the trace of what the invocation calls. It continues the trace of the request that invokes the function. */
function traceId({ requestId, trace }: RunningInvocation): string {
  return formatTrace({ root: parseTrace(trace)?.root ?? rootOf(requestId), parent: spanOf(requestId) });
}
