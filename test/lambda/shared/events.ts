import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { FunctionUrlEvent } from '../../../lambda/shared/function-url.js';

type Overrides = Partial<Omit<APIGatewayProxyEvent, 'requestContext'>> & {
  requestContext?: Partial<Omit<APIGatewayProxyEvent['requestContext'], 'identity'>> & { identity?: object };
};

/** Creates API Gateway's REST proxy event of `POST /mcp` on stage `prod`, with a test's changes. */
export function proxyEvent({ requestContext, ...overrides }: Overrides = {}): APIGatewayProxyEvent {
  return {
    resource: '/mcp',
    path: '/mcp',
    httpMethod: 'POST',
    headers: { Host: 'abc.execute-api.us-east-1.amazonaws.com', 'X-Forwarded-Proto': 'https' },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      path: '/prod/mcp',
      stage: 'prod',
      resourcePath: '/mcp',
      domainName: 'abc.execute-api.us-east-1.amazonaws.com',
      authorizer: null,
      identity: { apiKeyId: null, userArn: null },
      ...requestContext,
    },
    ...overrides,
  } as unknown as APIGatewayProxyEvent;
}

/** The host of the function URL of {@link functionUrlEvent}. */
export const URL_HOST = 'abc123.lambda-url.us-east-1.on.aws';

type UrlOverrides = Partial<Omit<FunctionUrlEvent, 'requestContext'>> & {
  readonly method?: string;
  readonly authorizer?: FunctionUrlEvent['requestContext']['authorizer'];
};

/** Creates the event of a function URL for `POST /mcp`, with a test's changes. */
export function functionUrlEvent({ method = 'POST', authorizer, ...overrides }: UrlOverrides = {}): FunctionUrlEvent {
  const rawPath = overrides.rawPath ?? '/mcp';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    isBase64Encoded: false,
    ...overrides,
    headers: {
      host: URL_HOST,
      'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...overrides.headers,
    },
    requestContext: {
      accountId: authorizer?.iam ? '123456789012' : 'anonymous',
      apiId: 'abc123',
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: URL_HOST,
      domainPrefix: 'abc123',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent/1' },
      requestId: 'b1c2',
      routeKey: '$default',
      stage: '$default',
      time: '27/Nov/2026:04:00:00 +0000',
      timeEpoch: 1_795_752_000_000,
    },
  };
}

/** The caller of a function URL that Lambda authenticated. */
export const iamCaller = (userArn: string) => ({
  iam: {
    accessKey: 'AKIAEXAMPLE',
    accountId: '123456789012',
    callerId: 'AIDAEXAMPLE',
    cognitoIdentity: null,
    principalOrgId: null,
    userArn,
    userId: 'AIDAEXAMPLE',
  },
});
