import { randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';

/** The error of a failed invocation. */
export interface FunctionError {
  /** Error type, such as `Sandbox.Timedout`, `Runtime.ExitError` or the name of the thrown error. */
  readonly type: string;
  /** Error response: JSON with `errorType`, `errorMessage` and, from handlers, `trace`. */
  readonly payload: Buffer;
}

/** The response of an invocation, available when it starts. */
export interface Invocation {
  readonly requestId: string;
  /** The error if the function has failed. A streaming function can fail in the middle of the body. */
  readonly error: FunctionError | undefined;
  readonly contentType: string;
  /**
   * The response, or the error if the function failed before the first byte. It must be consumed or destroyed, because of backpressure. It never
   * emits an error.
   */
  readonly body: Readable;
  /** Resolves when the response is complete or has failed. Never rejects. */
  readonly ended: Promise<FunctionError | undefined>;
}

/** Lambda's limit for the event of a synchronous invocation, in bytes. */
export const MAX_SYNCHRONOUS_EVENT = 6_291_456;
/** Lambda's limit for a buffered response, in bytes (6 MB and 100 bytes for the envelope). */
const MAX_BUFFERED_RESPONSE = 6_291_556;
/** Lambda's limit for a streamed response, in bytes. */
const MAX_STREAMED_RESPONSE = 200 * 1024 * 1024;

/** An invocation from the service's point of view. */
export class RunningInvocation implements Invocation {
  readonly requestId = randomUUID();
  readonly body = new PassThrough({ highWaterMark: 64 * 1024 });
  /** Resolves when the response starts or the invocation has failed. */
  readonly started: Promise<void>;
  readonly ended: Promise<FunctionError | undefined>;
  contentType = 'application/json';
  /** Whether a new process was started for the invocation. */
  coldStart = false;
  error: FunctionError | undefined;

  private responding = false;
  private completed = false;
  private streamedBytes = 0;
  private settleStarted!: () => void;
  private settleEnded!: (error: FunctionError | undefined) => void;

  /**
   * @param payload the event as JSON
   * @param functionArn the invoked ARN, with the qualifier
   * @param clientContext the client context as JSON
   * @param trace header `X-Amzn-Trace-Id` of the request that invokes the function
   */
  constructor(
    readonly payload: Buffer,
    readonly functionArn: string,
    readonly clientContext: string | undefined,
    readonly trace?: string,
  ) {
    this.started = new Promise((resolve) => {
      this.settleStarted = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.settleEnded = resolve;
    });
  }

  /** Whether the response is complete. The function may still be running. */
  get isComplete(): boolean {
    return this.completed;
  }

  /** Sets the response of a buffered handler. */
  respond(body: Buffer): void {
    if (this.completed) return;
    if (body.length > MAX_BUFFERED_RESPONSE) {
      this.fail(tooLarge(MAX_BUFFERED_RESPONSE));
    } else {
      this.responding = true;
      this.body.write(body);
      this.end();
    }
  }

  /** Starts the response of a streaming handler. */
  startStreaming(contentType: string): void {
    if (this.completed) return;
    this.responding = true;
    this.contentType = contentType;
    this.settleStarted();
  }

  /** Writes a chunk of a streaming handler. Returns false if the function must wait for `drain`. */
  write(chunk: Buffer): boolean {
    if (this.completed || this.body.destroyed) return true;
    this.streamedBytes += chunk.length;
    if (this.streamedBytes <= MAX_STREAMED_RESPONSE) return this.body.write(chunk);
    this.fail(tooLarge(MAX_STREAMED_RESPONSE));
    return true;
  }

  end(): void {
    if (this.completed) return;
    this.completed = true;
    this.body.end();
    this.settleStarted();
    this.settleEnded(this.error);
  }

  fail(error: FunctionError): void {
    if (this.completed) return;
    this.error = error;
    if (!this.responding) this.body.write(error.payload);
    this.end();
  }
}

/** Creates an error that Lambda reports, not the handler. */
export function platformError(type: string, message: string): FunctionError {
  return { type, payload: Buffer.from(JSON.stringify({ errorType: type, errorMessage: message })) };
}

function tooLarge(limit: number): FunctionError {
  return platformError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  );
}
