/** A Lambda API whose functions answer what a case wants. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { Random } from './random.js';
import { functionResponse, streamedLines } from './requests.js';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** What a function answers to a normal call. */
export const NORMAL = '{"ok":true}';

/**
 * Starts the API. The seed of a response is the number in `traceparent` of the call.
 *
 * @param onTaskRun receives the event of each asynchronous invocation
 */
export async function startFakeLambda(seed: number, onTaskRun: (event: unknown) => void): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = decodeURIComponent(request.url ?? '');
    const payload = Buffer.concat(chunks).toString('utf8');
    if (request.headers['x-amz-invocation-type'] === 'Event') {
      onTaskRun(JSON.parse(payload));
      response.writeHead(202).end();
    } else if (path.includes('response-streaming-invocations')) {
      stream(response, caseOf(request.headers['x-amz-client-context']), seed);
    } else if (path.endsWith('/invocations')) {
      const caseId = caseOf(request.headers['x-amz-client-context']);
      const isFirstCall = !payload.includes('"background":true');
      const body = caseId === undefined || !isFirstCall ? NORMAL : functionResponse(new Random(seed + caseId));
      response.writeHead(200, { 'x-amz-executed-version': '$LATEST' }).end(body);
    } else control(response, request.method ?? '', path);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function caseOf(clientContext: string | string[] | undefined): number | undefined {
  const { custom } = JSON.parse(Buffer.from(String(clientContext ?? 'e30='), 'base64').toString('utf8')) as {
    custom?: { traceparent?: string };
  };
  const caseId = /^case-(\d+)$/.exec(custom?.traceparent ?? '')?.[1];
  return caseId === undefined ? undefined : Number(caseId);
}

function stream(response: ServerResponse, caseId: number | undefined, seed: number): void {
  const r = new Random(seed + (caseId ?? 0));
  const bytes = Buffer.from(caseId === undefined ? NORMAL : streamedLines(r));
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  const step = 1 + r.upTo(bytes.length);
  for (let at = 0; at < bytes.length; at += step) {
    response.write(frame('PayloadChunk', 'application/octet-stream', bytes.subarray(at, at + step)));
  }
  const end = r.chance(0.95) ? {} : { ErrorCode: 'Unhandled', ErrorDetails: functionResponse(r) };
  response.end(frame('InvokeComplete', 'application/json', Buffer.from(JSON.stringify(end))));
}

function frame(eventType: string, contentType: string, body: Uint8Array): Uint8Array {
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: eventType },
      ':content-type': { type: 'string', value: contentType },
    },
    body,
  });
}

/** Configurations, tags and policies of functions, all of which exist and can be registered. */
function control(response: ServerResponse, method: string, path: string): void {
  const json = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (path.includes('/policy')) {
    if (method === 'POST') return void json(201, { Statement: '{}' });
    if (method === 'DELETE') return void response.writeHead(204).end();
    response.setHeader('x-amzn-errortype', 'ResourceNotFoundException');
    return void json(404, { Message: 'no policy' });
  }
  json(200, path.includes('/tags/') ? { Tags: { 'mcp-server': 'fuzz' } } : { State: 'Active' });
}
