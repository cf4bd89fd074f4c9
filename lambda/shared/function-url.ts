import type { APIGatewayProxyEvent, LambdaFunctionURLEvent } from 'aws-lambda';

/** The caller of a function URL with IAM authorization. */
interface IamCaller {
  readonly accessKey?: string | null;
  readonly accountId?: string | null;
  readonly callerId?: string | null;
  readonly cognitoIdentity?: { readonly identityId?: string | null; readonly identityPoolId?: string | null } | null;
  readonly principalOrgId?: string | null;
  readonly userArn?: string | null;
  readonly userId?: string | null;
}

/** A request to a function URL: payload format 2.0. */
export type FunctionUrlEvent = Omit<LambdaFunctionURLEvent, 'requestContext'> & {
  readonly requestContext: LambdaFunctionURLEvent['requestContext'] & {
    readonly authorizer?: { readonly iam?: IamCaller | null } | null;
  };
};

/** The stage of function URLs. The name of a stage of a REST API cannot contain `$`. */
const STAGE = '$default';

/** Whether an event comes from a function URL. Clients have no influence on what is compared. */
export function isFunctionUrlEvent(event: APIGatewayProxyEvent | FunctionUrlEvent): event is FunctionUrlEvent {
  return 'version' in event && event.version === '2.0' && 'http' in event.requestContext;
}

/** Whether an event came from a function URL, before {@link restEvent} translated it. */
export function cameFromFunctionUrl({ requestContext }: APIGatewayProxyEvent): boolean {
  return requestContext.stage === STAGE;
}

/**
 * Translates a request to a function URL into the event of a REST API. The rest of the code knows only that one.
 *
 * @param routes the paths that the function serves, in which `{name}` stands for one segment
 * @returns an event whose `resource` is the route, or empty if the function does not serve the path
 */
export function restEvent(event: FunctionUrlEvent, routes: readonly string[]): APIGatewayProxyEvent {
  const { rawPath, rawQueryString, requestContext } = event;
  const { http, domainName, domainPrefix, requestId } = requestContext;
  const { route = '', parameters } = matchRoute(rawPath, routes) ?? {};
  const query = queryOf(rawQueryString ?? '');
  const headers = headersOf(event);
  return {
    resource: route,
    path: rawPath,
    httpMethod: http.method,
    headers,
    multiValueHeaders: mapValues(headers, (value) => [value]),
    queryStringParameters: query && mapValues(query, (values) => values.at(-1)!),
    multiValueQueryStringParameters: query,
    pathParameters: parameters ?? null,
    stageVariables: null,
    body: event.body ?? null,
    isBase64Encoded: event.isBase64Encoded,
    requestContext: {
      accountId: requestContext.accountId,
      apiId: requestContext.apiId,
      authorizer: null,
      domainName,
      domainPrefix,
      httpMethod: http.method,
      identity: identityOf(event),
      path: rawPath,
      protocol: http.protocol,
      requestId,
      requestTime: requestContext.time,
      requestTimeEpoch: requestContext.timeEpoch,
      resourceId: route,
      resourcePath: route,
      stage: STAGE,
    },
  };
}

/** Finds the route of a path as REST APIs do: they ignore one slash at the end, and decode the values of parameters. */
function matchRoute(path: string, routes: readonly string[]) {
  const segments = path.replace(/(.)\/$/, '$1').split('/');
  for (const route of routes) {
    const pattern = route.split('/');
    if (pattern.length !== segments.length) continue;
    const pairs = pattern.map((expected, i) => [expected, segments[i]!] as const);
    if (!pairs.every(([expected, segment]) => (isParameter(expected) ? segment !== '' : segment === expected)))
      continue;
    const values = pairs.filter(([expected]) => isParameter(expected));
    if (values.length === 0) return { route };
    return { route, parameters: Object.fromEntries(values.map(([name, text]) => [name.slice(1, -1), decode(text)])) };
  }
  return undefined;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

/** Decodes a segment. Malformed text stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The headers by their names, which are in lower case. Lambda joins repeated ones with commas, and passes cookies separately. */
function headersOf({ headers, cookies }: FunctionUrlEvent): Record<string, string> {
  const defined = Object.entries(headers ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (cookies?.length) defined.push(['cookie', cookies.join('; ')]);
  return Object.fromEntries(defined);
}

/** The query parameters by name; null if there are none. */
function queryOf(text: string): Record<string, string[]> | null {
  const query = new URLSearchParams(text);
  if (query.size === 0) return null;
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

/** The caller that Lambda authenticated. No header has a part in it. */
function identityOf({ requestContext }: FunctionUrlEvent): APIGatewayProxyEvent['requestContext']['identity'] {
  const { authorizer, http } = requestContext;
  const iam = authorizer?.iam;
  return {
    accessKey: iam?.accessKey ?? null,
    accountId: iam?.accountId ?? null,
    apiKey: null,
    apiKeyId: null,
    caller: iam?.callerId ?? null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: iam?.cognitoIdentity?.identityId ?? null,
    cognitoIdentityPoolId: iam?.cognitoIdentity?.identityPoolId ?? null,
    principalOrgId: iam?.principalOrgId ?? null,
    sourceIp: http.sourceIp,
    user: iam?.userId ?? null,
    userAgent: http.userAgent,
    userArn: iam?.userArn ?? null,
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
