import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { describe, expect, test } from 'vitest';
import { McpAccess, McpAuth, type McpCognitoOptions, McpLambdaServer, McpOAuthClient } from '../../src';
import { testFunction } from './support';

function synth(options?: McpCognitoOptions, stack = new Stack(new App(), 'Test')) {
  new McpLambdaServer(stack, 'Mcp', { auth: McpAuth.cognito(options) });
  return Template.fromStack(stack);
}

/** The text of a value with references, as it is after deployment. */
function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'][1];
  return { 'AWS::Region': 'us-east-1', 'AWS::URLSuffix': 'amazonaws.com' }[value.Ref as string] ?? 'api';
}

function one(template: Template, type: string) {
  const found = Object.values(template.findResources(type));
  expect(found).toHaveLength(1);
  return found[0]!.Properties;
}

const MCP_URL = 'https://api.execute-api.us-east-1.amazonaws.com/prod/mcp';

describe('with default options', () => {
  const template = synth();

  test('defines a user pool without self sign-up, and a domain with managed login', () => {
    expect(one(template, 'AWS::Cognito::UserPool')).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UserPoolTier: 'ESSENTIALS',
    });
    expect(one(template, 'AWS::Cognito::UserPoolDomain')).toMatchObject({ ManagedLoginVersion: 2 });
    expect(one(template, 'AWS::Cognito::ManagedLoginBranding')).toMatchObject({ UseCognitoProvidedValues: true });
  });

  test('defines the server as a resource, and a public client that may request its scope', () => {
    const { Identifier, Scopes } = one(template, 'AWS::Cognito::UserPoolResourceServer');
    expect(textOf(Identifier)).toBe(MCP_URL);
    expect(Scopes).toMatchObject([{ ScopeName: 'use' }]);
    const client = one(template, 'AWS::Cognito::UserPoolClient');
    expect(client).toMatchObject({ GenerateSecret: false, AllowedOAuthFlows: ['code'] });
    expect(client.CallbackURLs).toContain('https://claude.ai/api/mcp/auth_callback');
    expect(client.CallbackURLs.filter((url: string) => url.includes('127.0.0.1'))).toEqual([]);
    expect(client.AllowedOAuthScopes).toHaveLength(1);
  });

  test('requires tokens of the pool for the MCP URL, with the scope', () => {
    const [{ Properties }] = Object.values(
      template.findResources('AWS::Lambda::Function', {
        Properties: { Description: Match.stringLikeRegexp('checks access tokens') },
      }),
    );
    expect(JSON.parse(textOf(Properties.Environment.Variables.MCP_OAUTH))).toMatchObject({
      issuers: ['https://ProviderName'],
      audiences: [MCP_URL],
      scopes: ['use'],
      scopePrefix: `${MCP_URL}/`,
    });
    const [challenge] = Object.values(
      template.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType: 'UNAUTHORIZED' } }),
    );
    const header = challenge!.Properties.ResponseParameters['gatewayresponse.header.WWW-Authenticate'];
    expect(textOf(header)).toContain(`scope="${MCP_URL}/use"`);
  });

  test('outputs the id of the client', () => {
    expect(Object.keys(template.findOutputs('*')).filter((id) => /^McpAuthClientId/.test(id))).toHaveLength(1);
  });
});

test('takes a user pool of the app, and adds a domain on request', () => {
  const stack = new Stack(new App(), 'Test');
  const userPool = new cognito.UserPool(stack, 'Users');
  const template = synth({ userPool, domainPrefix: 'orders', scopes: ['read', 'write'] }, stack);
  expect(one(template, 'AWS::Cognito::UserPoolDomain')).toMatchObject({ Domain: 'orders' });
  expect(one(template, 'AWS::Cognito::UserPoolResourceServer').Scopes).toHaveLength(2);
});

test('takes an imported user pool with its domain', () => {
  const stack = new Stack(new App(), 'Test');
  const userPool = cognito.UserPool.fromUserPoolId(stack, 'Users', 'us-east-1_abc');
  const template = synth({ userPool }, stack);
  template.resourceCountIs('AWS::Cognito::UserPool', 0);
  template.resourceCountIs('AWS::Cognito::UserPoolDomain', 0);
});

test('allows the callbacks of the chosen clients only', () => {
  const clients = [McpOAuthClient.CLAUDE_CODE, McpOAuthClient.custom(['http://127.0.0.1:33418/'])];
  expect(one(synth({ clients }), 'AWS::Cognito::UserPoolClient').CallbackURLs).toEqual([
    'http://localhost:33420/callback',
    'http://127.0.0.1:33418/',
  ]);
});

test('allows dynamic registration with an initial access token, and client metadata documents', () => {
  const template = synth({ dynamicRegistration: true, clientMetadata: ['https://claude.ai/*'] });
  expect(one(template, 'AWS::Cognito::UserPool').DcrConfiguration).toEqual({
    EnableStatus: 'ENABLED',
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: ['authorization_code'],
  });
  expect(one(template, 'AWS::Cognito::CIMDPolicy')).toMatchObject({ URLPatterns: ['https://claude.ai/*'] });
});

test.each<[string, (pool: cognito.CfnUserPool) => void, boolean]>([
  [
    'without an initial access token',
    (pool) => pool.addPropertyOverride('DcrConfiguration.OpenDcrEnabled', true),
    true,
  ],
  ['with an initial access token', () => {}, false],
])('dynamic registration %s', (_, override, isOpen) => {
  const stack = new Stack(new App(), 'Test');
  const userPool = new cognito.UserPool(stack, 'Users');
  new McpLambdaServer(stack, 'Mcp', { auth: McpAuth.cognito({ userPool, dynamicRegistration: true }) });
  override(userPool.node.defaultChild as cognito.CfnUserPool);
  const warnings = Annotations.fromStack(stack).findWarning(
    '*',
    Match.stringLikeRegexp('can register an OAuth client'),
  );
  expect(warnings).toHaveLength(isOpen ? 1 : 0);
});

describe('with the same user pool for the Registration API', () => {
  const stack = new Stack(new App(), 'Test');
  const userPool = new cognito.UserPool(stack, 'Users');
  const domainPrefix = 'orders';
  const mcp = new McpLambdaServer(stack, 'Mcp', {
    auth: McpAuth.cognito({ userPool, domainPrefix }),
    registrationAuth: McpAuth.cognito({ userPool, scopes: ['register'] }),
  });
  mcp.addTool(testFunction(stack), { name: 'refund', access: McpAccess.scopes('write') });
  const template = Template.fromStack(stack);

  test('defines one resource server, with the scopes of both', () => {
    const scopes = one(template, 'AWS::Cognito::UserPoolResourceServer').Scopes;
    expect(scopes.map(({ ScopeName }: { ScopeName: string }) => ScopeName)).toEqual(['use', 'write', 'register']);
  });

  test('lets each app client request the scopes of its own', () => {
    const clients = Object.values(template.findResources('AWS::Cognito::UserPoolClient'));
    const scopesOf = (client: any) =>
      client.Properties.AllowedOAuthScopes.map((each: any) => textOf(each).split('/').at(-1));
    expect(clients.map(scopesOf)).toEqual([['use', 'write'], ['register']]);
  });
});

describe('rejects', () => {
  test.each<[string, McpCognitoOptions, RegExp]>([
    ['no scopes', { scopes: [] }, /scopes is empty/],
    ['a scope with its prefix', { scopes: ['mcp/use'] }, /scopes: 'mcp\/use' is not a scope; use the short name/],
    [
      'a callback without https',
      { clients: [McpOAuthClient.custom(['http://x.example/cb'])] },
      /is not a callback URL/,
    ],
    ['six documents', { clientMetadata: Array.from({ length: 6 }, (_, i) => `https://x${i}.example/*`) }, /6 URLs/],
    ['a document without https', { clientMetadata: ['http://claude.ai/*'] }, /not an https URL/],
  ])('%s', (_, options, message) => {
    expect(() => synth(options)).toThrow(message);
  });

  test('features that the plan of the pool lacks', () => {
    const stack = new Stack(new App(), 'Test');
    const userPool = new cognito.UserPool(stack, 'Users', { featurePlan: cognito.FeaturePlan.LITE });
    expect(() => synth({ userPool, dynamicRegistration: true }, stack)).toThrow(/Essentials or Plus plan/);
  });

  test('dynamic registration at an imported pool', () => {
    const stack = new Stack(new App(), 'Test');
    const userPool = cognito.UserPool.fromUserPoolId(stack, 'Users', 'us-east-1_abc');
    expect(() => synth({ userPool, dynamicRegistration: true }, stack)).toThrow(/is imported/);
  });
});
