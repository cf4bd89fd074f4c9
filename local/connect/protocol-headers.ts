/** A JSON-RPC message, as far as the bridge looks into it. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, any>>;
  readonly result?: Readonly<Record<string, any>>;
  readonly error?: unknown;
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
/** The parameter that names what a request of the 2026-07-28 revision is about. */
const NAME_SOURCES: Record<string, string> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/** An argument of a tool that also travels as a header (`x-mcp-header` in its schema). */
interface ParameterHeader {
  readonly path: readonly string[];
  readonly name: string;
}

/** The protocol revision that a message itself claims: those from 2026-07-28 on do so in each request. */
export function claimedVersion({ params }: Message): string | undefined {
  return params?._meta?.[VERSION_KEY];
}

/**
 * What Streamable HTTP wants in headers and stdio has not: protocol version, session, and from 2026-07-28 on method, name and marked
 * arguments. Remembers from the answers what later requests need.
 */
export class ProtocolHeaders {
  sessionId: string | undefined;
  /** Whether the server said that it tells a session of changes. */
  notifies = false;
  private negotiated: string | undefined;
  private readonly parameters = new Map<string, ParameterHeader[]>();

  for(message: Message): Record<string, string> {
    const claimed = claimedVersion(message);
    const version = claimed ?? this.negotiated;
    return {
      ...(version && { 'mcp-protocol-version': version }),
      ...(this.sessionId && { 'mcp-session-id': this.sessionId }),
      ...(claimed && message.method && this.ofRequest(message.method, message.params ?? {})),
    };
  }

  /** Looks at the answer to a request. */
  learn(request: Message, answer: Message): void {
    if (request.method === 'initialize') {
      this.negotiated = answer.result?.protocolVersion ?? this.negotiated;
      const { tools, prompts, resources } = answer.result?.capabilities ?? {};
      this.notifies = [tools, prompts, resources].some((each) => each?.listChanged) || Boolean(resources?.subscribe);
    }
    if (request.method !== 'tools/list') return;
    for (const { name, inputSchema } of answer.result?.tools ?? []) this.parameters.set(name, marked(inputSchema));
  }

  private ofRequest(method: string, params: Record<string, any>): Record<string, string> {
    const headers: Record<string, string> = { 'mcp-method': method };
    const name = params[NAME_SOURCES[method]];
    if (typeof name === 'string') headers['mcp-name'] = encode(name);
    if (method !== 'tools/call') return headers;
    for (const parameter of this.parameters.get(name) ?? []) {
      const value = parameter.path.reduce<any>((node, key) => node?.[key], params.arguments);
      if (['string', 'number', 'boolean'].includes(typeof value)) {
        headers[`mcp-param-${parameter.name.toLowerCase()}`] = encode(String(value));
      }
    }
    return headers;
  }
}

function marked(schema: Record<string, any> | undefined, path: readonly string[] = []): ParameterHeader[] {
  return Object.entries<any>(schema?.properties ?? {}).flatMap(([key, property]) => {
    const name = property?.['x-mcp-header'];
    const here = typeof name === 'string' ? [{ path: [...path, key], name }] : [];
    return [...here, ...marked(property, [...path, key])];
  });
}

/** Text that is not safe in a header travels as base64, between markers. */
function encode(text: string): string {
  const plain = /^[\t\x20-\x7e]+$/.test(text) && text === text.trim() && !text.startsWith('=?base64?');
  return plain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
