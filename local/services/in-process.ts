import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { BufferedRequest } from './forward.js';

/** A response of an embedded server. */
export interface InProcessResponse {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/**
 * Passes a request to an embedded server of this process without a connection, which would cost four system calls and two passes of the
 * HTTP parser for each AWS call. Covers what dynalite and fastify use of Node's requests and responses, with responses of text.
 */
export function callInProcess(server: Server, request: BufferedRequest): Promise<InProcessResponse> {
  return new Promise((resolve) => {
    const received = new Received(request);
    server.emit('request', received, new Reply(resolve));
    if (received.listenerCount('end') > 0) received.resume();
  });
}

/** Forwards a request like `forwardRequest`, to an embedded server of this process. */
export async function forwardInProcess(
  server: Server,
  request: BufferedRequest,
  response: ServerResponse,
  rewrite?: (body: string) => string,
): Promise<void> {
  const closed = new Promise<undefined>((resolve) => response.once('close', () => resolve(undefined)));
  const answer = await Promise.race([callInProcess(server, request), closed]);
  if (!answer || response.destroyed) return;
  const body = Buffer.from(rewrite ? rewrite(answer.body) : answer.body);
  const { connection: _, 'x-amz-crc32': checksum, ...headers } = answer.headers;
  const unchanged = rewrite || checksum === undefined ? {} : { 'x-amz-crc32': checksum };
  response.writeHead(answer.statusCode, { ...headers, ...unchanged, 'content-length': body.length });
  await new Promise<void>((resolve) => {
    response.end(body, resolve);
  });
}

class Received extends EventEmitter {
  readonly method: string;
  readonly url: string;
  readonly headers: BufferedRequest['headers'];
  readonly httpVersionMajor = 1;
  readonly socket = {};
  private readonly body: Buffer;
  private isSent = false;

  constructor({ method, url, headers, body }: BufferedRequest) {
    super();
    this.method = method;
    this.url = url;
    this.headers = { ...headers, connection: undefined };
    this.body = body;
  }

  resume(): this {
    if (this.isSent) return this;
    this.isSent = true;
    if (this.body.length > 0) this.emit('data', this.body);
    this.emit('end');
    return this;
  }
}

class Reply extends EventEmitter {
  statusCode = 200;
  headersSent = false;
  writableEnded = false;
  readonly destroyed = false;
  private readonly headers: OutgoingHttpHeaders = {};

  constructor(private readonly resolve: (response: InProcessResponse) => void) {
    super();
  }

  setHeader(name: string, value: number | string): this {
    this.headers[name.toLowerCase()] = value;
    return this;
  }

  getHeader(name: string) {
    return this.headers[name.toLowerCase()];
  }

  getHeaders(): OutgoingHttpHeaders {
    return { ...this.headers };
  }

  hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined;
  }

  removeHeader(name: string): void {
    delete this.headers[name.toLowerCase()];
  }

  writeHead(statusCode: number, headers: Readonly<Record<string, number | string>> = {}): this {
    this.statusCode = statusCode;
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value);
    this.headersSent = true;
    return this;
  }

  end(body?: string | Buffer | null): this {
    this.headersSent = true;
    this.writableEnded = true;
    this.resolve({ statusCode: this.statusCode, headers: this.headers, body: body?.toString() ?? '' });
    this.emit('finish');
    this.emit('close');
    return this;
  }
}
