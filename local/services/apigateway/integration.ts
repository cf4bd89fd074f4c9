import type { ServerResponse } from 'node:http';
import { readBody } from '../forward.js';
import type { Invocation } from '../lambda/invocation.js';
import { drained } from '../lambda/pipe-response.js';
import { endpointTimedOut, GatewayError, internalError } from './gateway-error.js';
import { type ProxyResponse, parsePrelude, type ResponseHead, writeHead } from './proxy-response.js';

/** An integration request: one function invocation for one client request. */
interface IntegrationCall {
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Integration timeout in milliseconds; none when absent. */
  readonly timeoutMs?: number;
  /** Headers that are added to those of the function. */
  readonly addedHeaders?: Readonly<Record<string, string>>;
  /** Invokes the function. The signal stops waiting for the response. */
  readonly invoke: (signal: AbortSignal) => Promise<Invocation>;
}

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);
/** API Gateway's limit for the metadata of a streamed response (the prelude), in bytes. */
const MAX_PRELUDE = 16 * 1024;

interface StreamOptions {
  /** Idle timeout in milliseconds; none when absent. */
  readonly idleMs?: number;
  /** Whether the function may respond without metadata: with status 200 and its content type. */
  readonly plain?: boolean;
}

/**
 * Waits for the complete response, then sends it.
 * @param parse parses what the function has returned
 * @param decode whether the client accepts binary responses
 */
export async function bufferedIntegration(
  call: IntegrationCall,
  parse: (payload: Buffer) => ProxyResponse,
  decode: boolean,
): Promise<void> {
  const deadline = new Deadline(call);
  const response = await deadline.guard(async (invocation) => {
    const payload = await readBody(invocation.body);
    checkSucceeded(invocation);
    return parse(payload);
  });
  writeHead(call.res, response, call.requestId, call.addedHeaders);
  call.res.end(Buffer.from(response.body, response.isBase64Encoded && decode ? 'base64' : 'utf8'));
}

/** Streams the response: sends status and headers immediately, and each chunk when the function writes it. */
export async function streamIntegration(
  call: IntegrationCall,
  { idleMs, plain = false }: StreamOptions,
): Promise<void> {
  const deadline = new Deadline(call, idleMs);
  const error = await deadline.guard(async (invocation) => {
    const head = plain && !hasPrelude(invocation) ? plainHead : preludeHead;
    await copy(invocation, call, head, () => deadline.chunkReceived());
    return invocation.ended;
  });
  if (error)
    throw internalError(502, `the function failed in the middle of its response: ${error.payload.toString('utf8')}`);
  deadline.check();
  call.res.end();
}

/** The integration timeout and idle timeout of a request. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly idleTimer: NodeJS.Timeout | undefined;
  private invocation: Invocation | undefined;

  constructor(
    private readonly call: IntegrationCall,
    idleMs?: number,
  ) {
    this.timer = this.start(call.timeoutMs);
    this.idleTimer = this.start(idleMs);
  }

  private start(ms: number | undefined): NodeJS.Timeout | undefined {
    return ms === undefined ? undefined : setTimeout(() => this.expire(ms), ms);
  }

  /** Restarts the idle timeout. */
  chunkReceived(): void {
    this.idleTimer?.refresh();
  }

  /** @throws GatewayError if a timeout has expired */
  check(): void {
    const { aborted, reason } = this.controller.signal;
    if (aborted) throw endpointTimedOut(`the function did not respond within ${reason / 1000} s`);
  }

  /** Invokes the function and processes its response. As on AWS, a rejected invocation is a 500 error and a timeout a 504 error. */
  async guard<T>(work: (invocation: Invocation) => Promise<T>): Promise<T> {
    try {
      this.invocation = await this.call.invoke(this.controller.signal);
      return await work(this.invocation);
    } catch (error) {
      this.check();
      if (error instanceof GatewayError) throw error;
      const { name, message } = error as Error;
      throw internalError(500, `the function was not invoked: ${name}: ${message}`, 'INTEGRATION_FAILURE');
    } finally {
      clearTimeout(this.timer);
      clearTimeout(this.idleTimer);
    }
  }

  /** Closes the connection if the headers have already been sent, because the error cannot be reported otherwise. The function keeps running. */
  private expire(ms: number): void {
    this.controller.abort(ms);
    if (this.call.res.headersSent) this.call.res.destroy();
    else this.invocation?.body.destroy();
  }
}

/** The start of a response: its status and headers, and the first bytes of its body. */
interface Start {
  readonly head: ResponseHead;
  readonly rest: Buffer;
}

/** Reads the start of a response from its first bytes; undefined if more are needed. */
type ReadStart = (received: Buffer, invocation: Invocation) => Start | undefined;

async function copy(
  invocation: Invocation,
  { res, requestId, addedHeaders }: IntegrationCall,
  readStart: ReadStart,
  onChunk: () => void,
): Promise<void> {
  let received = Buffer.alloc(0);
  const begin = () => {
    const start = readStart(received, invocation);
    if (!start) return undefined;
    writeHead(res, start.head, requestId, addedHeaders);
    res.flushHeaders();
    return start.rest;
  };
  for await (const chunk of invocation.body) {
    onChunk();
    let data: Buffer | undefined = chunk as Buffer;
    if (!res.headersSent) {
      received = Buffer.concat([received, data]);
      data = begin();
    }
    if (data && data.length > 0 && !res.destroyed && !res.write(data)) await drained(res);
  }
  if (res.headersSent) return;
  checkSucceeded(invocation);
  if (!begin()) throw internalError(502, 'the streamed response ended before its metadata: call write() before end()');
}

/** Reads the metadata that a function has written at the start of its response. */
const preludeHead: ReadStart = (received, invocation) => {
  if (!hasPrelude(invocation)) {
    throw internalError(
      502,
      `a STREAM integration requires a response of type ${PRELUDE_TYPE}, not ${invocation.contentType}`,
    );
  }
  return splitPrelude(received);
};

/** The start of a response without metadata. */
const plainHead: ReadStart = (rest, invocation) => {
  checkSucceeded(invocation);
  const headers = { 'content-type': invocation.contentType };
  return { head: { statusCode: 200, headers, multiValueHeaders: {}, cookies: [] }, rest };
};

function splitPrelude(bytes: Buffer): Start | undefined {
  const at = bytes.indexOf(DELIMITER);
  if (at > MAX_PRELUDE || (at < 0 && bytes.length > MAX_PRELUDE)) {
    throw internalError(502, `the metadata of a streamed response must end within ${MAX_PRELUDE} bytes`);
  }
  if (at < 0) return undefined;
  return { head: parsePrelude(bytes.subarray(0, at).toString('utf8')), rest: bytes.subarray(at + DELIMITER.length) };
}

function hasPrelude({ contentType }: Invocation): boolean {
  return contentType.startsWith(PRELUDE_TYPE);
}

function checkSucceeded({ error }: Invocation): void {
  if (error) throw internalError(502, `the function failed: ${error.payload.toString('utf8')}`);
}
