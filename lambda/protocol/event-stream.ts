/** Response headers of an event stream. They keep proxies from buffering or transforming it. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Interval of keep-alive comments, in milliseconds. API Gateway closes a stream that is idle for 5 minutes. */
export const KEEP_ALIVE_MS = 15_000;

/** A comment of an event stream, which clients ignore. */
export const KEEP_ALIVE_COMMENT = ': keepalive\n\n';

/** An open event stream and its HTTP response. */
export class EventStream {
  readonly response: Response;
  private readonly encoder = new TextEncoder();
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private ended = false;

  /** @param onCancel called when the reader cancels the stream */
  constructor(onCancel: () => void) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
      },
      cancel: () => {
        this.ended = true;
        onCancel();
      },
    });
    this.response = new Response(body, {
      headers: EVENT_STREAM_HEADERS,
    });
  }

  write(text: string): void {
    if (!this.ended) this.controller.enqueue(this.encoder.encode(text));
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.controller.close();
  }
}
