import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { LOOPBACK } from '../../environment.js';

/** Number of further ports to try if a port is in use. */
const MORE_PORTS = 50;
const MAX_PORT = 65_535;
/** Start of an HTTP/2 connection. */
const HTTP2_PREFACE = 'PRI ';
/** Headers of an HTTP/1.1 connection, which HTTP/2 does not have. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Serves an HTTP/1.1 server and HTTP/2 on one port, without TLS. Some AWS SDK clients, such as that of the Bedrock runtime, speak only HTTP/2. Their
 * requests are forwarded to the HTTP/1.1 server.
 */
export class HttpFront {
  private readonly sockets = new Set<Socket>();
  private readonly http2 = createHttp2Server((request, response) => this.forward(request, response));
  private readonly front = createServer((socket) => this.accept(socket));

  constructor(private readonly http1: Server) {}

  /** @param port port to listen on, or the first one of several to try; 0 for any free port */
  async listen(port = 0): Promise<void> {
    const last = port === 0 ? 0 : Math.min(port + MORE_PORTS, MAX_PORT);
    for (let each = port; ; each++) {
      try {
        return await this.listenOn(each > last ? 0 : each);
      } catch (error) {
        if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  private listenOn(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.front.once('error', reject).listen(port, LOOPBACK, () => {
        this.front.off('error', reject);
        resolve();
      });
    });
  }

  get port(): number {
    return (this.front.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.front.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (start) => {
      socket.pause();
      socket.unshift(start);
      const server = start.toString('latin1').startsWith(HTTP2_PREFACE) ? this.http2 : this.http1;
      server.emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  }

  private forward(incoming: Http2ServerRequest, response: Http2ServerResponse): void {
    const { method, url, authority } = incoming;
    const headers = { ...withoutConnection(incoming.headers), host: authority };
    const upstream = httpRequest({ host: LOOPBACK, port: this.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
      answer.pipe(response);
    });
    upstream.on('error', () => response.stream?.close());
    incoming.pipe(upstream);
  }
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(':') && !CONNECTION_HEADERS.has(name)),
  );
}
