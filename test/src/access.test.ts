import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { McpAccess, McpAuth, McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { CUSTOM_RESOURCE, ENV } from '../../src/private/contract';
import { environmentOf, one, statementsOf, testFunction, testStack } from './support';

const ISSUER = 'https://login.example.com';
const oauth = (claims?: string[]) => McpAuth.oauth({ issuers: [ISSUER], claims });
const ROLE = 'arn:aws:iam::111122223333:role/Support';

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props });
}

describe('access of a registration', () => {
  test('is part of the definition', () => {
    const stack = testStack();
    server({ auth: oauth(['tier']) }, stack).addTool(testFunction(stack), {
      name: 'refund',
      access: McpAccess.anyOf(
        McpAccess.allOf(McpAccess.scopes('read', 'write'), McpAccess.groups('ops')),
        McpAccess.claim('tier', 'gold'),
      ),
    });
    const { Properties } = one(stack, CUSTOM_RESOURCE.TOOL);
    expect(JSON.parse(Properties.Definition).access).toEqual({
      anyOf: [
        { allOf: [{ scopes: ['read', 'write'] }, { groups: ['ops'] }] },
        { claim: { name: 'tier', value: 'gold' } },
      ],
    });
  });

  test('applies to resources, resource templates and prompts', () => {
    const stack = testStack();
    const mcp = server({}, stack);
    const fn = testFunction(stack);
    const access = McpAccess.principals(ROLE);
    mcp.addResource(fn, { name: 'a', uri: 'docs://a', access });
    mcp.addResourceTemplate(fn, { name: 'b', uriTemplate: 'docs://{b}', access });
    mcp.addPrompt(fn, { name: 'c', access });
    for (const type of [CUSTOM_RESOURCE.RESOURCE, CUSTOM_RESOURCE.RESOURCE_TEMPLATE, CUSTOM_RESOURCE.PROMPT]) {
      expect(JSON.parse(one(stack, type).Properties.Definition).access).toEqual({ principals: [ROLE] });
    }
  });

  test.each<[string, () => McpAccess, RegExp]>([
    ['no scopes', () => McpAccess.scopes(), /\/access\/scopes: must not be empty/],
    ['a scope with a space', () => McpAccess.scopes('read write'), /\/access\/scopes\/0: must be a scope/],
    ['a duplicate', () => McpAccess.groups('a', 'a'), /\/access\/groups\/1: "a" is a duplicate/],
    [
      'a wildcard',
      () => McpAccess.anyOf(McpAccess.principals('arn:*')),
      /\/access\/anyOf\/0\/principals\/0: must be the ARN/,
    ],
    ['an empty claim', () => McpAccess.claim('tier', ''), /\/access\/claim\/value: must not be empty/],
  ])('%s is an error', (_, access, message) => {
    const stack = testStack();
    const mcp = server({ auth: McpAuth.custom(authorizer(stack)) }, stack);
    expect(() => mcp.addTool(testFunction(stack), { name: 'a', access: access() })).toThrow(message);
  });
});

const authorizer = (stack = testStack()) =>
  new apigateway.TokenAuthorizer(stack, 'Check', { handler: testFunction(stack, 'Authorize') });

describe('a rule that applies to no caller is an error', () => {
  const scopes = McpAccess.scopes('read');
  const principals = McpAccess.principals(ROLE);
  test.each<[string, McpAuth, McpAccess, RegExp]>([
    [
      'scopes with IAM',
      McpAuth.iam(),
      scopes,
      /with McpAuth\.iam\(\), callers have no scopes; use McpAccess\.principals/,
    ],
    ['groups with IAM', McpAuth.iam(), McpAccess.groups('a'), /callers have no groups/],
    ['claims with IAM', McpAuth.iam(), McpAccess.claim('a', 'b'), /callers have no claims/],
    ['scopes with API keys', McpAuth.apiKey(), scopes, /with McpAuth\.apiKey\(\), callers have no scopes/],
    ['principals with OAuth', oauth(), principals, /with McpAuth\.oauth\(\), callers have no ARN or API key/],
    ['a claim that functions do not receive', oauth(['a']), McpAccess.claim('b', 'c'), /'b' is not one of claims/],
    ['a part of allOf', oauth(), McpAccess.allOf(scopes, principals), /callers have no ARN/],
    ['all parts of anyOf', McpAuth.iam(), McpAccess.anyOf(scopes, McpAccess.groups('a')), /callers have no scopes/],
    ['any rule without identity', McpAuth.none(), principals, /with McpAuth\.none\(\), callers have no identity/],
    ['a scope that Cognito cannot have', McpAuth.cognito(), McpAccess.scopes('a/b'), /'a\/b' is not a scope/],
  ])('%s', (_, auth, access, message) => {
    const stack = testStack();
    const mcp = server({ auth }, stack);
    expect(() => mcp.addTool(testFunction(stack), { name: 'a', access })).toThrow(message);
    expect(() => server({ auth, defaultAccess: access })).toThrow(message);
  });

  test.each<[string, McpAuth, McpAccess]>([
    ['one part of anyOf is enough', McpAuth.iam(), McpAccess.anyOf(scopes, principals)],
    ['a claim that functions receive', oauth(['a']), McpAccess.claim('a', 'b')],
  ])('%s', (_, auth, access) => {
    expect(() => server({ auth, defaultAccess: access })).not.toThrow();
  });

  test('groups of a Cognito authorizer warn of commas', () => {
    const stack = testStack();
    const users = new cognito.UserPool(stack, 'Users');
    const check = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Check', { cognitoUserPools: [users] });
    const auth = McpAuth.custom(check, { authorizationScopes: ['a'] });
    server({ auth }, stack).addTool(testFunction(stack), { name: 'a', access: McpAccess.groups('ops') });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('joins with commas'));
  });
});

test('defaultAccess is in the environment of the functions that serve MCP', () => {
  const mcp = server({ auth: oauth(), defaultAccess: McpAccess.groups('staff') });
  for (const fn of [mcp.httpFunction, mcp.sseFunction!]) {
    expect(JSON.parse(environmentOf(fn)[ENV.DEFAULT_ACCESS] as string)).toEqual({ groups: ['staff'] });
  }
});

describe('the authorizer', () => {
  const roleOf = (mcp: McpLambdaServer) => mcp.node.findChild('Auth').node.findChild('Role');
  const variablesOf = (stack = testStack()) =>
    one(stack, 'AWS::Lambda::Function', { Description: Match.stringLikeRegexp('checks access tokens') as never })
      .Properties.Environment.Variables;

  test('reads the registry, in which the Registration API may put rules at any time', () => {
    const stack = testStack();
    const mcp = server({ auth: oauth() }, stack);
    expect(statementsOf(roleOf(mcp)).slice(1)).toEqual([
      { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: ['{McpRegistryTable52F56A52.Arn}'] },
    ]);
    expect(variablesOf(stack)).toMatchObject({ [ENV.REGISTRY_TABLE]: expect.anything() });
  });

  test('reads it, with its key, for defaultAccess', () => {
    const stack = testStack();
    const mcp = server(
      { auth: oauth(), defaultAccess: McpAccess.scopes('use'), encryptionKey: new kms.Key(stack, 'Key') },
      stack,
    );
    expect(statementsOf(roleOf(mcp)).map(({ actions }) => actions[0])).toContain('kms:Decrypt');
    expect(variablesOf(stack)).toMatchObject({ [ENV.DEFAULT_ACCESS]: '{"scopes":["use"]}' });
  });

  test('of the Registration API only logs', () => {
    const stack = testStack();
    const mcp = server({ registrationAuth: oauth() }, stack);
    expect(statementsOf(mcp.node.findChild('RegistrationAuth').node.findChild('Role'))).toHaveLength(1);
    expect(variablesOf(stack)).not.toHaveProperty(ENV.REGISTRY_TABLE);
  });
});

test('the scopes of rules are scopes of the resource server and its client in Cognito', () => {
  const stack = testStack();
  const mcp = server({ auth: McpAuth.cognito({ scopes: ['use'] }) }, stack);
  mcp.addTool(testFunction(stack), { name: 'refund', access: McpAccess.scopes('write') });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
    Scopes: [Match.objectLike({ ScopeName: 'use' }), Match.objectLike({ ScopeName: 'write' })],
  });
  const [{ Properties }] = Object.values(template.findResources('AWS::Cognito::UserPoolClient')) as any;
  expect(JSON.stringify(Properties.AllowedOAuthScopes)).toContain('/write');
});

describe('limits of callers', () => {
  test('are in the environment of the functions that serve MCP, and in the definition of a tool', () => {
    const stack = testStack();
    const mcp = server({ limits: { caller: { rate: 0.5, burst: 10, dailyCalls: 1000 } } }, stack);
    mcp.addTool(testFunction(stack), { name: 'search', limit: { dailyCalls: 5 } });
    const limits = JSON.parse(environmentOf(mcp.httpFunction)[ENV.CALLER_LIMITS] as string);
    expect(limits).toEqual({ rate: 0.5, burst: 10, dailyCalls: 1000 });
    expect(JSON.parse(one(stack, CUSTOM_RESOURCE.TOOL).Properties.Definition).limit).toEqual({ dailyCalls: 5 });
  });

  test('need no permission beyond those of sessions, and one without legacySse', () => {
    const sessions = (mcp: McpLambdaServer) =>
      statementsOf(mcp.runtimeRole).find(({ resources }) => resources[0]!.includes('SessionTable'))!.actions;
    expect(sessions(server({ legacySse: false }))).toEqual([
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  test.each<[string, McpLambdaServerProps, RegExp]>([
    ['a rate of 0', { limits: { caller: { rate: 0 } } }, /limits\.caller\.rate must be a number of calls per second/],
    ['a burst alone', { limits: { caller: { burst: 2 } } }, /limits\.caller must have rate, dailyCalls or both/],
    [
      'fractions of calls',
      { limits: { caller: { dailyCalls: 1.5 } } },
      /limits\.caller\.dailyCalls must be a whole number/,
    ],
    [
      'no identity',
      { limits: { caller: { rate: 1 } }, auth: McpAuth.none() },
      /limits\.caller requires callers with an identity/,
    ],
  ])('%s is an error', (_, props, message) => {
    expect(() => server(props)).toThrow(message);
  });

  test('a tool cannot have a limit without identity, or one that limits nothing', () => {
    const stack = testStack();
    const open = server({ auth: McpAuth.none() }, stack);
    expect(() => open.addTool(testFunction(stack), { name: 'a', limit: { rate: 1 } })).toThrow(
      /limit requires callers/,
    );
    const other = testStack();
    expect(() => server({}, other).addTool(testFunction(other), { name: 'a', limit: {} })).toThrow(
      /\/limit: must have rate, dailyCalls or both/,
    );
  });
});
