/** Payload format 2.0: HTTP APIs of API Gateway, and function URLs. */
import type { HttpEvent } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { API_ID, accountOf, domainName, groupByName, requestHeaders, requestTime, STAGE } from './api.js';
import { type Caller, callerOf, SOURCE_IP, USER_AGENT } from './caller.js';
import type { EventContext } from './event-context.js';
import { type HttpRequest, httpRequest } from './http-request.js';
import { percentEncode } from './parameter-styles.js';

/** The path stays percent-encoded, as function URLs pass it on: HTTP APIs decode it, and with it the slashes of values. */
export function httpApiEvent(mapping: HttpEvent, context: EventContext): JsonObject {
  const request = httpRequest(mapping, context.args);
  const { query, cookies, pathParameters, body } = request;
  const routeKey = `${request.method} ${request.resource}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: query.map(({ name, encoded }) => `${percentEncode(name)}=${encoded}`).join('&'),
    ...(cookies.length > 0 ? { cookies: cookies.map(({ name, encoded }) => `${name}=${encoded}`) } : {}),
    headers: joined(requestHeaders(request).map(([name, value]) => [name.toLowerCase(), value])),
    ...(query.length > 0 ? { queryStringParameters: joined(query.map(({ name, value }) => [name, value])) } : {}),
    requestContext: requestContext(request, routeKey, context),
    ...(Object.keys(pathParameters).length > 0 ? { pathParameters } : {}),
    ...(body ? { body: body.body } : {}),
    isBase64Encoded: body?.isBase64Encoded ?? false,
  };
}

function requestContext(request: HttpRequest, routeKey: string, context: EventContext): JsonObject {
  const caller = callerOf(context.request);
  return {
    accountId: accountOf(context),
    apiId: API_ID,
    domainName: domainName(),
    domainPrefix: API_ID,
    http: {
      method: request.method,
      path: request.path,
      protocol: 'HTTP/1.1',
      sourceIp: SOURCE_IP,
      userAgent: USER_AGENT,
    },
    requestId: context.invocationId,
    routeKey,
    stage: STAGE,
    time: requestTime(context.now),
    timeEpoch: context.now.getTime(),
    ...(caller ? { authorizer: authorizerOf(caller) } : {}),
  };
}

/** The caller as JWT authorizers, Lambda authorizers and IAM authorization pass it on. */
function authorizerOf({ id, claims, arn }: Caller): JsonObject {
  return {
    jwt: { claims, scopes: claims.scope?.split(' ') ?? null },
    lambda: { ...claims, principalId: id },
    ...(arn ? { iam: iamOf(arn) } : {}),
  };
}

function iamOf(arn: string): JsonObject {
  const accountId = arn.split(':')[4];
  return {
    accessKey: null,
    accountId,
    callerId: arn,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId: arn,
  };
}

/** Payload format 2.0 joins the values of a name with commas. */
function joined(entries: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  return Object.fromEntries([...groupByName(entries)].map(([name, each]) => [name, each.join(',')]));
}
