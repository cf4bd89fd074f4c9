import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

const STAGE = '/prod';

type Prelude = { statusCode: number; headers?: Record<string, string> };

/**
 * A Lambda response stream in front of API Gateway: status and headers leave with the first write; a client that has hung
 * up is not told to the function, whose writes go on to succeed.
 */
class LambdaResponseStream extends Writable {
  prelude?: Prelude;

  constructor(private readonly response: ServerResponse) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.response.headersSent) {
      const { statusCode, headers } = this.prelude!;
      this.response.writeHead(statusCode, headers);
      this.response.flushHeaders();
    }
    if (this.response.destroyed) done();
    else this.response.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.response.end();
    done();
  }
}

export interface SseHost {
  /** Address of `/sse`, with the stage. */
  readonly url: URL;
  /** How many invocations of the SSE function are running. */
  running(): number;
  close(): Promise<void>;
}

export interface SseHostOptions {
  /** What `context.getRemainingTimeInMillis()` says at the start of an invocation. */
  readonly remainingMs?: number;
}

/**
 * Plays API Gateway with `/sse` (streamed) and `/message` (buffered), and Lambda's `awslambda`, for the handlers in this
 * process. The header `x-test-user` stands for the signature of that IAM user.
 */
export async function startSseHost({ remainingMs = 900_000 }: SseHostOptions = {}): Promise<SseHost> {
  installRuntime();
  const { handler: sse } = await import('../../lambda/sse/index.js');
  const { handler: message } = await import('../../lambda/message/index.js');
  let running = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const event = await proxyEvent(request);
    if (event.resource === '/message') {
      const { statusCode, headers, body } = (await message(event)) as APIGatewayProxyResult;
      response.writeHead(statusCode, headers as Record<string, string>).end(body);
      return;
    }
    const deadline = Date.now() + remainingMs;
    const context = { getRemainingTimeInMillis: () => deadline - Date.now() } as Context;
    running += 1;
    try {
      await sse(event, new LambdaResponseStream(response) as never, context);
    } finally {
      running -= 1;
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      console.error(error);
      response.destroy(); // as API Gateway: a stream that failed breaks off
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${STAGE}/sse`),
    running: () => running,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lambda's `awslambda`, as far as the handlers use it. */
export function installRuntime(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: <T>(handler: T) => handler,
      HttpResponseStream: {
        from(stream: LambdaResponseStream, prelude: Prelude) {
          stream.prelude = prelude;
          return stream;
        },
      },
    },
  });
}

async function proxyEvent(request: IncomingMessage): Promise<APIGatewayProxyEvent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url!, 'http://host');
  const path = pathname.slice(STAGE.length);
  const { 'x-test-user': user, ...headers } = request.headers;
  return {
    resource: path,
    path,
    httpMethod: request.method,
    headers,
    multiValueHeaders: {},
    queryStringParameters: searchParams.size > 0 ? Object.fromEntries(searchParams) : null,
    requestContext: {
      path: pathname,
      requestId: crypto.randomUUID(),
      domainName: request.headers.host,
      identity: { userArn: user ? `arn:aws:iam::123456789012:user/${user}` : null, apiKeyId: null },
    },
    body: chunks.length > 0 ? Buffer.concat(chunks).toString('utf8') : null,
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEvent;
}
