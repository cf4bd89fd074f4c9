import { isObject } from '../../src/private/validation/checks.js';

/** A JSON-RPC request of a client. */
export interface ReceivedRequest {
  readonly id: string | number;
  readonly method: string;
  readonly name?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A JSON-RPC response of a server. */
export interface SentResponse {
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: { readonly code?: number; readonly message: string };
}

/** Metadata of requests of revision 2026-07-28. */
const META = { revision: 'io.modelcontextprotocol/protocolVersion', client: 'io.modelcontextprotocol/clientInfo' };
/** Limits of texts from clients, in characters. */
const MAX_NAME = 500;
const MAX_CLIENT = 100;

/** The messages in a request body. */
export interface ReceivedMessages {
  readonly requests: readonly ReceivedRequest[];
  /** Method of the first message without an id; undefined if there is none. */
  readonly notification?: string;
  /** Whether the body contains a JSON-RPC message. */
  readonly valid: boolean;
}

/** Finds the JSON-RPC requests in a request body: a message or a batch. */
export function readMessages(body: Buffer): ReceivedMessages {
  const messages = [parseJson(body.toString('utf8'))].flat().filter(isObject);
  return {
    requests: messages.flatMap((message) => readRequest(message) ?? []),
    notification: messages
      .map(({ method }) => method)
      .find((method) => typeof method === 'string')
      ?.slice(0, MAX_NAME),
    valid: messages.some(({ method, result, error }) => typeof method === 'string' || Boolean(result ?? error)),
  };
}

function readRequest({ id, method, params }: Record<string, unknown>): ReceivedRequest | undefined {
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof method !== 'string') return undefined;
  const given = isObject(params) ? params : undefined;
  const name = given && nameIn(given);
  return { id, method: method.slice(0, MAX_NAME), ...(name && { name }), ...(given && { params: given }) };
}

/** Returns what a request is about: the tool or prompt, the URI, what is completed, or the task. */
function nameIn({ name, uri, ref, taskId }: Record<string, unknown>): string | undefined {
  const subject = name ?? uri ?? (isObject(ref) ? (ref.name ?? ref.uri) : undefined) ?? taskId;
  return typeof subject === 'string' ? subject.slice(0, MAX_NAME) : undefined;
}

/** Returns the responses in a message or batch. */
export function readResponses(message: unknown): SentResponse[] {
  return [message].flat().flatMap((each) => {
    if (!isObject(each) || !('id' in each) || !('result' in each || 'error' in each)) return [];
    const { code, message: text } = isObject(each.error) ? each.error : {};
    const error = { ...(typeof code === 'number' && { code }), message: String(text ?? 'error without a message') };
    return { id: each.id as SentResponse['id'], ...('error' in each ? { error } : { result: each.result }) };
  });
}

/** Returns the message of a tool result with `isError`. */
export function toolError(result: unknown): string | undefined {
  if (!isObject(result) || result.isError !== true) return undefined;
  const texts = [result.content]
    .flat()
    .flatMap((each) => (isObject(each) && each.type === 'text' ? String(each.text) : []));
  return texts.join('\n') || 'the tool failed without a message';
}

/** Returns the revision and the client that a request names. */
export function describeClient({ method, params = {} }: ReceivedRequest): { revision?: string; client?: string } {
  const meta = isObject(params._meta) ? params._meta : {};
  const revision = meta[META.revision] ?? (method === 'initialize' ? params.protocolVersion : undefined);
  const client = clientText(meta[META.client] ?? (method === 'initialize' ? params.clientInfo : undefined));
  return { ...(typeof revision === 'string' && { revision }), ...(client && { client }) };
}

function clientText(info: unknown): string | undefined {
  if (!isObject(info) || typeof info.name !== 'string') return undefined;
  const version = typeof info.version === 'string' ? ` ${info.version}` : '';
  return `${info.title ?? info.name}${version}`.slice(0, MAX_CLIENT);
}

/** Parses JSON; undefined for other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
