import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import { GatewayError } from '../apigateway/gateway-error.js';

/** An HTTP server that listens on this machine only: for a REST API, or for a function URL. */
export abstract class LoopbackServer {
  private readonly server: Server;

  /** @param onLog receives details that are not sent to the client, such as the reason of a 502 response */
  constructor(private readonly onLog: (text: string) => void) {
    this.server = createServer((req, res) => {
      this.checkHost(req)
        .then(() => this.handle(req, res))
        .catch((error) => this.fail(error, req, res));
    });
    // streams can be idle for longer than the default timeouts
    Object.assign(this.server, { requestTimeout: 0, timeout: 0, keepAliveTimeout: 60_000 });
  }

  async listen(port: number): Promise<void> {
    this.server.listen(port, LOOPBACK);
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Answers a request whose `Host` header was checked. */
  protected abstract handle(req: IncomingMessage, res: ServerResponse): Promise<void>;

  /** Sends the response of an error, if the response has not started. */
  protected abstract sendError(error: unknown, req: IncomingMessage, res: ServerResponse): void;

  /** Rejects unknown Host headers, to protect from DNS rebinding. */
  private async checkHost({ headers: { host } }: IncomingMessage): Promise<void> {
    const names = [LOOPBACK, 'localhost', '[::1]'].map((name) => `${name}:${this.port}`);
    if (host !== undefined && names.includes(host)) return;
    throw new GatewayError(403, 'ForbiddenException', {
      message: 'Forbidden',
      hint: `the Host header must be one of ${names.join(', ')}`,
    });
  }

  private fail(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    if (req.destroyed && !req.complete) return; // the client disconnected while sending
    const known = error instanceof GatewayError ? error : undefined;
    const reason = known ? known.reason : String(error instanceof Error ? error.stack : error);
    if (reason) this.onLog(`${req.method} ${req.url}: ${reason}`);
    if (res.headersSent) res.destroy();
    else this.sendError(error, req, res);
  }
}
