import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { McpAuth, type McpAuthBindOptions, type McpAuthConfig, McpLambdaServer } from '../../src';
import { environmentOf, logicalId, one, testFunction, testStack } from './support';

function server(auth: McpAuth | undefined, stack = testStack(), registrationAuth?: McpAuth): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { auth, registrationAuth });
}

/** The authorization of the client routes and of the Registration API. */
function methodsOf(mcp: McpLambdaServer) {
  const methods = Template.fromStack(Stack.of(mcp)).findResources('AWS::ApiGateway::Method');
  const of = (part: RegExp) =>
    Object.entries(methods)
      .filter(([id]) => part.test(id))
      .map(([, { Properties }]) => {
        const { AuthorizationType, AuthorizerId, AuthorizationScopes, ApiKeyRequired } = Properties;
        return { AuthorizationType, AuthorizerId, AuthorizationScopes, ApiKeyRequired };
      });
  return { clients: of(/^McpApi(mcp|sse|message)/), registration: of(/^McpApiregister/) };
}

const IAM = { AuthorizationType: 'AWS_IAM' };
const each = (count: number, expected: object) =>
  Array.from({ length: count }, () => expect.objectContaining(expected));

test('uses iam() by default, for clients and the Registration API', () => {
  expect(methodsOf(server(undefined))).toEqual({ clients: each(4, IAM), registration: each(2, IAM) });
  expect(methodsOf(server(McpAuth.iam()))).toEqual({ clients: each(4, IAM), registration: each(2, IAM) });
});

describe('apiKey()', () => {
  test('defines a key and a usage plan for the stage, and leaves the Registration API with IAM', () => {
    const mcp = server(McpAuth.apiKey());
    expect(methodsOf(mcp)).toEqual({
      clients: each(4, { AuthorizationType: 'NONE', ApiKeyRequired: true }),
      registration: each(2, IAM),
    });
    const stack = Stack.of(mcp);
    const plan = one(stack, 'AWS::ApiGateway::UsagePlan');
    expect(plan.Properties.ApiStages).toMatchObject([{ Stage: { Ref: 'McpApiDeploymentStageprod25EFE640' } }]);
    expect(one(stack, 'AWS::ApiGateway::UsagePlanKey').Properties).toMatchObject({
      KeyId: { Ref: one(stack, 'AWS::ApiGateway::ApiKey').id },
      UsagePlanId: { Ref: plan.id },
    });
  });

  test('accepts existing keys and limits', () => {
    const stack = testStack();
    const keys = ['One', 'Two'].map((id) => new apigateway.ApiKey(stack, id));
    server(
      McpAuth.apiKey({
        apiKeys: keys,
        quota: { limit: 1000, period: apigateway.Period.DAY },
        throttle: { rateLimit: 5, burstLimit: 10 },
      }),
      stack,
    );
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGateway::ApiKey', 2);
    template.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 2);
    expect(one(stack, 'AWS::ApiGateway::UsagePlan').Properties).toMatchObject({
      Quota: { Limit: 1000, Period: 'DAY' },
      Throttle: { RateLimit: 5, BurstLimit: 10 },
    });
  });
});

describe('custom()', () => {
  test('accepts a Lambda authorizer', () => {
    const stack = testStack();
    const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack, 'Check') });
    expect(methodsOf(server(McpAuth.custom(authorizer), stack))).toEqual({
      clients: each(4, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: logicalId(authorizer) } }),
      registration: each(2, IAM),
    });
  });

  test('accepts a Cognito authorizer with scopes', () => {
    const stack = testStack();
    const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', {
      cognitoUserPools: [new cognito.UserPool(stack, 'Pool')],
    });
    const auth = McpAuth.custom(authorizer, { authorizationScopes: ['mcp/use'] });
    const registrationAuth = McpAuth.custom(authorizer, { authorizationScopes: ['mcp/register'] });
    expect(methodsOf(server(auth, stack, registrationAuth))).toEqual({
      clients: each(4, { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['mcp/use'] }),
      registration: each(2, { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['mcp/register'] }),
    });
  });

  test('accepts an authorizer of unknown type', () => {
    expect(methodsOf(server(McpAuth.custom({ authorizerId: 'abc123' }))).clients).toEqual(
      each(4, { AuthorizationType: 'CUSTOM', AuthorizerId: 'abc123' }),
    );
  });
});

describe('none()', () => {
  test('requires no authorization, and adds a warning', () => {
    const mcp = server(McpAuth.none());
    expect(methodsOf(mcp)).toEqual({ clients: each(4, { AuthorizationType: 'NONE' }), registration: each(2, IAM) });
    Annotations.fromStack(Stack.of(mcp)).hasWarning(
      '/Test/Mcp/Auth',
      Match.stringLikeRegexp('every caller who knows the URL can call every tool.*cdk-mcp-lambda:noAuth'),
    );
  });

  test('is the only auth with a warning', () => {
    for (const auth of [McpAuth.iam(), McpAuth.apiKey()]) {
      Annotations.fromStack(Stack.of(server(auth))).hasNoWarning('*', Match.anyValue());
    }
  });
});

describe('a custom subclass of McpAuth', () => {
  class CustomAuth extends McpAuth {
    public readonly bound: string[] = [];

    public constructor(private readonly config: McpAuthConfig) {
      super();
    }

    public bind(scope: Construct, { api }: McpAuthBindOptions): McpAuthConfig {
      this.bound.push(`${scope.node.path} of ${api!.node.path} at ${api!.deploymentStage.node.id}`);
      return this.config;
    }
  }

  test('is bound once for clients and once for the Registration API, in separate scopes', () => {
    const auth = new CustomAuth({ authorizationType: apigateway.AuthorizationType.IAM });
    server(auth, testStack(), auth);
    expect(auth.bound).toEqual([
      'Test/Mcp/Auth of Test/Mcp/Api at DeploymentStage.prod',
      'Test/Mcp/RegistrationAuth of Test/Mcp/Api at DeploymentStage.prod',
    ]);
  });

  test('without an authorization type requires no authorization', () => {
    const mcp = server(new CustomAuth({}));
    expect(methodsOf(mcp).clients).toEqual(each(4, { AuthorizationType: 'NONE' }));
    Annotations.fromStack(Stack.of(mcp)).hasWarning('/Test/Mcp/Auth', Match.stringLikeRegexp('cdk-mcp-lambda:noAuth'));
  });
});

describe('registrationAuth rejects', () => {
  test('the authorizer of auth, if no scope separates registrars from clients', () => {
    const stack = testStack();
    const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack, 'Check') });
    const auth = McpAuth.custom(authorizer);
    expect(() => server(auth, stack, McpAuth.custom(authorizer))).toThrow(/accepts every client of auth/);
  });

  test.each([
    ['none()', McpAuth.none()],
    ['apiKey()', McpAuth.apiKey()],
  ])('%s', (_name, auth) => {
    expect(() => server(undefined, testStack(), auth)).toThrow(
      /^Test\/Mcp: registrationAuth must be McpAuth\.iam\(\), McpAuth\.oauth\(…\) or McpAuth\.custom/,
    );
  });
});

describe('grants without IAM authorization', () => {
  test.each([
    ['grantConnect', 'auth'],
    ['grantRegister', 'registrationAuth'],
    ['grantReadRegistrations', 'registrationAuth'],
  ] as const)('%s() throws', (method, prop) => {
    const stack = testStack();
    const auth = (id: string) =>
      McpAuth.custom(new apigateway.TokenAuthorizer(stack, id, { handler: testFunction(stack, `Check${id}`) }));
    const mcp = server(auth('Clients'), stack, auth('Registrars'));
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(() => mcp[method](role)).toThrow(`Test/Mcp: ${method}() has nothing to grant: ${prop} is not McpAuth.iam()`);
  });

  test('grantConnect() throws with API keys, and does nothing with none()', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(() => server(McpAuth.apiKey(), stack).grantConnect(role)).toThrow(/has nothing to grant/);
    const open = new McpLambdaServer(stack, 'Open', { auth: McpAuth.none() });
    expect(() => open.grantConnect(role)).not.toThrow();
  });
});

describe('the functions know how callers are authorized', () => {
  const authorizationOf = (auth: (stack: Stack) => McpAuth) => {
    const stack = testStack();
    const mcp = server(auth(stack), stack);
    const { httpFunction, sseFunction, messageFunction, registrationFunction } = mcp;
    const of = (fn: typeof httpFunction) => environmentOf(fn).MCP_AUTHORIZATION;
    expect(of(registrationFunction)).toBe('AWS_IAM');
    const clients = [httpFunction, sseFunction!, messageFunction!].map(of);
    expect(new Set(clients).size).toBe(1);
    return clients[0];
  };
  const authorizer = (stack: Stack) =>
    McpAuth.custom(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack) }));
  const users = (stack: Stack) =>
    McpAuth.custom(
      new apigateway.CognitoUserPoolsAuthorizer(stack, 'Users', {
        cognitoUserPools: [new cognito.UserPool(stack, 'Pool')],
      }),
    );

  test.each<[string, (stack: Stack) => McpAuth]>([
    ['AWS_IAM', () => McpAuth.iam()],
    ['API_KEY', () => McpAuth.apiKey()],
    ['CUSTOM', authorizer],
    ['COGNITO_USER_POOLS', users],
    ['NONE', () => McpAuth.none()],
  ])('%s', (authorization, auth) => expect(authorizationOf(auth)).toBe(authorization));

  test('of the Registration API, too', () => {
    const stack = testStack();
    const mcp = server(McpAuth.none(), stack, authorizer(stack));
    expect(environmentOf(mcp.registrationFunction).MCP_AUTHORIZATION).toBe('CUSTOM');
  });

  test('the task runner knows it', () => {
    const mcp = new McpLambdaServer(testStack(), 'Mcp', { tasks: true, auth: McpAuth.apiKey() });
    expect(environmentOf(mcp.taskRunnerFunction!).MCP_AUTHORIZATION).toBe('API_KEY');
  });
});
