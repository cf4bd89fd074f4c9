import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context, StreamifyHandler } from 'aws-lambda';
import { PacedBody } from './paced-body.js';

/** Status and headers, which are sent before the body. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP response of an invocation. Use either `begin` or `send`, once. */
export interface StreamedResponse {
  /** Sends status and headers, and returns the body to write to. The body of an event stream is a {@link PacedBody}. */
  begin(head: ResponseHead): ResponseBody;
  /** Sends a complete response. */
  send(result: APIGatewayProxyResult): Promise<void>;
}

export interface ResponseBody {
  /** Resolves when the stream is ready for the next chunk. Writes after the end are ignored. */
  write(chunk: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export type StreamingHandler = (
  event: APIGatewayProxyEvent,
  response: StreamedResponse,
  context: Context,
) => Promise<void>;

/**
 * Creates a Lambda handler that streams its response.
 *
 * @throws outside of Lambda's Node.js runtime and the local runner
 */
export function streaming(handler: StreamingHandler): StreamifyHandler<APIGatewayProxyEvent, void> {
  const runtime = (globalThis as { awslambda?: typeof awslambda }).awslambda;
  if (!runtime?.streamifyResponse) {
    throw new Error('this handler streams its response: run it on Lambda’s Node.js runtime or the local runner');
  }
  return runtime.streamifyResponse<APIGatewayProxyEvent, void>((event, stream, context) =>
    handler(event, createResponse(stream, runtime), context),
  );
}

function createResponse(stream: Writable, runtime: typeof awslambda): StreamedResponse {
  const begin = (head: ResponseHead): ResponseBody => {
    const body = runtime.HttpResponseStream.from(stream, { statusCode: head.statusCode, headers: head.headers ?? {} });
    body.write(''); // the first write sends status and headers
    return isEventStream(head) ? new PacedBody(createBody(body)) : createBody(body);
  };
  return {
    begin,
    async send(result) {
      const body = begin({ statusCode: result.statusCode, headers: stringHeaders(result.headers) });
      const encoding = result.isBase64Encoded ? 'base64' : 'utf8';
      if (result.body) await body.write(Buffer.from(result.body, encoding));
      await body.end();
    },
  };
}

function createBody(stream: Writable): ResponseBody {
  stream.on('error', () => undefined); // without a handler, the error event of a failed write would end the process
  return {
    async write(chunk) {
      if (stream.writableEnded || stream.destroyed) return;
      if (!stream.write(chunk)) await drained(stream);
    },
    async end() {
      if (stream.writableEnded || stream.destroyed) return;
      await new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.end(resolve);
      });
    },
  };
}

function isEventStream({ headers = {} }: ResponseHead): boolean {
  return Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith('text/event-stream'),
  );
}

async function drained(stream: Writable): Promise<void> {
  const done = new AbortController(); // removes the event handlers: a session writes for minutes
  try {
    await Promise.race([once(stream, 'drain', done), once(stream, 'close', done)]);
  } finally {
    done.abort();
  }
}

function stringHeaders(headers: APIGatewayProxyResult['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
