import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context, StreamifyHandler } from 'aws-lambda';

/** Status and headers, which leave before the body. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The one HTTP response of an invocation: begin it once, then write, then end. */
export interface StreamedResponse {
  /** Sends status and headers. */
  begin(head: ResponseHead): ResponseBody;
  /** Sends a whole buffered response. */
  send(result: APIGatewayProxyResult): Promise<void>;
}

export interface ResponseBody {
  /** Resolves when the chunk may be followed by the next one. Writes after the end are ignored. */
  write(chunk: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export type StreamingHandler = (
  event: APIGatewayProxyEvent,
  response: StreamedResponse,
  context: Context,
) => Promise<void>;

/** Makes a Lambda handler that streams its response. */
export function streaming(handler: StreamingHandler): StreamifyHandler<APIGatewayProxyEvent, void> {
  const runtime = (globalThis as { awslambda?: typeof awslambda }).awslambda;
  if (!runtime?.streamifyResponse) {
    throw new Error('this handler streams its response: run it on Lambda’s Node.js runtime or the local runner');
  }
  return runtime.streamifyResponse<APIGatewayProxyEvent, void>((event, stream, context) =>
    handler(event, responseOn(stream, runtime), context),
  );
}

function responseOn(stream: Writable, runtime: typeof awslambda): StreamedResponse {
  const begin = (head: ResponseHead): ResponseBody => {
    const body = runtime.HttpResponseStream.from(stream, { statusCode: head.statusCode, headers: head.headers ?? {} });
    body.write(''); // the prelude leaves with the first write
    return bodyOn(body);
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

function bodyOn(stream: Writable): ResponseBody {
  stream.on('error', () => undefined); // a failed write rejects; unheard, the event would end the process
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

async function drained(stream: Writable): Promise<void> {
  const done = new AbortController(); // takes the listeners off again: a session writes for minutes
  try {
    await Promise.race([once(stream, 'drain', done), once(stream, 'close', done)]);
  } finally {
    done.abort();
  }
}

function stringHeaders(headers: APIGatewayProxyResult['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
