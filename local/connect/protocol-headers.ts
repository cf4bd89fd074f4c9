/** The parts of a JSON-RPC message that the bridge reads. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, any>>;
  readonly result?: Readonly<Record<string, any>>;
  readonly error?: unknown;
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
/** The parameter that becomes the header `Mcp-Name`, by method (2026-07-28). */
const NAME_SOURCES: Record<string, string> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/cancel': 'taskId',
  'tasks/update': 'taskId',
};

/** A tool argument that is also sent as a header (`x-mcp-header` in the input schema). */
interface ParameterHeader {
  readonly path: readonly string[];
  readonly name: string;
}

/** Returns the protocol revision in the request metadata. Revisions from 2026-07-28 on send it with each request. */
export function claimedVersion({ params }: Message): string | undefined {
  return params?._meta?.[VERSION_KEY];
}

/**
 * The headers that Streamable HTTP requires in addition to the message: protocol version, session, and from 2026-07-28 on method, name and
 * marked arguments. Records what later requests need from the responses.
 */
export class ProtocolHeaders {
  sessionId: string | undefined;
  /** Whether the server has a capability for notifications outside of requests. */
  sendsNotifications = false;
  private negotiatedVersion: string | undefined;
  private readonly parameterHeaders = new Map<string, ParameterHeader[]>();

  /** @param text the message as the client wrote it */
  for(message: Message, text?: string): Record<string, string> {
    const claimed = claimedVersion(message);
    const version = claimed ?? this.negotiatedVersion;
    return {
      ...(version && { 'mcp-protocol-version': version }),
      ...(this.sessionId && { 'mcp-session-id': this.sessionId }),
      ...(claimed && message.method && this.requestHeaders(message.method, message.params ?? {}, text)),
    };
  }

  /** Records version, capabilities and tools from the response to a request. */
  recordResponse(request: Message, response: Message): void {
    if (request.method === 'initialize') {
      this.negotiatedVersion = response.result?.protocolVersion ?? this.negotiatedVersion;
      const { tools, prompts, resources } = response.result?.capabilities ?? {};
      this.sendsNotifications =
        [tools, prompts, resources].some((each) => each?.listChanged) || Boolean(resources?.subscribe);
    }
    if (request.method !== 'tools/list') return;
    for (const { name, inputSchema } of response.result?.tools ?? [])
      this.parameterHeaders.set(name, markedParameters(inputSchema));
  }

  private requestHeaders(method: string, params: Record<string, any>, text?: string): Record<string, string> {
    const headers: Record<string, string> = { 'mcp-method': method };
    const name = params[NAME_SOURCES[method]];
    if (typeof name === 'string') headers['mcp-name'] = encode(name);
    if (method !== 'tools/call') return headers;
    const parameters = this.parameterHeaders.get(name) ?? [];
    const args = parameters.length > 0 && text !== undefined ? argumentsWithDigits(text) : params.arguments;
    for (const parameter of parameters) {
      const value = parameter.path.reduce<any>((node, key) => node?.[key], args);
      if (['string', 'number', 'boolean'].includes(typeof value)) {
        headers[`mcp-param-${parameter.name.toLowerCase()}`] = encode(String(value));
      }
    }
    return headers;
  }
}

function markedParameters(schema: Record<string, any> | undefined, path: readonly string[] = []): ParameterHeader[] {
  return Object.entries<any>(schema?.properties ?? {}).flatMap(([key, property]) => {
    const name = property?.['x-mcp-header'];
    const own = typeof name === 'string' ? [{ path: [...path, key], name }] : [];
    return [...own, ...markedParameters(property, [...path, key])];
  });
}

/** Returns a request's arguments with text in place of numbers, which JavaScript would round. Node.js 20 does not provide the text. */
function argumentsWithDigits(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
  ) => Message;
  return parse(text, (_, value, context) => (typeof value === 'number' ? (context?.source ?? value) : value)).params
    ?.arguments;
}

/** Encodes text that is not safe in a header as base64, between markers. */
function encode(text: string): string {
  const plain = /^[\t\x20-\x7e]+$/.test(text) && text === text.trim() && !text.startsWith('=?base64?');
  return plain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
