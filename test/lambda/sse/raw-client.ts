/** One event of a stream; a field that stands alone (`retry`) and comments are events here too. */
export interface RawEvent {
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** A client of the HTTP+SSE transport that does nothing by itself: answers no ping, keeps everything that came. */
export class RawClient {
  readonly events: RawEvent[] = [];
  /** Resolves when the stream ends in order, rejects when it breaks off. */
  readonly ended: Promise<void>;

  private constructor(
    private readonly url: URL,
    readonly response: Response,
    private readonly connection: AbortController,
    private readonly headers: Record<string, string>,
  ) {
    this.ended = this.read();
    this.ended.catch(() => undefined);
  }

  static async connect(url: URL, headers: Record<string, string> = {}): Promise<RawClient> {
    const connection = new AbortController();
    const response = await fetch(url, { headers, signal: connection.signal });
    return new RawClient(url, response, connection, headers);
  }

  /** What came as JSON-RPC messages. */
  get messages(): any[] {
    return this.events.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data!));
  }

  get endpoint(): string | undefined {
    return this.events.find(({ event }) => event === 'endpoint')?.data;
  }

  post(message: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(new URL(this.endpoint!, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...headers },
      body: JSON.stringify(message),
    });
  }

  /** Hangs up without a word. */
  vanish(): void {
    this.connection.abort();
  }

  private async read(): Promise<void> {
    let text = '';
    for await (const chunk of this.response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) this.events.push(parse(block));
    }
  }
}

function parse(block: string): RawEvent {
  const fields = block.split('\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trimStart()];
  });
  return Object.fromEntries(fields);
}
