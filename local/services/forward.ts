import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { LOOPBACK } from '../environment.js';

/** Without a socket limit, because each long poll occupies a connection. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** A request with its complete body. */
export interface BufferedRequest {
  readonly method: string;
  /** Path with the query string, as received. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Reads the complete body of a request or response. */
export async function readBody(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Forwards a request to an embedded server and its response to the client. Aborts the request when the client disconnects.
 * @param server port of an embedded server, or URL of another one
 * @param rewrite transforms the response body
 * @param headersOf returns headers that replace those of a successful response
 */
export function forwardRequest(
  server: number | string,
  incoming: BufferedRequest,
  response: ServerResponse,
  rewrite?: (body: string) => string,
  headersOf: (received: IncomingMessage['headers']) => Readonly<Record<string, string>> = () => ({}),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, url, headers, body } = incoming;
    const { protocol, hostname, port } = new URL(typeof server === 'string' ? server : `http://${LOOPBACK}:${server}`);
    const secure = protocol === 'https:';
    const options = { ...(!secure && { agent }), hostname, port, method, path: url, headers };
    const send = secure ? httpsRequest : request;
    const upstream = send(options, async (upstreamResponse) => {
      try {
        const received = await readBody(upstreamResponse);
        const text = rewrite ? Buffer.from(rewrite(received.toString())) : received;
        const {
          'content-length': declaredLength,
          'x-amz-crc32': __,
          connection: ___,
          ...kept
        } = upstreamResponse.headers;
        const unchanged = rewrite ? {} : { 'x-amz-crc32': upstreamResponse.headers['x-amz-crc32'] };
        const { statusCode = 500 } = upstreamResponse;
        const length = method === 'HEAD' ? declaredLength : text.length;
        response.writeHead(
          statusCode,
          compact({
            ...kept,
            ...unchanged,
            ...(statusCode < 300 && headersOf(upstreamResponse.headers)),
            'content-length': length,
          }),
        );
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
