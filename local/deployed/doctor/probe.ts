/** A response whose body has been read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Time until the response, in milliseconds. */
  readonly milliseconds: number;
}

const TIMEOUT_MS = 10_000;
const DISCOVER = {
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'mcp-lambda', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};

/** Requests without credentials: what the internet sees of a server. */
export class Probe {
  private first: Promise<Answer> | undefined;

  constructor(private readonly url: URL) {}

  /** Sends an MCP request without credentials. Later calls return the same response. */
  unsigned(): Promise<Answer> {
    this.first ??= this.send(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'server/discover',
      },
      body: JSON.stringify(DISCOVER),
    });
    return this.first;
  }

  /** Sends a request. @throws if the server does not respond within 10 seconds */
  async send(url: URL, init: RequestInit = {}): Promise<Answer> {
    const start = performance.now();
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const milliseconds = performance.now() - start;
    return { status: response.status, headers: response.headers, text: await response.text(), milliseconds };
  }
}

/** Returns the start of a body for evidence. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
