import type { APIGatewayProxyEvent } from 'aws-lambda';

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
