import { randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';

/** What a function failed with. */
export interface FunctionError {
  /** E.g. `Sandbox.Timedout`, `Runtime.ExitError` or the name of the thrown error. */
  readonly type: string;
  /** The error document as callers see it: JSON with `errorType`, `errorMessage` and, from handlers, `trace`. */
  readonly payload: Buffer;
}

/** The answer of one invocation, from the moment that it starts. */
export interface Invocation {
  readonly requestId: string;
  /** The failure, when the function failed; with a streaming function it may come in the middle of the body. */
  readonly error: FunctionError | undefined;
  readonly contentType: string;
  /** The response, or the error document when it failed before a byte of it. Read or destroy it: the function waits for its reader. It never errors. */
  readonly body: Readable;
  /** Settles, never rejects, when the response is whole or has failed. */
  readonly ended: Promise<FunctionError | undefined>;
}

/** Lambda's limit for the response of a buffered function, in bytes (6 MB and 100 bytes for the envelope). */
export const MAX_BUFFERED_RESPONSE = 6_291_556;
/** Lambda's limit for a streamed response, in bytes. */
export const MAX_STREAMED_RESPONSE = 200 * 1024 * 1024;

/** An invocation from the service's side: what is asked, and the ways it can go. */
export class RunningInvocation implements Invocation {
  readonly requestId = randomUUID();
  readonly body = new PassThrough({ highWaterMark: 64 * 1024 });
  /** Settles when the response starts or the invocation has failed. */
  readonly began: Promise<void>;
  readonly ended: Promise<FunctionError | undefined>;
  contentType = 'application/json';
  error: FunctionError | undefined;

  private responding = false;
  private over = false;
  private streamedBytes = 0;
  private settleBegan!: () => void;
  private settleEnded!: (error: FunctionError | undefined) => void;

  /**
   * @param payload the event, JSON
   * @param functionArn the ARN that the caller used, with its qualifier
   * @param clientContext JSON text
   */
  constructor(
    readonly payload: Buffer,
    readonly functionArn: string,
    readonly clientContext: string | undefined,
  ) {
    this.began = new Promise((resolve) => {
      this.settleBegan = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.settleEnded = resolve;
    });
  }

  /** True as soon as the caller has all it will get, whatever the function still does. */
  get isOver(): boolean {
    return this.over;
  }

  /** The whole answer of a buffered handler. */
  respond(body: Buffer): void {
    if (this.over) return;
    if (body.length > MAX_BUFFERED_RESPONSE) {
      this.fail(tooLarge(MAX_BUFFERED_RESPONSE));
    } else {
      this.responding = true;
      this.body.write(body);
      this.end();
    }
  }

  /** The first bytes of a streaming handler are on their way. */
  begin(contentType: string): void {
    if (this.over) return;
    this.responding = true;
    this.contentType = contentType;
    this.settleBegan();
  }

  /** One chunk of a streaming handler; false when the caller is slow and the function has to wait for `drain`. */
  write(chunk: Buffer): boolean {
    if (this.over || this.body.destroyed) return true;
    this.streamedBytes += chunk.length;
    if (this.streamedBytes <= MAX_STREAMED_RESPONSE) return this.body.write(chunk);
    this.fail(tooLarge(MAX_STREAMED_RESPONSE));
    return true;
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.body.end();
    this.settleBegan();
    this.settleEnded(this.error);
  }

  fail(error: FunctionError): void {
    if (this.over) return;
    this.error = error;
    if (!this.responding) this.body.write(error.payload);
    this.end();
  }
}

/** An error that the platform, not the handler, reports. */
export function platformError(type: string, message: string): FunctionError {
  return { type, payload: Buffer.from(JSON.stringify({ errorType: type, errorMessage: message })) };
}

function tooLarge(limit: number): FunctionError {
  return platformError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  );
}
