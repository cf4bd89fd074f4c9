import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** The response of a service, kept back from its client: a fault discards it, delays it or sends it twice. */
export class CapturedResponse extends ServerResponse {
  private readonly chunks: Buffer[] = [];
  private headers: OutgoingHttpHeaders = {};

  /** @param client the response to the client, which aborts the call when it closes */
  constructor(client: ServerResponse) {
    super(Object.assign(new IncomingMessage(new Socket()), { method: client.req.method }));
    client.once('close', () => this.emit('close'));
  }

  override writeHead(status: number, ...rest: any[]): this {
    this.statusCode = status;
    this.headers = rest.find((value) => typeof value === 'object') ?? {};
    return this;
  }

  override flushHeaders(): void {}

  override write(chunk: any, ...rest: any[]): boolean {
    this.chunks.push(Buffer.from(chunk));
    callback(rest)?.();
    return true;
  }

  override end(...args: any[]): this {
    if (args.length > 0 && typeof args[0] !== 'function' && args[0] != null) this.chunks.push(Buffer.from(args[0]));
    callback(args)?.();
    return this;
  }

  /** Sends the response to a client. */
  sendTo(response: ServerResponse): void {
    response.writeHead(this.statusCode, { ...this.getHeaders(), ...this.headers }).end(Buffer.concat(this.chunks));
  }
}

function callback(args: unknown[]): (() => void) | undefined {
  return args.find((arg): arg is () => void => typeof arg === 'function');
}
