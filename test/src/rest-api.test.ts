import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { logicalId, one, type Properties, testStack, text } from './support';

function server(props?: McpLambdaServerProps, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', props);
}

/** The methods, by the paths of their resources. */
function methodsOf(mcp: McpLambdaServer): { [path: string]: Properties } {
  const template = Template.fromStack(Stack.of(mcp));
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const path = (id: string): string => {
    const { PathPart, ParentId } = resources[id]!.Properties;
    return `${ParentId.Ref ? path(ParentId.Ref) : ''}/${PathPart}`;
  };
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => Properties);
  return Object.fromEntries(methods.map((method) => [`${method.HttpMethod} ${path(method.ResourceId.Ref)}`, method]));
}

test('every route accepts any method, with IAM authorization', () => {
  const methods = methodsOf(server());
  expect(Object.keys(methods)).toEqual([
    'ANY /mcp',
    'ANY /mcp/{toolset}',
    'ANY /sse',
    'ANY /message',
    'ANY /register',
    'ANY /register/{id}',
  ]);
  for (const method of Object.values(methods)) {
    expect(method).toMatchObject({ AuthorizationType: 'AWS_IAM', Integration: { Type: 'AWS_PROXY' } });
    expect(method).not.toHaveProperty('ApiKeyRequired', true);
  }
});

test('/mcp and /sse stream for as long as a function can run; the other routes are buffered', () => {
  const mcp = server();
  const methods = methodsOf(mcp);
  const integration = (path: string) => {
    const { Uri, ResponseTransferMode, TimeoutInMillis } = methods[`ANY ${path}`]!.Integration;
    return { uri: text(Uri), mode: ResponseTransferMode, timeout: TimeoutInMillis };
  };
  const streaming = (fn: string) =>
    `arn:{Partition}:apigateway:{Region}:lambda:path/2021-11-15/functions/{${fn}.Arn}/response-streaming-invocations`;
  const buffered = (fn: string) =>
    `arn:{Partition}:apigateway:{Region}:lambda:path/2015-03-31/functions/{${fn}.Arn}/invocations`;
  for (const [path, fn] of [
    ['/mcp', mcp.httpFunction],
    ['/mcp/{toolset}', mcp.httpFunction],
    ['/sse', mcp.sseFunction!],
  ] as const) {
    expect(integration(path)).toEqual({ uri: streaming(logicalId(fn)), mode: 'STREAM', timeout: 900_000 });
  }
  for (const [path, fn] of [
    ['/message', mcp.messageFunction!],
    ['/register', mcp.registrationFunction],
    ['/register/{id}', mcp.registrationFunction],
  ] as const) {
    expect(integration(path)).toEqual({ uri: buffered(logicalId(fn)), mode: undefined, timeout: undefined });
  }
});

describe('gateway responses', () => {
  const responsesOf = (props?: McpLambdaServerProps): { [type: string]: Properties } => {
    const found = Template.fromStack(Stack.of(server(props))).findResources('AWS::ApiGateway::GatewayResponse');
    return Object.fromEntries(Object.values(found).map(({ Properties }) => [Properties.ResponseType, Properties]));
  };
  const ORIGIN = 'gatewayresponse.header.Access-Control-Allow-Origin';

  test('say that a call without a response may have run', () => {
    const responses = responsesOf();
    expect(Object.keys(responses).sort()).toEqual(['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT']);
    expect([responses.INTEGRATION_FAILURE.StatusCode, responses.INTEGRATION_TIMEOUT.StatusCode]).toEqual([
      '503',
      '504',
    ]);
    for (const { ResponseTemplates, ResponseParameters } of Object.values(responses)) {
      const body = ResponseTemplates['application/json'].replace('$context.requestId', 'r-1');
      expect(JSON.parse(body)).toEqual({ message: expect.stringContaining('the call may have run'), requestId: 'r-1' });
      expect(ResponseParameters).toBeUndefined();
    }
  });

  test('are readable for any web page if the server has allowed origins', () => {
    const responses = responsesOf({ allowedOrigins: ['https://a.example'] });
    const types = ['DEFAULT_4XX', 'DEFAULT_5XX', 'INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT'];
    expect(Object.keys(responses).sort()).toEqual(types);
    for (const { ResponseParameters } of Object.values(responses)) {
      expect(ResponseParameters).toEqual({ [ORIGIN]: "'*'" }); // without credentials
    }
  });
});

test('API Gateway can invoke each function for its own routes, but not for test invocations', () => {
  const permissions = Object.values(
    Template.fromStack(Stack.of(server())).findResources('AWS::Lambda::Permission', {
      Properties: { Principal: 'apigateway.amazonaws.com' },
    }),
  );
  const sources = permissions.map(({ Properties }) => text(Properties.SourceArn).split('/').slice(1).join('/'));
  const stage = '{McpApiDeploymentStageprod25EFE640}';
  expect(sources).toEqual([
    `${stage}/*/mcp`,
    `${stage}/*/mcp/*`,
    `${stage}/*/sse`,
    `${stage}/*/message`,
    `${stage}/*/register`,
    `${stage}/*/register/*`,
  ]);
});

test('the API is regional, and does not change account settings', () => {
  const stack = Stack.of(server({ serverName: 'orders' }));
  expect(one(stack, 'AWS::ApiGateway::RestApi').Properties).toMatchObject({
    Name: 'orders',
    EndpointConfiguration: { Types: ['REGIONAL'] },
  });
  Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Account', 0);
});

describe('throttling', () => {
  const settings = (props?: McpLambdaServerProps) => {
    const { MethodSettings } = one(Stack.of(server(props)), 'AWS::ApiGateway::Stage').Properties;
    expect(MethodSettings).toHaveLength(1);
    return MethodSettings[0];
  };

  test('is on by default, for all routes', () => {
    expect(settings()).toMatchObject({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 100,
      ThrottlingBurstLimit: 200,
    });
  });

  test('throttlingRateLimit and throttlingBurstLimit', () => {
    expect(settings({ throttlingRateLimit: 5, throttlingBurstLimit: 10 })).toMatchObject({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 10,
    });
  });
});

describe('access log', () => {
  test('is off by default, because it requires a role of the account', () => {
    expect(one(Stack.of(server()), 'AWS::ApiGateway::Stage').Properties).not.toHaveProperty('AccessLogSetting');
  });

  test('accessLogDestination excludes query strings, which contain session ids', () => {
    const stack = testStack();
    const group = new logs.LogGroup(stack, 'Access');
    server({ accessLogDestination: new apigateway.LogGroupLogDestination(group) }, stack);
    const { AccessLogSetting } = one(stack, 'AWS::ApiGateway::Stage').Properties;
    expect(AccessLogSetting.DestinationArn).toEqual({ 'Fn::GetAtt': [logicalId(group), 'Arn'] });
    const format = JSON.parse(AccessLogSetting.Format);
    expect(format).toMatchObject({ requestId: '$context.requestId', resourcePath: '$context.resourcePath' });
    expect(AccessLogSetting.Format).not.toMatch(/\$context\.path|querystring/);
  });
});

test('deletes the stage before the lifecycle resource, and that before its dependencies', () => {
  const { Resources } = Template.fromStack(Stack.of(server())).toJSON();
  const dependencies = (id: string): Set<string> => {
    const { Properties, DependsOn = [] } = Resources[id];
    const references = JSON.stringify(Properties ?? {}).matchAll(/"(?:Ref":|Fn::GetAtt":\[)"(\w+)"/g);
    const direct = [...DependsOn, ...[...references].map((each) => each[1])].filter((each) => each in Resources);
    return new Set(direct.flatMap((each) => [each, ...dependencies(each)]));
  };
  expect([...dependencies('McpApiDeploymentStageprod25EFE640')]).toContain('McpLifecycle4AAD0D35');
  const needed = [...dependencies('McpLifecycle4AAD0D35')].map((id) => id.replace(/\w{8}$/, ''));
  expect(needed).toEqual(
    expect.arrayContaining([
      'McpRegistrationProvider',
      'McpRegistrationProviderRole',
      'McpRegistrationProviderRoleDefaultPolicy',
      'McpRegistryTable',
      'McpSessionTable',
      'McpRuntimeRole',
      'McpSseFunction',
      'McpHttpFunction',
      'McpMessageFunction',
      'McpLogGroup',
    ]),
  );
  expect(needed.filter((id) => id.startsWith('McpApi'))).toEqual([]);
});

test('updates the lifecycle resource with the role: permission statements refer to the role by its unique id', () => {
  const mcp = server();
  expect(one(Stack.of(mcp), 'Custom::McpLambdaServer').Properties.RuntimeRole).toEqual({
    'Fn::GetAtt': [logicalId(mcp.runtimeRole), 'RoleId'],
  });
});
