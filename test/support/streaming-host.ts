import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context, StreamifyHandler } from 'aws-lambda';
import type { FunctionUrlEvent } from '../../lambda/shared/function-url.js';
import { functionUrlEvent, iamCaller } from '../lambda/shared/events.js';

export const STAGE = '/prod';

/** With the value `function-url`, hosts emulate a function URL by default. */
export const HOST_ENV = 'MCP_TEST_HOST';

interface Prelude {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
}

/** A Lambda response stream behind API Gateway or a function URL. The first write sends the status and the headers. */
export class ResponseStream extends Writable {
  prelude?: Prelude;

  constructor(private readonly response: ServerResponse) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.response.headersSent) {
      const headers = Object.entries(this.prelude!.headers ?? {}).map(([name, value]) =>
        name.toLowerCase() === 'www-authenticate' ? ['x-amzn-Remapped-WWW-Authenticate', value] : [name, value],
      );
      this.response.writeHead(this.prelude!.statusCode, Object.fromEntries(headers));
      this.response.flushHeaders();
    }
    if (this.response.destroyed)
      done(); // Lambda does not report a disconnected client to the function
    else this.response.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.response.end();
    done();
  }
}

export interface StreamingHost {
  /** Address of the route, with the stage. */
  readonly url: URL;
  close(): Promise<void>;
}

export interface StreamingHostOptions {
  /** The initial value of `context.getRemainingTimeInMillis()`. */
  readonly remainingMs?: number;
  /** Whether bodies are base64-encoded, as with binary media types. */
  readonly base64?: boolean;
  /** Emulates a function URL, whose events have payload format 2.0, in place of API Gateway. */
  readonly functionUrl?: boolean;
}

/**
 * Emulates API Gateway, or a function URL, with one streamed route for a handler in this process, or the two of `/mcp` and `/mcp/{toolset}`. The
 * header `x-test-user` names the IAM user who signed the request, `x-test-authorizer` is the JSON of the context from a Lambda authorizer. `load`
 * is called after Lambda's globals are installed.
 */
export async function startStreamingHost(
  resource: string,
  load: () => Promise<StreamifyHandler<APIGatewayProxyEvent, void>>,
  {
    remainingMs = 900_000,
    base64 = false,
    functionUrl = process.env[HOST_ENV] === 'function-url',
  }: StreamingHostOptions = {},
): Promise<StreamingHost> {
  installRuntime();
  const handler = await load();
  const server = createServer(async (request, response) => {
    try {
      const deadline = Date.now() + remainingMs;
      const context = { getRemainingTimeInMillis: () => deadline - Date.now() } as Context;
      const event = functionUrl ? await urlEvent(request, base64) : await proxyEvent(request, resource, base64);
      await handler(event as APIGatewayProxyEvent, new ResponseStream(response) as never, context);
    } catch (error) {
      console.error(error);
      response.destroy(); // a failed stream is cut off
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${functionUrl ? '' : STAGE}${resource}`),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Installs the parts of Lambda's global `awslambda` that the handlers use. */
export function installRuntime(): void {
  const from = (stream: ResponseStream, prelude: Prelude) => Object.assign(stream, { prelude });
  const streamifyResponse = <T>(handler: T) => handler;
  Object.assign(globalThis, { awslambda: { streamifyResponse, HttpResponseStream: { from } } });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function urlEvent(request: IncomingMessage, base64: boolean): Promise<FunctionUrlEvent> {
  const body = await bodyOf(request);
  const { pathname, search } = new URL(request.url!, 'http://host');
  const { 'x-test-user': user, cookie, ...headers } = request.headersDistinct;
  const event = functionUrlEvent({
    method: request.method,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values!.join(',')])),
    ...(cookie && { cookies: cookie.flatMap((each) => each.split('; ')) }),
    ...(user && { authorizer: iamCaller(`arn:aws:iam::123456789012:user/${user[0]}`) }),
    ...(body.length > 0 && { body: body.toString(base64 ? 'base64' : 'utf8') }),
    isBase64Encoded: base64,
  });
  const context = { domainName: request.headers.host!, requestId: crypto.randomUUID() };
  return { ...event, requestContext: { ...event.requestContext, ...context } };
}

export async function proxyEvent(
  request: IncomingMessage,
  resource: string,
  base64: boolean,
): Promise<APIGatewayProxyEvent> {
  const body = await bodyOf(request);
  const { pathname, searchParams } = new URL(request.url!, 'http://host');
  const { 'x-test-user': user, 'x-test-authorizer': authorizer, ...headers } = request.headers;
  const parameter = resource === '/mcp' ? pathname.slice(`${STAGE}${resource}/`.length) : '';
  return {
    resource: parameter === '' ? resource : `${resource}/{toolset}`,
    pathParameters: parameter === '' ? null : { toolset: decodeURIComponent(parameter) },
    path: pathname.slice(STAGE.length),
    httpMethod: request.method,
    headers,
    multiValueHeaders: request.headersDistinct,
    queryStringParameters: searchParams.size > 0 ? Object.fromEntries(searchParams) : null,
    requestContext: {
      path: pathname,
      requestId: crypto.randomUUID(),
      domainName: '127.0.0.1',
      authorizer: authorizer ? JSON.parse(String(authorizer)) : null,
      identity: { userArn: user ? `arn:aws:iam::123456789012:user/${user}` : null, apiKeyId: null },
    },
    body: body.length > 0 ? body.toString(base64 ? 'base64' : 'utf8') : null,
    isBase64Encoded: base64,
  } as unknown as APIGatewayProxyEvent;
}
