import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import type { ApiDefinition } from './definition.js';
import { GatewayError } from './gateway-error.js';
import { landingPage, wrongPathHint } from './landing.js';
import { LiveApi, type LiveApiOptions } from './live-api.js';
import { matchRoute } from './route.js';

export type { IntegrationRequest } from './live-api.js';

export interface FrontOptions extends LiveApiOptions {
  readonly api: ApiDefinition;
  /** 0 for any that is free. */
  readonly port: number;
  /** What the client is not told: why a response is 502, say. */
  readonly onLog: (text: string) => void;
}

/** One stage of a REST API, on a port of this machine. */
export interface Front {
  readonly port: number;
  /** With the stage, without a slash at the end. */
  readonly url: string;
  /** Puts another definition in the place of the current one; requests on the way keep theirs. */
  define(api: ApiDefinition): void;
  close(): Promise<void>;
}

/** API Gateway's limit for requests, in bytes. */
const MAX_REQUEST = 10_485_760;

/** Starts API Gateway's part of the local runner. */
export async function createFront(options: FrontOptions): Promise<Front> {
  const front = new HttpFront(options);
  await front.listen(options.port);
  return front;
}

class HttpFront implements Front {
  private readonly server: Server;
  private live: LiveApi;

  constructor(private readonly options: FrontOptions) {
    this.live = new LiveApi(options.api, options);
    this.server = createServer((req, res) => {
      const { live } = this;
      this.handle(live, req, res).catch((error) => this.fail(error, req, res));
    });
    // streams may be silent for longer than any of these
    Object.assign(this.server, { requestTimeout: 0, timeout: 0, keepAliveTimeout: 60_000 });
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, LOOPBACK, () => resolve());
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.origin}/${this.live.api.stage}`;
  }

  define(api: ApiDefinition): void {
    this.live = new LiveApi(api, this.options);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get origin(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  private async handle(live: LiveApi, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = req;
    this.checkHost(req);
    const path = url.split('?')[0];
    if (path === '/' && method === 'GET') {
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(landingPage(live.api, this.origin));
      return;
    }
    const stagePath = `/${live.api.stage}`;
    const inStage = path === stagePath || path.startsWith(`${stagePath}/`);
    const routed = path.slice(stagePath.length) || '/';
    const match = inStage ? matchRoute(live.api.routes, method, routed) : undefined;
    if (!match) throw this.wrongPath(live.api, path, inStage);
    const body = await read(req);
    await live.serve(
      {
        method,
        url,
        path: routed,
        rawHeaders: req.rawHeaders,
        headers: req.headers,
        sourceIp: req.socket.remoteAddress ?? LOOPBACK,
        body,
        match,
        requestId: randomUUID(),
      },
      res,
    );
  }

  /** A page that has pointed its own name at this machine (DNS rebinding) is foreign. */
  private checkHost({ headers: { host } }: IncomingMessage): void {
    const names = [LOOPBACK, 'localhost', '[::1]'].map((name) => `${name}:${this.port}`);
    if (host !== undefined && names.includes(host)) return;
    throw new GatewayError(403, 'ForbiddenException', {
      message: 'Forbidden',
      hint: `the Host header must be one of ${names.join(', ')}`,
    });
  }

  /** AWS's answers for a wrong path and a wrong stage, and what AWS does not say. */
  private wrongPath(api: ApiDefinition, path: string, inStage: boolean): GatewayError {
    const hint = wrongPathHint(api, this.origin, path);
    return inStage
      ? new GatewayError(403, 'MissingAuthenticationTokenException', { message: 'Missing Authentication Token', hint })
      : new GatewayError(403, 'ForbiddenException', { message: 'Forbidden', hint });
  }

  private fail(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    if (req.destroyed && !req.complete) return; // the client left while it was sending
    const known = error instanceof GatewayError ? error : undefined;
    const reason = known ? known.reason : String(error instanceof Error ? error.stack : error);
    if (reason) this.options.onLog(`${req.method} ${req.url}: ${reason}`);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const status = known?.statusCode ?? 500;
    res.writeHead(status, {
      'content-type': 'application/json',
      'x-amzn-errortype': known?.errorType ?? 'InternalServerErrorException',
    });
    res.end(JSON.stringify(known?.body ?? { message: 'Internal server error' }));
  }
}

/** The whole body. The rest of one that is too large is read and dropped: a broken connection would not tell the client why. */
function read(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_REQUEST) chunks.push(chunk);
      else reject(tooLarge());
    });
    req.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
  });
}

const tooLarge = () =>
  new GatewayError(413, 'RequestTooLargeException', {
    message: `HTTP content length exceeded ${MAX_REQUEST} bytes.`,
  });
