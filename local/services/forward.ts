import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Long polls are many and each holds a connection. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** A request whose body has been read. */
export interface ReadRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** The whole body of a request. */
export async function readBody(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Passes a request on to an embedded server and its answer back, through `rewrite` where given. Ends the request when
 * the client goes, and the answer when the server does.
 */
export function forward(
  port: number,
  incoming: ReadRequest,
  response: ServerResponse,
  rewrite?: (body: string) => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, url, headers, body } = incoming;
    const upstream = request({ agent, host: '127.0.0.1', port, method, path: url, headers }, async (answer) => {
      try {
        const received = await readBody(answer);
        const text = rewrite ? Buffer.from(rewrite(received.toString())) : received;
        const { 'content-length': _, 'x-amz-crc32': __, connection: ___, ...kept } = answer.headers;
        const unchanged = rewrite ? {} : { 'x-amz-crc32': answer.headers['x-amz-crc32'] };
        response.writeHead(answer.statusCode ?? 500, compact({ ...kept, ...unchanged, 'content-length': text.length }));
        response.end(text, resolve);
      } catch (error) {
        reject(error);
      }
    });
    upstream.on('error', (error) => (response.destroyed ? resolve() : reject(error)));
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    upstream.end(body);
  });
}

function compact<T extends object>(headers: T): T {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as T;
}
