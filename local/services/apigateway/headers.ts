/** Header names and values in the order and case in which they came. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

/** Which headers API Gateway drops or renames: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const DROPPED_FROM_REQUESTS = new Set([
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  // API Gateway's own word, whatever the client says
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);
const DROPPED_FROM_RESPONSES = new Set([
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const REMAPPED_IN_RESPONSES = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'max-forwards',
  'server',
  'user-agent',
  'www-authenticate',
]);

/** The headers that a function gets, from the flat list of names and values of `IncomingMessage.rawHeaders`. */
export function requestHeaders(rawHeaders: readonly string[], usesIam: boolean): HeaderList {
  const headers: Array<[string, string]> = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i], rawHeaders[i + 1]];
    if (DROPPED_FROM_REQUESTS.has(name.toLowerCase())) continue;
    // a signature is of no use to the function, and not its business
    if (name.toLowerCase() === 'authorization' && (usesIam || value.startsWith('AWS4-HMAC-SHA256'))) continue;
    headers.push([name, value]);
  }
  return headers;
}

/** The name under which the client gets a header of the function; undefined when it does not get it. */
export function responseHeaderName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (DROPPED_FROM_RESPONSES.has(lower)) return undefined;
  return REMAPPED_IN_RESPONSES.has(lower) ? `x-amzn-Remapped-${lower}` : name;
}
