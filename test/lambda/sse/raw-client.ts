/** One event of a stream. A separate `retry` field and a comment count as events too. */
export interface RawEvent {
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** A client of the HTTP+SSE transport that records all events, and does not answer pings. */
export class RawClient {
  readonly events: RawEvent[] = [];
  /** Resolves when the stream is closed, rejects when the connection breaks. */
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

  /** The JSON-RPC messages received. */
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

  /** Drops the connection. */
  disconnect(): void {
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
