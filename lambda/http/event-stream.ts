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
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      },
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
