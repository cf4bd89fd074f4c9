/** Header names and values in their original order and case. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

// API Gateway drops or remaps these headers: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
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
  // set by API Gateway
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

/**
 * Returns the headers that a function receives.
 * @param rawHeaders alternating names and values, as in `IncomingMessage.rawHeaders`
 * @param usesIam whether the method has IAM authorization
 */
export function requestHeaders(rawHeaders: readonly string[], usesIam: boolean): HeaderList {
  const headers: Array<[string, string]> = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i], rawHeaders[i + 1]];
    if (DROPPED_FROM_REQUESTS.has(name.toLowerCase())) continue;
    // API Gateway removes signatures
    if (name.toLowerCase() === 'authorization' && (usesIam || value.startsWith('AWS4-HMAC-SHA256'))) continue;
    headers.push([name, value]);
  }
  return headers;
}

/** Returns the name of a function's response header for the client; undefined for dropped headers. */
export function responseHeaderName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (DROPPED_FROM_RESPONSES.has(lower)) return undefined;
  return REMAPPED_IN_RESPONSES.has(lower) ? `x-amzn-Remapped-${lower}` : name;
}
