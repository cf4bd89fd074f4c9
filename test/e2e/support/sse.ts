import type { Fixture } from './fixture';

/** An HTTP+SSE session without an SDK, for clients with unusual behaviour. */
export interface RawSession extends AsyncDisposable {
  readonly response: Response;
  readonly messageUrl: URL;
  /** Messages received so far. */
  readonly messages: Array<Record<string, any>>;
  /** Everything received on the stream. */
  text(): string;
  /** Settles when the stream ends: true for a clean end. */
  readonly ended: Promise<boolean>;
  post(message: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Drops the connection. */
  disconnect(): void;
}

export async function openSession(
  { sseUrl }: Pick<Fixture, 'sseUrl'>,
  headers: Record<string, string> = {},
  onMessage: (message: Record<string, any>) => void = () => {},
): Promise<RawSession> {
  const connection = new AbortController();
  const response = await fetch(sseUrl, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: connection.signal,
  });
  const messages: Array<Record<string, any>> = [];
  let text = '';
  let endpoint!: (path: string) => void;
  const path = new Promise<string>((resolve) => {
    endpoint = resolve;
  });

  const read = async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      const piece = decoder.decode(chunk, { stream: true });
      text += piece;
      const events = (rest + piece).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data && event.includes('event: endpoint')) endpoint(data);
        else if (data) {
          messages.push(JSON.parse(data));
          onMessage(messages.at(-1)!);
        }
      }
    }
  };
  const ended = read().then(
    () => true,
    () => false,
  );
  const messageUrl = response.ok ? new URL(await path, sseUrl) : sseUrl;
  return {
    response,
    messageUrl,
    messages,
    text: () => text,
    ended,
    post: (message, more = {}) =>
      fetch(messageUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more },
        body: JSON.stringify(message),
      }),
    disconnect: () => connection.abort(),
    [Symbol.asyncDispose]: async () => connection.abort(),
  };
}

/** Sends the messages that start a session. */
export async function initialize(
  session: RawSession,
  capabilities = {},
  protocolVersion = '2024-11-05',
): Promise<void> {
  await session.post({
    jsonrpc: '2.0',
    id: 'init',
    method: 'initialize',
    params: { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } },
  });
  await session.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
}
