import { randomBytes } from 'node:crypto';
import type { Exchange } from '../../calls/exchange.js';
import { rootOf } from '../../calls/trace-header.js';
import { type HeaderList, requestHeaders } from './headers.js';
import type { MappingContext } from './mapping.js';
import type { RouteMatch } from './route.js';

/** A request with its body and matching route. */
export interface GatewayRequest {
  readonly method: string;
  /** Path with stage and query string, as received. */
  readonly url: string;
  /** Path without the stage or base path; `/` for the root. */
  readonly path: string;
  /** Base path of the custom domain; an empty text for its root, and for requests with a stage. */
  readonly basePath: string;
  readonly rawHeaders: readonly string[];
  /** Headers with lowercase names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly sourceIp: string;
  /** The body without its content encoding. */
  readonly body: Buffer;
  /** The body as received, to which the signature of the request applies. */
  readonly receivedBody: Buffer;
  readonly match: RouteMatch;
  /** Request id of API Gateway, which differs from that of the invocation. */
  readonly requestId: string;
  /** Records the request; absent for other APIs than MCP servers. */
  readonly exchange?: Exchange;
  /** Value of `X-Amzn-Trace-Id` for what the authorization calls. */
  readonly trace?: string;
}

/** The caller after authorization, as in `requestContext`. */
export interface AuthorizedCaller {
  readonly identity: Readonly<
    Partial<Record<'accessKey' | 'accountId' | 'apiKey' | 'apiKeyId' | 'caller' | 'user' | 'userArn', string>>
  >;
  readonly authorizer?: Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;
}

export interface ApiContext {
  readonly apiId: string;
  readonly accountId: string;
  readonly stage: string;
  readonly binaryMediaTypes: readonly string[];
  readonly stageVariables?: Readonly<Record<string, string>>;
}

/** Creates the event of a Lambda proxy integration of a REST API (payload format 1.0). */
export function proxyEvent(request: GatewayRequest, api: ApiContext, caller: AuthorizedCaller) {
  const isBase64Encoded = request.body.length > 0 && isBinary(api.binaryMediaTypes, request.headers['content-type']);
  return {
    ...requestFields(request, api, caller),
    body: request.body.length === 0 ? null : request.body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

/** Returns the fields of a proxy event except the body. REQUEST authorizers receive the same fields. */
export function requestFields(request: GatewayRequest, api: ApiContext, caller: AuthorizedCaller) {
  const { match, method, path, basePath } = request;
  const url = new URL(request.url, 'http://localhost');
  const usesIam = match.route.authorization.type === 'AWS_IAM';
  const headers = singleAndMultiValue([...requestHeaders(request.rawHeaders, usesIam), ...forwarded(request)]);
  const query = singleAndMultiValue([...url.searchParams]);
  const parameters = match.pathParameters;
  return {
    resource: match.route.resourcePath,
    path: basePath + path,
    httpMethod: method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: query.last,
    multiValueQueryStringParameters: query.all,
    pathParameters: Object.keys(parameters).length > 0 ? parameters : null,
    stageVariables: api.stageVariables ?? null,
    requestContext: requestContext(request, api, caller),
  };
}

/** Returns what mapping expressions and templates can read of a request. */
export function mappingContext(request: GatewayRequest, api: ApiContext, caller: AuthorizedCaller): MappingContext {
  return {
    context: requestContext(request, api, caller),
    stageVariables: api.stageVariables ?? {},
    headers: request.headers,
    url: request.url,
    pathParameters: request.match.pathParameters,
  };
}

function requestContext(request: GatewayRequest, api: ApiContext, caller: AuthorizedCaller) {
  const now = new Date();
  const { apiId, accountId, stage } = api;
  const { resourcePath } = request.match.route;
  const host = String(request.headers.host);
  return {
    resourceId: Buffer.from(resourcePath).toString('hex').slice(-6),
    ...(caller.authorizer ? { authorizer: caller.authorizer } : {}),
    resourcePath,
    httpMethod: request.method,
    extendedRequestId: randomBytes(11).toString('base64'),
    requestTime: requestTime(now),
    path: request.url.split('?')[0],
    accountId,
    protocol: 'HTTP/1.1',
    stage,
    domainPrefix: host.split('.')[0],
    requestTimeEpoch: now.getTime(),
    requestId: request.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: null,
      cognitoIdentityId: null,
      caller: null,
      sourceIp: request.sourceIp,
      principalOrgId: null,
      accessKey: null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: null,
      userAgent: request.headers['user-agent'] ?? null,
      user: null,
      ...caller.identity,
    },
    domainName: host,
    deploymentId: 'local',
    apiId,
  };
}

/** Whether a media type is one of the binary media types of the API. */
export function isBinary(binaryMediaTypes: readonly string[], header: string | string[] | undefined): boolean {
  const mediaType = String(header ?? '')
    .split(/[;,]/)[0]
    .trim()
    .toLowerCase();
  return binaryMediaTypes.some((pattern) => {
    if (pattern === '*/*') return true;
    return pattern.endsWith('/*') ? mediaType.startsWith(pattern.slice(0, -1)) : mediaType === pattern.toLowerCase();
  });
}

/** Returns the headers that describe the connection of the client. */
export function forwarded(request: Pick<GatewayRequest, 'headers' | 'sourceIp' | 'requestId'>): HeaderList {
  const before = request.headers['x-forwarded-for'];
  return [
    ['X-Amzn-Trace-Id', `Root=${rootOf(request.requestId)}`],
    ['X-Forwarded-For', before === undefined ? request.sourceIp : `${before}, ${request.sourceIp}`],
    ['X-Forwarded-Port', String(request.headers.host).split(':').at(-1)!],
    ['X-Forwarded-Proto', 'http'],
  ];
}

/** Groups headers or query parameters by name, into single-value (the last value) and multi-value form. */
function singleAndMultiValue(entries: HeaderList) {
  if (entries.length === 0) return { last: null, all: null };
  const all = valuesByName(entries);
  return {
    last: Object.fromEntries([...all].map(([name, values]) => [name, values.at(-1)!])),
    all: Object.fromEntries(all),
  };
}

/** Groups headers or query parameters by name. The result is a map: a client may use the name of any member of objects, such as __proto__. */
export function valuesByName(entries: HeaderList): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of entries) all.set(name, [...(all.get(name) ?? []), value]);
  return all;
}

/** Formats `22/Nov/2026:08:06:00 +0000`. */
export function requestTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
