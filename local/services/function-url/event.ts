import type { IncomingHttpHeaders } from 'node:http';
import { forwarded, requestTime, valuesByName } from '../apigateway/event.js';
import { type HeaderList, requestHeaders } from '../apigateway/headers.js';

/** A request to a function URL. */
export interface UrlRequest {
  readonly method: string;
  /** Path with the query string, as received. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  /** Headers with lowercase names. */
  readonly headers: IncomingHttpHeaders;
  readonly sourceIp: string;
  readonly body: Buffer;
  readonly requestId: string;
  /** Id of the function URL: the first part of its domain name on AWS. */
  readonly urlId: string;
}

/** The caller of a function URL with `AWS_IAM`, as in `requestContext.authorizer.iam`. */
export interface IamCaller {
  readonly accessKey: string | null;
  readonly accountId: string;
  readonly callerId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** The caller, as in `requestContext`. */
export interface UrlCaller {
  readonly iam?: IamCaller;
  /** Context of the local developer, for a function that checks access tokens itself. */
  readonly lambda?: Readonly<Record<string, string>>;
}

const DEFAULT_ROUTE = '$default';
/** Media types of bodies that the event has as text. */
const TEXT = /^(?:text\/|application\/(?:json|xml|javascript)$)/;

/** Creates the event of a function URL (payload format 2.0). */
export function functionUrlEvent(request: UrlRequest, caller: UrlCaller) {
  const { method, url, headers, body, urlId } = request;
  const [rawPath = '/', ...query] = url.split('?');
  const rawQueryString = query.join('?');
  const parameters = [...new URLSearchParams(rawQueryString)];
  const cookies = headers.cookie?.split(/;\s*/).filter((cookie) => cookie !== '') ?? [];
  const now = new Date();
  const isBase64Encoded = body.length > 0 && !isText(headers);
  const domainName = String(headers.host);
  return {
    version: '2.0',
    routeKey: DEFAULT_ROUTE,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers: joined(eventHeaders(request, caller)),
    ...(parameters.length > 0 && { queryStringParameters: joined(parameters) }),
    requestContext: {
      accountId: caller.iam?.accountId ?? 'anonymous',
      apiId: urlId,
      ...(caller.iam && { authorizer: { iam: { ...caller.iam, cognitoIdentity: null, principalOrgId: null } } }),
      ...(caller.lambda && { authorizer: { lambda: caller.lambda } }),
      domainName,
      domainPrefix: urlId,
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: DEFAULT_ROUTE,
      stage: DEFAULT_ROUTE,
      time: requestTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/** Returns the headers of the event, with lowercase names. Cookies are in a field of their own. */
function eventHeaders(request: UrlRequest, { iam }: UrlCaller): HeaderList {
  return [...requestHeaders(request.rawHeaders, iam !== undefined), ...forwarded(request)]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name !== 'cookie');
}

/** Whether the event has the body as text. An encoded body is binary. */
function isText(headers: IncomingHttpHeaders): boolean {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  return headers['content-encoding'] === undefined && TEXT.test(mediaType.trim().toLowerCase());
}

/** Payload format 2.0 joins the values of a name with commas. */
function joined(entries: HeaderList): Record<string, string> {
  return Object.fromEntries([...valuesByName(entries)].map(([name, values]) => [name, values.join(',')]));
}
