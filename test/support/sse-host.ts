import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { installRuntime, proxyEvent, ResponseStream, STAGE } from './streaming-host.js';

export interface SseHost {
  /** Address of `/sse`, with the stage. */
  readonly url: URL;
  /** The number of running invocations of the SSE function. */
  running(): number;
  close(): Promise<void>;
}

export interface SseHostOptions {
  /** The initial value of `context.getRemainingTimeInMillis()`. */
  readonly remainingMs?: number;
}

/** Emulates API Gateway with `/sse` (streamed) and `/message` (buffered) for the handlers in this process. */
export async function startSseHost({ remainingMs = 900_000 }: SseHostOptions = {}): Promise<SseHost> {
  installRuntime();
  const { handler: sse } = await import('../../lambda/sse/index.js');
  const { handler: message } = await import('../../lambda/message/index.js');
  let running = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url!, 'http://host');
    const event = await proxyEvent(request, pathname.slice(STAGE.length), false);
    if (event.resource === '/message') {
      const { statusCode, headers, body } = await message(event);
      response.writeHead(statusCode, headers as Record<string, string>).end(body);
      return;
    }
    const deadline = Date.now() + remainingMs;
    const context = { getRemainingTimeInMillis: () => deadline - Date.now() } as Context;
    running += 1;
    try {
      await sse(event, new ResponseStream(response) as never, context);
    } finally {
      running -= 1;
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      console.error(error);
      response.destroy(); // a failed stream is cut off
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${STAGE}/sse`),
    running: () => running,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
