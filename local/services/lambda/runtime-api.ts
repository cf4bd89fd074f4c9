import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import { readBody } from '../forward.js';
import type { FunctionError, RunningInvocation } from './invocation.js';

/** What the Runtime API tells the environment it belongs to. */
export interface RuntimeApiEvents {
  /** The runtime asked for its first invocation: initialisation is over. */
  ready(): void;
  initFailed(error: FunctionError): void;
  /** The runtime has fetched the invocation: its time runs. Returns the deadline in epoch milliseconds. */
  delivered(invocation: RunningInvocation): number;
}

const PREFIX = '/2018-06-01/runtime';

/** AWS's Runtime API (`AWS_LAMBDA_RUNTIME_API`) for the one execution environment that it was opened for. */
export class RuntimeApi {
  /** Waiting to be fetched by the runtime. */
  private readonly queue: RunningInvocation[] = [];
  /** Fetched and unanswered. */
  private readonly running = new Map<string, RunningInvocation>();
  /** Long polls of the runtime. */
  private readonly polls: ServerResponse[] = [];
  private readonly server: Server;
  private ready = false;

  constructor(private readonly events: RuntimeApiEvents) {
    this.server = createServer((req, res) => {
      this.handle(req, res).catch(() => res.destroy());
    });
    // a poll lasts as long as nothing happens, a streamed response as long as its function
    Object.assign(this.server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
  }

  /** Listens, and returns the address in the form of `AWS_LAMBDA_RUNTIME_API`. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, LOOPBACK, () => resolve());
    });
    return this.address;
  }

  /** Takes no more calls, and hands over what nobody has answered. */
  close(): { undelivered: RunningInvocation[]; running: RunningInvocation[] } {
    this.server.closeAllConnections();
    this.server.close();
    return { undelivered: this.queue.splice(0), running: [...this.running.values()].filter(({ isOver }) => !isOver) };
  }

  enqueue(invocation: RunningInvocation): void {
    this.queue.push(invocation);
    this.deliver();
  }

  /** Invocations that somebody waits for. */
  get load(): number {
    return this.queue.length + [...this.running.values()].filter(({ isOver }) => !isOver).length;
  }

  /** The one invocation that runs here, when there is exactly one. */
  get only(): RunningInvocation | undefined {
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
    // a page in a browser can send requests to this port, but not under its name
    if (req.headers.host !== this.address) return answer(res, 403);
    const path = req.url ?? '';
    if (path === `${PREFIX}/invocation/next`) return this.next(res);
    if (path === `${PREFIX}/init/error`) {
      const payload = await readBody(req);
      this.events.initFailed({ type: errorType(req), payload });
      return answer(res, 202);
    }
    const [, id, what] = new RegExp(`^${PREFIX}/invocation/([^/]+)/(response|error)$`).exec(path) ?? [];
    const invocation = id === undefined ? undefined : this.running.get(decodeURIComponent(id));
    if (!invocation) return answer(res, 404);
    if (what === 'error') invocation.fail({ type: errorType(req), payload: await readBody(req) });
    else if (req.headers['lambda-runtime-function-response-mode'] === 'streaming') await stream(req, invocation);
    else invocation.respond(await readBody(req));
    this.running.delete(invocation.requestId);
    answer(res, 202);
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

/** Copies a streamed response to the caller, at the caller's pace, and drops what comes after the caller's end. */
function stream(req: IncomingMessage, invocation: RunningInvocation): Promise<void> {
  invocation.begin(req.headers['content-type'] ?? 'application/octet-stream');
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

function answer(res: ServerResponse, status: number): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(status === 202 ? '{"status":"OK"}' : '{}');
}

/** HTTP headers hold Latin-1 only: the rest of Unicode travels as JSON escapes. */
function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function traceId({ requestId }: RunningInvocation): string {
  const hex = requestId.replaceAll('-', '');
  return `Root=1-${hex.slice(0, 8)}-${hex.slice(8)};Parent=${hex.slice(0, 16)};Sampled=0`;
}
