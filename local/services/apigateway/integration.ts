import type { ServerResponse } from 'node:http';
import { readBody } from '../forward.js';
import type { Invocation } from '../lambda/invocation.js';
import { drained } from '../lambda/pipe-response.js';
import { endpointTimedOut, GatewayError, internalError } from './gateway-error.js';
import { parsePrelude, parseProxyResponse, type ResponseHead, writeHead } from './proxy-response.js';

/** An integration request: one function invocation for one client request. */
interface IntegrationCall {
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Integration timeout in milliseconds. */
  readonly timeoutMs: number;
  /** Invokes the function. The signal stops waiting for the response. */
  readonly invoke: (signal: AbortSignal) => Promise<Invocation>;
}

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);
/** API Gateway's limit for the metadata of a streamed response (the prelude), in bytes. */
const MAX_PRELUDE = 16 * 1024;

/**
 * Waits for the complete response, then sends it.
 * @param decode whether the client accepts binary responses
 */
export async function bufferedIntegration(call: IntegrationCall, decode: boolean): Promise<void> {
  const deadline = new Deadline(call);
  const response = await deadline.guard(async (invocation) => {
    const payload = await readBody(invocation.body);
    checkSucceeded(invocation);
    return parseProxyResponse(payload);
  });
  writeHead(call.res, response, call.requestId);
  call.res.end(Buffer.from(response.body, response.isBase64Encoded && decode ? 'base64' : 'utf8'));
}

/**
 * Streams the response: sends status and headers immediately, and each chunk when the function writes it.
 * @param idleMs idle timeout in milliseconds
 */
export async function streamIntegration(call: IntegrationCall, idleMs: number): Promise<void> {
  const deadline = new Deadline(call, idleMs);
  const error = await deadline.guard(async (invocation) => {
    await copy(invocation, call, () => deadline.chunkReceived());
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
  private readonly timers: NodeJS.Timeout[];
  private invocation: Invocation | undefined;

  constructor(
    private readonly call: IntegrationCall,
    idleMs?: number,
  ) {
    const limits = idleMs === undefined ? [call.timeoutMs] : [call.timeoutMs, idleMs];
    this.timers = limits.map((ms) => setTimeout(() => this.expire(ms), ms));
  }

  /** Restarts the idle timeout. */
  chunkReceived(): void {
    this.timers[1]?.refresh();
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
      for (const timer of this.timers) clearTimeout(timer);
    }
  }

  /** Closes the connection if the headers have already been sent, because the error cannot be reported otherwise. The function keeps running. */
  private expire(ms: number): void {
    this.controller.abort(ms);
    if (this.call.res.headersSent) this.call.res.destroy();
    else this.invocation?.body.destroy();
  }
}

async function copy(invocation: Invocation, { res, requestId }: IntegrationCall, onChunk: () => void): Promise<void> {
  let head = Buffer.alloc(0);
  for await (const chunk of invocation.body) {
    onChunk();
    checkType(invocation);
    let data = chunk as Buffer;
    if (!res.headersSent) {
      head = Buffer.concat([head, data]);
      const prelude = splitPrelude(head);
      if (!prelude) continue;
      writeHead(res, prelude.head, requestId);
      res.flushHeaders();
      data = prelude.rest;
    }
    if (data.length > 0 && !res.destroyed && !res.write(data)) await drained(res);
  }
  if (res.headersSent) return;
  checkSucceeded(invocation);
  checkType(invocation);
  throw internalError(502, 'the streamed response ended before its metadata: call write() before end()');
}

function splitPrelude(bytes: Buffer): { head: ResponseHead; rest: Buffer } | undefined {
  const at = bytes.indexOf(DELIMITER);
  if (at > MAX_PRELUDE || (at < 0 && bytes.length > MAX_PRELUDE)) {
    throw internalError(502, `the metadata of a streamed response must end within ${MAX_PRELUDE} bytes`);
  }
  if (at < 0) return undefined;
  return { head: parsePrelude(bytes.subarray(0, at).toString('utf8')), rest: bytes.subarray(at + DELIMITER.length) };
}

function checkType({ contentType }: Invocation): void {
  if (contentType.startsWith(PRELUDE_TYPE)) return;
  throw internalError(502, `a STREAM integration requires a response of type ${PRELUDE_TYPE}, not ${contentType}`);
}

function checkSucceeded({ error }: Invocation): void {
  if (error) throw internalError(502, `the function failed: ${error.payload.toString('utf8')}`);
}
