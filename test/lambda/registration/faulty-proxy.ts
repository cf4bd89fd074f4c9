import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to an AWS service on its way through a proxy. */
export interface AwsCall {
  /** `PutItem`, …; of Lambda, `POST /2015-03-31/…`. */
  readonly operation: string;
  /** Counted from 1 since the last `watch`, over all proxies. */
  readonly number: number;
}

/** What becomes of a request: it passes; it is refused before it is done; it is done, and the answer lost; an error of that name. */
export type Fate = 'pass' | 'refused' | 'lost' | { readonly error: string };

/** Stands between the code under test and the embedded services, and can make any call fail. */
export class FaultyProxies {
  calls: AwsCall[] = [];
  private fate: (call: AwsCall) => Fate | Promise<Fate> = () => 'pass';
  private readonly servers: Server[] = [];

  /** Counts calls from here on, and decides on each. */
  watch(fate: (call: AwsCall) => Fate | Promise<Fate> = () => 'pass'): void {
    this.calls = [];
    this.fate = fate;
  }

  /** A proxy in front of a service; its address. */
  async before(url: string): Promise<string> {
    const server = createServer(async (req, res) => {
      const body = await read(req);
      const target = req.headers['x-amz-target'] as string | undefined;
      const call = { operation: target?.split('.')[1] ?? `${req.method} ${req.url}`, number: this.calls.length + 1 };
      this.calls.push(call);
      const fate = await this.fate(call);
      if (fate === 'pass' || fate === 'lost') {
        const answer = await forward(url, req, body);
        if (fate === 'pass') {
          res.writeHead(answer.status, answer.headers).end(answer.body);
          return;
        }
      }
      // 400: the SDK takes it for final
      const name = typeof fate === 'object' ? fate.error : 'InjectedFailure';
      res.writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': name });
      res.end(JSON.stringify({ __type: name, message: 'injected' }));
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

/** Starts a server on a free port of this machine; its address. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A whole body. */
export async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(url: string, req: IncomingMessage, body: Buffer): Promise<Answer> {
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

/** Makes every call take its time. */
export function slow(ms: number): () => Promise<Fate> {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'pass';
  };
}
