import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import { McpAuth, McpLambdaServer, type McpLambdaServerProps, type McpOAuthOptions } from '../../src';

const ISSUER = 'https://login.example.com';

function synth(options: Partial<McpOAuthOptions> = {}, props: McpLambdaServerProps = {}, context = {}) {
  const stack = new Stack(new App({ context }), 'Test');
  const server = new McpLambdaServer(stack, 'Mcp', {
    auth: McpAuth.oauth({ issuers: [ISSUER], ...options }),
    ...props,
  });
  return { server, stack, template: Template.fromStack(stack) };
}

/** The text of a value with references, as it is after deployment. */
function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
  return { 'AWS::Region': 'us-east-1', 'AWS::URLSuffix': 'amazonaws.com' }[value.Ref as string] ?? 'api';
}

const BASE = 'https://api.execute-api.us-east-1.amazonaws.com/prod';
const METADATA = `${BASE}/.well-known/oauth-protected-resource/mcp`;

function gatewayResponse(template: Template, type: string) {
  const [properties] = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse'))
    .map(({ Properties }) => Properties)
    .filter(({ ResponseType }) => ResponseType === type);
  return properties;
}

test('protects the routes of clients by a request authorizer without a cache', () => {
  const { template } = synth();
  const [[id, authorizer]] = Object.entries(template.findResources('AWS::ApiGateway::Authorizer'));
  expect(authorizer!.Properties).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
  expect(authorizer!.Properties).not.toHaveProperty('IdentitySource');
  const methods = Object.values(
    template.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'ANY' } }),
  );
  const custom = methods.filter(({ Properties }) => Properties.AuthorizationType === 'CUSTOM');
  expect(custom).toHaveLength(4);
  for (const { Properties } of custom) expect(Properties.AuthorizerId).toEqual({ Ref: id });
});

test('configures the authorizer function, which may log and read the registry', () => {
  const { template } = synth({
    scopes: ['read'],
    jwksUris: { [ISSUER]: `${ISSUER}/keys` },
    groupsClaim: 'roles',
    claims: ['email'],
  });
  const [{ Properties }] = Object.values(
    template.findResources('AWS::Lambda::Function', {
      Properties: { Description: Match.stringLikeRegexp('checks access tokens') },
    }),
  );
  expect(JSON.parse(textOf(Properties.Environment.Variables.MCP_OAUTH))).toEqual({
    issuers: [ISSUER],
    audiences: [`${BASE}/mcp`],
    scopes: ['read'],
    jwksUris: { [ISSUER]: `${ISSUER}/keys` },
    groupsClaim: 'roles',
    claims: ['email'],
    metadataUrl: METADATA,
  });
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => id.includes('AuthRole'));
  expect(policies).toHaveLength(1);
  expect(policies[0]![1].Properties.PolicyDocument.Statement).toEqual([
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
    expect.objectContaining({ Action: ['dynamodb:GetItem', 'dynamodb:Query'] }),
  ]);
});

test('stays outside the VPC', () => {
  const stack = new Stack(new App(), 'Test');
  new McpLambdaServer(stack, 'Mcp', {
    auth: McpAuth.oauth({ issuers: [ISSUER] }),
    vpc: new ec2.Vpc(stack, 'Vpc'),
  });
  const [{ Properties }] = Object.values(
    Template.fromStack(stack).findResources('AWS::Lambda::Function', {
      Properties: { Description: Match.stringLikeRegexp('checks access tokens') },
    }),
  );
  expect(Properties).not.toHaveProperty('VpcConfig');
});

describe('tells clients where to sign in', () => {
  test('by a challenge in 401', () => {
    const { template } = synth({ scopes: ['read', 'write'] });
    const { StatusCode, ResponseParameters, ResponseTemplates } = gatewayResponse(template, 'UNAUTHORIZED');
    expect(StatusCode).toBe('401');
    expect(textOf(ResponseParameters['gatewayresponse.header.WWW-Authenticate'])).toBe(
      `'Bearer scope="read write", resource_metadata="${METADATA}"'`,
    );
    expect(JSON.parse(ResponseTemplates['application/json'])).toMatchObject({ jsonrpc: '2.0', id: null });
  });

  test('by the challenge of the authorizer in 403', () => {
    const { StatusCode, ResponseParameters } = gatewayResponse(synth().template, 'ACCESS_DENIED');
    expect(StatusCode).toBe('403');
    expect(ResponseParameters).toEqual({ 'gatewayresponse.header.WWW-Authenticate': 'context.authorizer.challenge' });
  });

  test('by metadata of the resource, at both paths, without authorization', () => {
    const { template } = synth({ scopes: ['read', 'cost$#'] });
    const gets = Object.values(
      template.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'GET' } }),
    );
    expect(gets).toHaveLength(2);
    for (const { Properties } of gets) {
      expect(Properties.AuthorizationType).toBe('NONE');
      expect(Properties.Integration.Type).toBe('MOCK');
      const text = textOf(Properties.Integration.IntegrationResponses[0].ResponseTemplates['application/json']);
      expect(text).not.toMatch(/[$#]/);
      expect(JSON.parse(text)).toEqual({
        resource: `${BASE}/mcp`,
        authorization_servers: [ISSUER],
        scopes_supported: ['read', 'cost$#'],
        bearer_methods_supported: ['header'],
      });
    }
  });

  test('also in web pages', () => {
    const { template } = synth({}, { allowedOrigins: ['https://inspector.example.com'] });
    for (const type of ['UNAUTHORIZED', 'ACCESS_DENIED', 'AUTHORIZER_FAILURE']) {
      expect(gatewayResponse(template, type).ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers': "'WWW-Authenticate,Retry-After'",
      });
    }
  });
});

test('answers 503 with Retry-After if an issuer is not available', () => {
  expect(gatewayResponse(synth().template, 'AUTHORIZER_FAILURE')).toMatchObject({
    StatusCode: '503',
    ResponseParameters: { 'gatewayresponse.header.Retry-After': "'5'" },
  });
});

test.each([true, false])('redeploys the stage for another authorizer, with the feature flag %s', (flag) => {
  const context = { '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId': flag };
  const deployment = (auth: McpAuth) =>
    Object.keys(synth({}, { auth }, context).template.findResources('AWS::ApiGateway::Deployment'))[0];
  const oauth = deployment(McpAuth.oauth({ issuers: [ISSUER] }));
  expect(oauth).not.toBe(deployment(McpAuth.iam()));
});

describe('rejects', () => {
  test.each<[string, Partial<McpOAuthOptions>, RegExp]>([
    ['no issuers', { issuers: [] }, /issuers is empty: the server would accept no token/],
    [
      'an issuer without https',
      { issuers: ['http://login.example.com'] },
      /issuers: 'http:\/\/login.example.com' is not an https URL/,
    ],
    ['an issuer with a query', { issuers: ['https://login.example.com?a'] }, /not an https URL without query/],
    ['a scope with a space', { scopes: ['a b'] }, /scopes: 'a b' is not a scope/],
    ['a scope that ends the header', { scopes: ["a'"] }, /scopes: 'a'' is not a scope/],
    ['no audiences', { audiences: [] }, /audiences is empty: the server would accept no token/],
    ['no client ids', { clientIds: [] }, /clientIds is empty/],
    [
      'keys of another issuer',
      { jwksUris: { 'https://x': 'https://x/keys' } },
      /jwksUris: 'https:\/\/x' is not one of issuers/,
    ],
    ['keys without https', { jwksUris: { [ISSUER]: 'ftp://x' } }, /jwksUris: 'ftp:\/\/x' is not an https URL/],
  ])('%s', (_, options, message) => {
    expect(() => synth(options)).toThrow(message);
  });

  const auth = McpAuth.oauth({ issuers: [ISSUER], scopes: ['read'] });
  test.each<[string, McpAuth]>([
    ['the same authorization', auth],
    ['the same issuer with fewer scopes', McpAuth.oauth({ issuers: [ISSUER] })],
    ['one issuer more', McpAuth.oauth({ issuers: [ISSUER, 'https://other.example.com'], scopes: ['read'] })],
  ])('%s for clients and registrars', (_, registrationAuth) => {
    expect(() => synth({}, { auth, registrationAuth })).toThrow(/registrationAuth accepts every client of auth/);
  });

  test.each<[string, McpAuth]>([
    ['another scope', McpAuth.oauth({ issuers: [ISSUER], scopes: ['read', 'register'] })],
    ['listed clients', McpAuth.oauth({ issuers: [ISSUER], scopes: ['read'], clientIds: ['pipeline'] })],
    ['another issuer', McpAuth.oauth({ issuers: ['https://other.example.com'], scopes: ['read'] })],
    ['IAM', McpAuth.iam()],
  ])('but not %s for registrars', (_, registrationAuth) => {
    expect(() => synth({}, { auth, registrationAuth })).not.toThrow();
  });
});

test.each<[string, McpLambdaServerProps, number]>([
  ['with HTTP+SSE', {}, 1],
  ['without HTTP+SSE', { legacySse: false }, 0],
  ['for the Registration API only', { auth: McpAuth.iam(), registrationAuth: McpAuth.oauth({ issuers: [ISSUER] }) }, 0],
])('says which tokens clients of /sse need: %s', (_, props, notes) => {
  const { stack } = synth({}, props);
  expect(Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('clients of /sse need'))).toHaveLength(
    notes,
  );
});

test('warns of a Cognito authorizer without scopes', () => {
  const stack = new Stack(new App(), 'Test');
  const pool = new cognito.UserPool(stack, 'Pool');
  const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Users', { cognitoUserPools: [pool] });
  new McpLambdaServer(stack, 'Mcp', { auth: McpAuth.custom(authorizer) });
  Annotations.fromStack(stack).hasWarning('/Test/Mcp/Auth', Match.stringLikeRegexp('accepts ID tokens only'));
});
