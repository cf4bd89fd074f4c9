/** Response headers of an event stream that proxies neither buffer nor change. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Interval of the comments that keep an idle stream open, milliseconds. API Gateway closes one after 5 minutes of silence. */
export const KEEP_ALIVE_MS = 15_000;

/** A comment line of an event stream. Clients ignore it. */
export const KEEP_ALIVE_COMMENT = ': keepalive\n\n';

/** A response that is an event stream, for as long as it is not ended. */
export class EventStream {
  readonly response: Response;
  private readonly encoder = new TextEncoder();
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private ended = false;

  /** @param onCancel called when nobody reads any more */
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
