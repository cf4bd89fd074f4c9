import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { McpAuth, type McpAuthBindOptions, type McpAuthConfig, McpLambdaServer } from '../../src';
import { logicalId, one, testFunction, testStack } from './support';

function server(auth: McpAuth | undefined, stack = testStack(), registrationAuth?: McpAuth): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { auth, registrationAuth });
}

/** How callers of clients' routes, and of the Registration API, are authorised. */
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

test('iam() is the default for both', () => {
  expect(methodsOf(server(undefined))).toEqual({ clients: each(3, IAM), registration: each(2, IAM) });
  expect(methodsOf(server(McpAuth.iam()))).toEqual({ clients: each(3, IAM), registration: each(2, IAM) });
});

describe('apiKey()', () => {
  test('makes a key and a plan for the stage; the Registration API stays with IAM', () => {
    const mcp = server(McpAuth.apiKey());
    expect(methodsOf(mcp)).toEqual({
      clients: each(3, { AuthorizationType: 'NONE', ApiKeyRequired: true }),
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

  test('takes keys and limits of the user’s', () => {
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
  test('a Lambda authorizer decides', () => {
    const stack = testStack();
    const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack, 'Check') });
    expect(methodsOf(server(McpAuth.custom(authorizer), stack))).toEqual({
      clients: each(3, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: logicalId(authorizer) } }),
      registration: each(2, IAM),
    });
  });

  test('a Cognito user pool decides, with scopes', () => {
    const stack = testStack();
    const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', {
      cognitoUserPools: [new cognito.UserPool(stack, 'Pool')],
    });
    const auth = McpAuth.custom(authorizer, { authorizationScopes: ['mcp/use'] });
    expect(methodsOf(server(auth, stack, auth))).toEqual({
      clients: each(3, { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['mcp/use'] }),
      registration: each(2, { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizationScopes: ['mcp/use'] }),
    });
  });

  test('an authorizer of unknown type is asked all the same', () => {
    expect(methodsOf(server(McpAuth.custom({ authorizerId: 'abc123' }))).clients).toEqual(
      each(3, { AuthorizationType: 'CUSTOM', AuthorizerId: 'abc123' }),
    );
  });
});

describe('none()', () => {
  test('lets anybody in, and says so at synth', () => {
    const mcp = server(McpAuth.none());
    expect(methodsOf(mcp)).toEqual({ clients: each(3, { AuthorizationType: 'NONE' }), registration: each(2, IAM) });
    Annotations.fromStack(Stack.of(mcp)).hasWarning(
      '/Test/Mcp/Auth',
      Match.stringLikeRegexp('anybody who knows the address can call every tool.*cdk-mcp-lambda:noAuth'),
    );
  });

  test('nothing else warns', () => {
    for (const auth of [McpAuth.iam(), McpAuth.apiKey()]) {
      Annotations.fromStack(Stack.of(server(auth))).hasNoWarning('*', Match.anyValue());
    }
  });
});

describe('an auth of the user’s own', () => {
  class ByExample extends McpAuth {
    public readonly bound: string[] = [];

    public constructor(private readonly config: McpAuthConfig) {
      super();
    }

    public bind(scope: Construct, { api }: McpAuthBindOptions): McpAuthConfig {
      this.bound.push(`${scope.node.path} of ${api.node.path} at ${api.deploymentStage.node.id}`);
      return this.config;
    }
  }

  test('is bound once for clients and once for the Registration API, each in a scope of its own', () => {
    const auth = new ByExample({ authorizationType: apigateway.AuthorizationType.IAM });
    server(auth, testStack(), auth);
    expect(auth.bound).toEqual([
      'Test/Mcp/Auth of Test/Mcp/Api at DeploymentStage.prod',
      'Test/Mcp/RegistrationAuth of Test/Mcp/Api at DeploymentStage.prod',
    ]);
  });

  test('that says nothing leaves the door open', () => {
    expect(methodsOf(server(new ByExample({}))).clients).toEqual(each(3, { AuthorizationType: 'NONE' }));
  });
});

describe('registrationAuth is never open', () => {
  test.each([
    ['none()', McpAuth.none()],
    ['apiKey()', McpAuth.apiKey()],
  ])('%s', (_name, auth) => {
    expect(() => server(undefined, testStack(), auth)).toThrow(
      /^Test\/Mcp: registrationAuth must be McpAuth\.iam\(\) or McpAuth\.custom/,
    );
  });
});

describe('grants where callers do not sign', () => {
  test.each([
    ['grantConnect', 'auth'],
    ['grantRegister', 'registrationAuth'],
  ] as const)('%s has nothing to give', (method, prop) => {
    const stack = testStack();
    const auth = McpAuth.custom(
      new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: testFunction(stack, 'Check') }),
    );
    const mcp = server(auth, stack, auth);
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(() => mcp[method](role)).toThrow(`Test/Mcp: ${method}() has nothing to grant: ${prop} is not McpAuth.iam()`);
  });

  test('nothing to give with keys either, and no need with none()', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(() => server(McpAuth.apiKey(), stack).grantConnect(role)).toThrow(/has nothing to grant/);
    const open = new McpLambdaServer(stack, 'Open', { auth: McpAuth.none() });
    expect(() => open.grantConnect(role)).not.toThrow();
  });
});
