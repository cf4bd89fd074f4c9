/** Payload format 1.0: REST APIs of API Gateway, and load balancers. */
import type { HttpEvent } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { API_ID, accountOf, domainName, groupByName, requestHeaders, requestTime, STAGE } from './api.js';
import { type Caller, callerOf, SOURCE_IP, USER_AGENT } from './caller.js';
import type { EventContext } from './event-context.js';
import { type HttpRequest, httpRequest } from './http-request.js';

export function apiGatewayEvent(mapping: HttpEvent, context: EventContext): JsonObject {
  const request = httpRequest(mapping, context.args);
  const headers = singleAndMultiValue([...requestHeaders(request), ...cookieHeader(request)]);
  const query = singleAndMultiValue(request.query.map(({ name, value }) => [name, value]));
  const hasParameters = Object.keys(request.pathParameters).length > 0;
  return {
    resource: request.resource,
    path: request.path,
    httpMethod: request.method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query.single,
    multiValueQueryStringParameters: query.multi,
    pathParameters: hasParameters ? request.pathParameters : null,
    stageVariables: null,
    requestContext: requestContext(request, context),
    body: request.body?.body ?? null,
    isBase64Encoded: request.body?.isBase64Encoded ?? false,
  };
}

function requestContext(request: HttpRequest, context: EventContext): JsonObject {
  const caller = callerOf(context.request);
  return {
    resourceId: API_ID,
    resourcePath: request.resource,
    httpMethod: request.method,
    extendedRequestId: context.invocationId,
    requestTime: requestTime(context.now),
    path: request.path,
    accountId: accountOf(context),
    protocol: 'HTTP/1.1',
    stage: STAGE,
    domainPrefix: API_ID,
    requestTimeEpoch: context.now.getTime(),
    requestId: context.invocationId,
    identity: identityOf(caller),
    domainName: domainName(),
    deploymentId: API_ID,
    apiId: API_ID,
    ...(caller ? { authorizer: { ...caller.claims, principalId: caller.id, claims: caller.claims } } : {}),
  };
}

function identityOf(caller: Caller | undefined): JsonObject {
  const arn = caller?.arn ?? null;
  return {
    cognitoIdentityPoolId: null,
    accountId: arn?.split(':')[4] ?? null,
    cognitoIdentityId: null,
    caller: arn,
    sourceIp: SOURCE_IP,
    principalOrgId: null,
    accessKey: null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: arn,
    userAgent: USER_AGENT,
    user: arn,
  };
}

function cookieHeader({ cookies }: HttpRequest): [string, string][] {
  return cookies.length === 0 ? [] : [['Cookie', cookies.map(({ name, encoded }) => `${name}=${encoded}`).join('; ')]];
}

/** Groups values by name: the last value, and all values. Null without values. */
function singleAndMultiValue(entries: readonly (readonly [name: string, value: string])[]) {
  if (entries.length === 0) return { single: null, multi: null };
  const multi = groupByName(entries);
  return {
    single: Object.fromEntries([...multi].map(([name, values]) => [name, values.at(-1)])),
    multi: Object.fromEntries(multi),
  };
}
