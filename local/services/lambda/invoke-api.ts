import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { readBody } from '../forward.js';
import { invalidParameter, LambdaServiceError } from './errors.js';
import { MAX_SYNCHRONOUS_EVENT } from './invocation.js';
import type { LambdaCall } from './operations.js';
import { pipeResponse } from './pipe-response.js';
import type { LambdaService } from './service.js';

/** Lambda's limit for the event of an asynchronous invocation, in bytes. */
const MAX_ASYNCHRONOUS_EVENT = 1_048_576;
/** Lambda's default maximum age of an event in the queue of asynchronous invocations, in milliseconds. */
const MAX_EVENT_AGE_MS = 21_600_000;
/** Pause before an asynchronous invocation that was throttled is repeated, in milliseconds. */
const THROTTLE_RETRY_MS = 500;
/** Pauses before the retries of an asynchronous invocation whose function failed, in milliseconds. */
const FAILURE_RETRY_MS = [60_000, 120_000];
/** Lambda's limit for a client context, in Base64 characters. */
const MAX_CLIENT_CONTEXT = 3583;

export interface InvokeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Invoke with the invocation type `RequestResponse`, `Event` or `DryRun`. */
export async function invoke(
  service: LambdaService,
  call: LambdaCall,
  req: InvokeRequest,
  res: ServerResponse,
): Promise<void> {
  const type = req.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'RequestResponse' && type !== 'Event' && type !== 'DryRun') {
    throw invalidParameter(`Invocation type ${type} is not one of RequestResponse, Event and DryRun`);
  }
  const { arn, payload, clientContext } = parseRequest(service, call, req, type === 'Event');
  if (type === 'DryRun') {
    res.writeHead(204).end();
    return;
  }
  if (type === 'Event') {
    void invokeAsynchronously(service, arn, payload, traceOf(req));
    res.writeHead(202, { 'x-amzn-requestid': randomUUID() }).end();
    return;
  }
  const invocation = await service.invoke(arn, payload, { clientContext, trace: traceOf(req) });
  const response = await readBody(invocation.body);
  const error = await invocation.ended;
  const body = error?.payload ?? response;
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': invocation.requestId,
    'x-amz-executed-version': '$LATEST',
    ...(error ? { 'x-amz-function-error': 'Unhandled' } : {}),
  });
  res.end(body);
}

/**
 * Runs an asynchronous invocation. Retries while Lambda throttles it or fails itself. A function that fails is invoked again only if its
 * `EventInvokeConfig` says so.
 */
async function invokeAsynchronously(
  service: LambdaService,
  arn: string,
  payload: Buffer,
  trace: string | undefined,
): Promise<void> {
  const until = Date.now() + MAX_EVENT_AGE_MS;
  const pauses = FAILURE_RETRY_MS.slice(0, service.retryAttempts(arn));
  do {
    try {
      const { body, ended } = await service.invoke(arn, payload, { asynchronous: true, trace });
      body.resume();
      const failed = (await ended) !== undefined;
      const pauseMs = failed ? pauses.shift() : undefined;
      if (pauseMs === undefined) return;
      await pause(pauseMs);
    } catch (error) {
      const retried = error instanceof LambdaServiceError && (error.statusCode === 429 || error.statusCode >= 500);
      if (!retried) return; // the function was deleted
      await pause(THROTTLE_RETRY_MS);
    }
  } while (Date.now() < until);
}

/** Returns the header that the SDK of a function sends with each call. */
function traceOf({ headers }: InvokeRequest): string | undefined {
  const header = headers['x-amzn-trace-id'];
  return typeof header === 'string' ? header : undefined;
}

/** Waits, but does not keep the process running. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

export async function invokeWithResponseStream(
  service: LambdaService,
  call: LambdaCall,
  req: InvokeRequest,
  res: ServerResponse,
): Promise<void> {
  const { arn, payload, clientContext } = parseRequest(service, call, req, false);
  if (req.headers['x-amz-invocation-type'] === 'DryRun') {
    res.writeHead(204).end();
    return;
  }
  const invocation = await service.invoke(arn, payload, { clientContext, trace: traceOf(req) });
  res.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-requestid': invocation.requestId,
    'x-amz-executed-version': '$LATEST',
    'x-amzn-resultstreamcontenttype': invocation.contentType,
  });
  res.flushHeaders();
  if (!invocation.error) await pipeResponse(invocation.body, res, payloadChunk);
  else invocation.body.resume();
  const error = await invocation.ended;
  res.end(invokeComplete(error ? { ErrorCode: 'Unhandled', ErrorDetails: error.payload.toString('utf8') } : {}));
}

function parseRequest(service: LambdaService, call: LambdaCall, req: InvokeRequest, asynchronous: boolean) {
  const limit = asynchronous ? MAX_ASYNCHRONOUS_EVENT : MAX_SYNCHRONOUS_EVENT;
  if (req.body.length > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    throw new LambdaServiceError('RequestTooLargeException', 413, message);
  }
  const payload = req.body.length > 0 ? req.body : Buffer.from('{}');
  try {
    JSON.parse(payload.toString('utf8'));
  } catch (error) {
    throw invalidContent(`Could not parse request body into json: ${(error as Error).message}`);
  }
  service.reportMissing(call.functionName);
  const { arn } = service.target(call.functionName, call.qualifier);
  return { arn, payload, clientContext: checkClientContext(req.headers['x-amz-client-context']) };
}

function checkClientContext(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const base64 = String(header);
  if (base64.length > MAX_CLIENT_CONTEXT) {
    throw invalidParameter(`Client context of ${base64.length} characters exceeds the limit of ${MAX_CLIENT_CONTEXT}`);
  }
  try {
    const context: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    if (typeof context === 'object' && context !== null) return base64;
  } catch {
    // rejected below
  }
  throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
}

const invalidContent = (message: string) => new LambdaServiceError('InvalidRequestContentException', 400, message);

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Encodes a chunk of the response as an `application/vnd.amazon.eventstream` frame. */
const payloadChunk = (bytes: Buffer) => frame('PayloadChunk', 'application/octet-stream', bytes);

/** Encodes the last frame of an InvokeWithResponseStream response. */
const invokeComplete = (event: { ErrorCode?: string; ErrorDetails?: string }) =>
  frame('InvokeComplete', 'application/json', Buffer.from(JSON.stringify(event)));

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
