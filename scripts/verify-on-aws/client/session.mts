/**
 * An HTTP+SSE session without an SDK, to observe each event as it arrives. It answers the server's pings.
 * `using` disconnects it.
 */
export class Session implements Disposable {
  /** @param send signs and sends the requests */
  static async open(url: string, send: typeof fetch): Promise<Session> {
    const started = performance.now();
    const connection = new AbortController();
    const response = await send(url, { headers: { accept: 'text/event-stream' }, signal: connection.signal });
    if (!response.ok) throw new Error(`GET /sse: ${response.status} ${await response.text()}`);
    const session = new Session(send, connection);
    const endpoint = new Promise<string>((resolve, reject) => {
      session.ended = session.read(response, (path) => resolve(new URL(path, url).href));
      session.ended.then(() => reject(new Error('the stream ended before the endpoint event')), reject);
    });
    endpoint.catch(() => {});
    session.messageUrl = await endpoint;
    session.openedAfterMs = performance.now() - started;
    return session;
  }

  messageUrl = '';
  /** Time from the request to the `endpoint` event, in milliseconds. */
  openedAfterMs = 0;
  /** Everything received on the stream. */
  text = '';
  /** Settles when the stream ends. Rejects if it fails. */
  ended!: Promise<void>;
  private readonly waiting = new Map<number, (message: any) => void>();
  private lastId = 0;

  private constructor(
    private readonly send: typeof fetch,
    private readonly connection: AbortController,
  ) {}

  /** Sends a request. Returns its response from the stream, and the latency in milliseconds. */
  async request(method: string, params?: object): Promise<{ message: any; ms: number }> {
    this.lastId += 1;
    const id = this.lastId;
    const answered = new Promise<any>((resolve, reject) => {
      this.waiting.set(id, resolve);
      this.ended.then(() => reject(new Error('the stream ended before the response')), reject);
    });
    answered.catch(() => {});
    const started = performance.now();
    const response = await this.post({ jsonrpc: '2.0', id, method, params });
    if (response.status !== 202) throw new Error(`POST /message: ${response.status} ${await response.text()}`);
    await response.body?.cancel(); // decided by the status, without waiting for the end of the body
    return { message: await answered, ms: performance.now() - started };
  }

  /** @param send signs the message as another caller */
  post(message: object, send = this.send): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return send(this.messageUrl, { method: 'POST', headers, body: JSON.stringify(message) });
  }

  async initialize(): Promise<void> {
    await this.request('initialize', {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'verify', version: '1' },
    });
    await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  /** Drops the connection, like a client that crashes. */
  disconnect(): void {
    this.ended.catch(() => {});
    this.connection.abort();
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  private async read(response: Response, onEndpoint: (path: string) => void): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const piece = decoder.decode(chunk, { stream: true });
      this.text += piece;
      const events = (rest + piece).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        if (event.includes('event: endpoint')) onEndpoint(data);
        else this.receive(JSON.parse(data));
      }
    }
  }

  private receive(message: any): void {
    if (message.method === 'ping') void this.post({ jsonrpc: '2.0', id: message.id, result: {} }).catch(() => {});
    else if (message.method === undefined) this.waiting.get(message.id)?.(message);
  }
}
