import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to an AWS service that passes through a proxy. */
export interface AwsCall {
  /** DynamoDB operation such as `PutItem`, or Lambda method and path such as `POST /2015-03-31/…`. */
  readonly operation: string;
  /** Position since the last `watch()`, over all proxies, starting at 1. */
  readonly number: number;
}

/**
 * How a proxy handles a request:
 * - `pass`: passes it;
 * - `refused`: returns an error without passing it;
 * - `lost`: passes it and returns an error;
 * - `dropped`: passes it and closes the connection without a response;
 * - `reset`: closes the connection without passing it;
 * - `silent`: never responds;
 * - an object: returns an error of that name, with status 400 by default.
 */
export type Handling =
  | 'pass'
  | 'refused'
  | 'lost'
  | 'dropped'
  | 'reset'
  | 'silent'
  | { readonly error: string; readonly message?: string; readonly status?: number; readonly Reason?: string };

/** Proxies between the code under test and the embedded services. They can make any call fail. */
export class FaultyProxies {
  calls: AwsCall[] = [];
  private decide: (call: AwsCall) => Handling | Promise<Handling> = () => 'pass';
  private readonly servers: Server[] = [];

  /** Resets the recorded calls and sets how to handle the next ones. */
  watch(decide: (call: AwsCall) => Handling | Promise<Handling> = () => 'pass'): void {
    this.calls = [];
    this.decide = decide;
  }

  /** Starts a proxy in front of a service and returns its URL. */
  async before(url: string): Promise<string> {
    const server = createServer(async (req, res) => {
      const body = await read(req);
      const target = req.headers['x-amz-target'] as string | undefined;
      const call = { operation: target?.split('.')[1] ?? `${req.method} ${req.url}`, number: this.calls.length + 1 };
      this.calls.push(call);
      const handling = await this.decide(call);
      if (handling === 'silent') return;
      if (handling === 'reset') return void req.socket.destroy();
      if (handling === 'pass' || handling === 'lost' || handling === 'dropped') {
        const response = await forward(url, req, body).catch(() => undefined);
        if (!response) return void req.socket.destroy(); // the service has been stopped
        if (handling === 'dropped') return void req.socket.destroy();
        if (handling === 'pass') {
          res.writeHead(response.status, response.headers).end(response.body);
          return;
        }
      }
      // the SDK does not retry a 400
      const {
        error: name,
        message = 'injected',
        status = 400,
        ...more
      } = typeof handling === 'object' ? handling : { error: 'InjectedFailure' };
      res.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
      res.end(JSON.stringify({ __type: name, message, ...more }));
    });
    this.servers.push(server);
    return listen(server);
  }

  stop(): void {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** Starts a server on a free local port and returns its URL. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Reads a whole body. */
export async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface ForwardedResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(url: string, req: IncomingMessage, body: Buffer): Promise<ForwardedResponse> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method, url: path, headers } = req;
    const outgoing = request({ hostname, port, method, path, headers }, async (res) => {
      const { connection: _, 'transfer-encoding': __, ...rest } = res.headers;
      resolve({ status: res.statusCode!, headers: rest as Record<string, string>, body: await read(res) });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Delays every call. */
export function delayed(ms: number): () => Promise<Handling> {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'pass';
  };
}
