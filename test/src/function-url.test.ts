import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import {
  McpAccess,
  McpAuth,
  type McpAuthBindOptions,
  type McpAuthConfig,
  McpEndpoint,
  McpLambdaServer,
  type McpLambdaServerProps,
} from '../../src';
import {
  environmentOf,
  logicalId,
  one,
  type Properties,
  propertiesOf,
  statementsOf,
  testFunction,
  testStack,
} from './support';

const ISSUER = 'https://login.example.com';

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  const endpoint = McpEndpoint.functionUrl({ reservedConcurrency: 20 });
  return new McpLambdaServer(stack, 'Mcp', { endpoint, ...props });
}

/** The properties of the function URLs: for clients, and of the Registration API. */
function urlsOf(mcp: McpLambdaServer): [Properties, Properties] {
  const of = (fn: Construct) => propertiesOf(fn.node.findChild('FunctionUrl'));
  return [of(mcp.httpFunction), of(mcp.registrationFunction)];
}

/** A URL of the server, with the logical id of its function URL as the host. */
function addressOf(mcp: McpLambdaServer, url: string): string {
  const [scheme, host, path] = Stack.of(mcp).resolve(url)['Fn::Join'][1];
  const [index, { 'Fn::Split': split }] = host['Fn::Select'];
  expect([index, split[0], split[1]['Fn::GetAtt'][1]]).toEqual([2, '/', 'FunctionUrl']); // the host of https://<host>/
  return scheme + split[1]['Fn::GetAtt'][0] + path;
}

/** The permissions of a function that everyone has. */
function publicPermissions(mcp: McpLambdaServer): Properties[] {
  const found = Template.fromStack(Stack.of(mcp)).findResources('AWS::Lambda::Permission', {
    Properties: { Principal: '*' },
  });
  return Object.values(found).map(({ Properties: { Principal, ...rest } }) => rest);
}

describe('a server at a function URL', () => {
  test('streams /mcp from one URL, and serves the Registration API at another one', () => {
    const mcp = server();
    const [clients, registrars] = urlsOf(mcp);
    const arn = (fn: Construct) => ({ 'Fn::GetAtt': [logicalId(fn), 'Arn'] });
    expect(clients).toEqual({
      AuthType: 'AWS_IAM',
      InvokeMode: 'RESPONSE_STREAM',
      TargetFunctionArn: arn(mcp.httpFunction),
    });
    expect(registrars).toEqual({
      AuthType: 'AWS_IAM',
      InvokeMode: 'BUFFERED',
      TargetFunctionArn: arn(mcp.registrationFunction),
    });
  });

  test('has no REST API and no HTTP+SSE', () => {
    const mcp = server();
    const types = Object.values(Template.fromStack(Stack.of(mcp)).toJSON().Resources as { [id: string]: Properties });
    expect(types.filter(({ Type }) => Type.startsWith('AWS::ApiGateway'))).toEqual([]);
    expect([mcp.sseFunction, mcp.messageFunction, mcp.sseUrl]).toEqual([undefined, undefined, undefined]);
    for (const property of ['api', 'restApiId'] as const) {
      expect(() => mcp[property]).toThrow(
        `Test/Mcp: ${property} is not available: the endpoint of the server is a function URL; use McpEndpoint.restApi()`,
      );
    }
  });

  test('has the URLs of the functions, which are outputs', () => {
    const mcp = server();
    const [http, registration] = [mcp.httpFunction, mcp.registrationFunction].map((fn) =>
      logicalId(fn.node.findChild('FunctionUrl')),
    );
    expect(addressOf(mcp, mcp.mcpUrl)).toBe(`https://${http}/mcp`);
    expect(addressOf(mcp, mcp.registrationUrl)).toBe(`https://${registration}/register`);
    const outputs = Template.fromStack(Stack.of(mcp)).findOutputs('*');
    expect(Object.keys(outputs).map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['McpUrl', 'McpRegistrationUrl']);
    const { resolve } = Stack.of(mcp);
    expect(Object.values(outputs).map(({ Value }) => Value)).toEqual(
      [mcp.mcpUrl, mcp.registrationUrl].map(resolve, Stack.of(mcp)),
    );
  });

  test('keeps its logical ids: a function URL that is replaced has another address', () => {
    const ids = Object.entries(
      Template.fromStack(Stack.of(server({ auth: McpAuth.none() }))).toJSON().Resources as { [id: string]: Properties },
    ).filter(([, { Type }]) => ['AWS::Lambda::Url', 'AWS::Lambda::Permission'].includes(Type));
    expect(ids.map(([id, { Type }]) => `${id} ${Type}`).sort()).toEqual([
      'McpHttpFunctionFunctionUrlDF6E32C3 AWS::Lambda::Url',
      'McpHttpFunctioninvokefunction5923DE04 AWS::Lambda::Permission',
      'McpHttpFunctioninvokefunctionurl4054EE54 AWS::Lambda::Permission',
      'McpRegistrationFunctionFunctionUrl447A3842 AWS::Lambda::Url',
      'McpSweepScheduleAllowEventRuleTestMcpSweeperFunction2FF3CB5AD054C0A1 AWS::Lambda::Permission',
    ]);
  });

  test('deletes the URLs before the lifecycle resource', () => {
    const urls = Template.fromStack(Stack.of(server())).findResources('AWS::Lambda::Url');
    expect(Object.values(urls).map(({ DependsOn }) => DependsOn)).toEqual([
      ['McpLifecycle4AAD0D35'],
      ['McpLifecycle4AAD0D35'],
    ]);
  });

  test('invokes functions that read its URLs', () => {
    const stack = testStack();
    const mcp = server({ auth: McpAuth.cognito(), tasks: true, notifications: true, limits: { listeners: 5 } }, stack);
    mcp.addTool(testFunction(stack, 'Fn', { MCP: mcp.mcpUrl, REGISTER: mcp.registrationUrl }), { name: 'tool' });
    expect(() => Template.fromStack(stack)).not.toThrow(); // it detects cyclic dependencies
  });
});

describe('auth', () => {
  test('iam() is required by Lambda', () => {
    const mcp = server();
    expect(environmentOf(mcp.httpFunction)).toMatchObject({ MCP_AUTHORIZATION: 'AWS_IAM' });
    expect(environmentOf(mcp.registrationFunction)).toMatchObject({ MCP_AUTHORIZATION: 'AWS_IAM' });
    expect(environmentOf(mcp.httpFunction)).not.toHaveProperty('MCP_OAUTH');
    expect(publicPermissions(mcp)).toEqual([]);
  });

  test('none() lets everyone send requests, with a warning', () => {
    const mcp = server({ auth: McpAuth.none() });
    const [clients, registrars] = urlsOf(mcp);
    expect([clients.AuthType, registrars.AuthType]).toEqual(['NONE', 'AWS_IAM']);
    expect(environmentOf(mcp.httpFunction)).toMatchObject({ MCP_AUTHORIZATION: 'NONE' });
    const FunctionName = { 'Fn::GetAtt': [logicalId(mcp.httpFunction), 'Arn'] };
    expect(publicPermissions(mcp)).toEqual([
      { Action: 'lambda:InvokeFunctionUrl', FunctionName, FunctionUrlAuthType: 'NONE' },
      { Action: 'lambda:InvokeFunction', FunctionName, InvokedViaFunctionUrl: true },
    ]);
    Annotations.fromStack(Stack.of(mcp)).hasWarning(
      '/Test/Mcp/Auth',
      'without authorization, every caller who knows the URL can call every tool; use McpAuth.iam(), McpAuth.oauth(…) or ' +
        'McpAuth.cognito(…), except for trials [ack: cdk-mcp-lambda:noAuth]',
    );
  });

  test('oauth() is checked by the function, which puts its own domain into its addresses', () => {
    const mcp = server({ auth: McpAuth.oauth({ issuers: [ISSUER], scopes: ['read'] }) });
    expect(urlsOf(mcp).map(({ AuthType }) => AuthType)).toEqual(['NONE', 'AWS_IAM']);
    expect(publicPermissions(mcp)).toHaveLength(2);
    const { MCP_AUTHORIZATION, MCP_OAUTH } = environmentOf(mcp.httpFunction);
    expect(MCP_AUTHORIZATION).toBe('CUSTOM');
    expect(JSON.parse(MCP_OAUTH as string)).toEqual({
      issuers: [ISSUER],
      audiences: ['https://{domainName}/mcp'],
      scopes: ['read'],
      metadataUrl: 'https://{domainName}/.well-known/oauth-protected-resource/mcp',
    });
    expect(environmentOf(mcp.registrationFunction)).not.toHaveProperty('MCP_OAUTH');
    Annotations.fromStack(Stack.of(mcp)).hasNoWarning('*', Match.anyValue());
  });

  test('oauth() keeps the audiences and clients that it is given', () => {
    const configOf = (options: object) => {
      const mcp = server({ auth: McpAuth.oauth({ issuers: [ISSUER], ...options }) });
      return JSON.parse(environmentOf(mcp.httpFunction).MCP_OAUTH as string);
    };
    expect(configOf({ audiences: ['api://orders'] })).toMatchObject({ audiences: ['api://orders'] });
    expect(configOf({ clientIds: ['a'] })).not.toHaveProperty('audiences');
  });

  test('cognito() defines the URL as the resource, with the scopes of access rules', () => {
    const mcp = server({ auth: McpAuth.cognito(), defaultAccess: McpAccess.scopes('write') });
    const { Identifier, Scopes } = one(Stack.of(mcp), 'AWS::Cognito::UserPoolResourceServer').Properties;
    expect(Identifier).toEqual(Stack.of(mcp).resolve(mcp.mcpUrl));
    expect(Scopes).toMatchObject([{ ScopeName: 'use' }, { ScopeName: 'write' }]);
    const [before, pool, after] = (environmentOf(mcp.httpFunction).MCP_OAUTH as Properties)['Fn::Join'][1];
    expect(pool).toEqual({ 'Fn::GetAtt': [one(Stack.of(mcp), 'AWS::Cognito::UserPool').id, 'ProviderName'] });
    expect(JSON.parse(`${before}pool${after}`)).toEqual({
      issuers: ['https://pool'],
      audiences: ['https://{domainName}/mcp'],
      scopes: ['use'],
      scopePrefix: 'https://{domainName}/mcp/',
      metadataUrl: 'https://{domainName}/.well-known/oauth-protected-resource/mcp',
    });
  });

  test('oauth() is named if the environment of the function is too large for Lambda', () => {
    const audiences = Array.from({ length: 100 }, (_, i) => `https://orders-${i}.example.com/an/audience`);
    const mcp = server({ auth: McpAuth.oauth({ issuers: [ISSUER], audiences }) });
    expect(() => Template.fromStack(Stack.of(mcp))).toThrow(
      /too large: .* for HttpFunction, at most 4096 \(.*auth \d+\)/,
    );
  });

  class OwnAuth extends McpAuth {
    public bind(_scope: Construct, _options: McpAuthBindOptions): McpAuthConfig {
      return { authorizationType: apigateway.AuthorizationType.IAM };
    }
  }

  test.each([
    ['McpAuth.apiKey()', McpAuth.apiKey()],
    ['McpAuth.custom()', McpAuth.custom({ authorizerId: 'abc123' })],
    ['OwnAuth', new OwnAuth()],
  ])('rejects %s', (name, auth) => {
    expect(() => server({ auth })).toThrow(
      `Test/Mcp: auth: ${name} requires a REST API: a function URL has no API keys and no authorizers; ` +
        'use McpAuth.iam(), McpAuth.oauth(…) or McpAuth.cognito(…), or McpEndpoint.restApi()',
    );
  });

  test.each([
    ['none()', McpAuth.none()],
    ['apiKey()', McpAuth.apiKey()],
    ['oauth()', McpAuth.oauth({ issuers: [ISSUER] })],
    ['a custom one', McpAuth.custom({ authorizerId: 'abc123' })],
  ])('rejects %s for the Registration API', (_, registrationAuth) => {
    expect(() => server({ registrationAuth })).toThrow(
      /^Test\/Mcp: registrationAuth must be McpAuth\.iam\(\): the function URL/,
    );
  });

  test('accepts iam() for the Registration API', () => {
    expect(() => server({ registrationAuth: McpAuth.iam() })).not.toThrow();
  });
});

describe('grants', () => {
  const role = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
  const both = (fn: Construct) => [
    {
      actions: ['lambda:InvokeFunctionUrl'],
      resources: [`{${logicalId(fn)}.Arn}`],
      conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    },
    {
      actions: ['lambda:InvokeFunction'],
      resources: [`{${logicalId(fn)}.Arn}`],
      conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    },
  ];

  test('grantConnect() allows the function that serves /mcp, through its URL only', () => {
    const mcp = server();
    const grantee = role(Stack.of(mcp));
    mcp.grantConnect(grantee);
    expect(statementsOf(grantee)).toEqual(both(mcp.httpFunction));
  });

  test('grantRegister() allows the function that serves /register', () => {
    const mcp = server({ auth: McpAuth.none() });
    const grantee = role(Stack.of(mcp));
    mcp.grantRegister(grantee);
    expect(statementsOf(grantee)).toEqual(both(mcp.registrationFunction));
  });

  test('grantConnect() permits principals of other accounts in the policy of the function', () => {
    const mcp = server({}, testStack('Test', { env: { account: '111122223333', region: 'us-east-1' } }));
    mcp.grantConnect(new iam.AccountPrincipal('999999999999'));
    const found = Template.fromStack(Stack.of(mcp)).findResources('AWS::Lambda::Permission', {
      Properties: { Principal: '999999999999' },
    });
    expect(Object.values(found).map(({ Properties: { Action } }) => Action)).toEqual([
      'lambda:InvokeFunctionUrl',
      'lambda:InvokeFunction',
    ]);
  });

  test('grantReadRegistrations() throws: IAM cannot distinguish the methods of a function URL', () => {
    const mcp = server();
    expect(() => mcp.grantReadRegistrations(role(Stack.of(mcp)))).toThrow(
      /^Test\/Mcp: grantReadRegistrations\(\) is not available.*use grantRegister\(\), or McpEndpoint\.restApi\(\)$/,
    );
  });

  test('grantConnect() throws with access tokens, and does not restrict none()', () => {
    const stack = testStack();
    expect(() => server({ auth: McpAuth.cognito() }, stack).grantConnect(role(stack))).toThrow(/has nothing to grant/);
    const open = server({ auth: McpAuth.none() });
    expect(() => open.grantConnect(role(Stack.of(open)))).not.toThrow();
  });
});

describe('allowedOrigins', () => {
  const allowedOrigins = ['https://inspector.example.com'];

  test('with iam() are answered by Lambda, because preflight requests are not signed', () => {
    const [clients, registrars] = urlsOf(server({ allowedOrigins }));
    expect(clients.Cors).toEqual({
      AllowOrigins: allowedOrigins,
      AllowMethods: ['GET', 'POST', 'DELETE'],
      AllowHeaders: expect.arrayContaining(['authorization', 'mcp-protocol-version', 'mcp-session-id', 'x-amz-date']),
      ExposeHeaders: ['Mcp-Session-Id', 'MCP-Protocol-Version', 'Retry-After', 'ETag', 'Location'],
      MaxAge: 7200,
    });
    expect(registrars.Cors.AllowMethods).toEqual(['GET', 'POST', 'PUT', 'DELETE']);
    expect(JSON.stringify([clients.Cors, registrars.Cors])).not.toContain('*');
  });

  test('with other auth are answered by the function', () => {
    const mcp = server({ allowedOrigins, auth: McpAuth.none() });
    expect(urlsOf(mcp)[0]).not.toHaveProperty('Cors');
    expect(environmentOf(mcp.httpFunction).MCP_ALLOWED_ORIGINS).toBe(allowedOrigins[0]);
  });
});

describe('reservedConcurrency', () => {
  const concurrencyOf = (mcp: McpLambdaServer) => propertiesOf(mcp.httpFunction).ReservedConcurrentExecutions;
  const warnings = (mcp: McpLambdaServer) =>
    Annotations.fromStack(Stack.of(mcp))
      .findWarning('*', Match.stringLikeRegexp('functionUrlConcurrency'))
      .map(({ id, entry }) => `${id}: ${entry.data}`);

  test('is that of the endpoint or of limits', () => {
    const limited = server({ endpoint: McpEndpoint.functionUrl(), limits: { reservedConcurrency: 7 } });
    for (const [mcp, expected] of [
      [server(), 20],
      [limited, 7],
    ] as const) {
      expect(concurrencyOf(mcp)).toBe(expected);
      expect(warnings(mcp)).toEqual([]);
    }
  });

  test('has a warning without it: the quota of the account is the only limit', () => {
    const mcp = server({ endpoint: McpEndpoint.functionUrl() });
    expect(concurrencyOf(mcp)).toBeUndefined();
    expect(warnings(mcp)).toEqual([
      '/Test/Mcp: a function URL has no rate limit: without reservedConcurrency, requests can use all concurrent executions of the ' +
        "account's quota, 1,000 by default, and throttle the account's other functions; set reservedConcurrency of " +
        'McpEndpoint.functionUrl() [ack: cdk-mcp-lambda:functionUrlConcurrency]',
    ]);
  });

  test.each([
    [{ limits: { reservedConcurrency: 7 } }, 20, /^Test\/Mcp: reservedConcurrency of endpoint and limits.*remove one/],
    [{}, 0, 'Test/Mcp: reservedConcurrency 0 must be a whole number of executions from 1 to 100000'],
    [
      { notifications: true },
      50,
      'Test/Mcp: reservedConcurrency 50 must be higher than the 50 listeners, which each occupy an execution; raise it, or lower limits.listeners',
    ],
    [
      { notifications: true, maxListeners: 20 },
      20,
      'Test/Mcp: reservedConcurrency 20 must be higher than the 20 listeners, which each occupy an execution; raise it, or lower maxListeners',
    ],
  ])('rejects %o with %d', (props, reservedConcurrency, message) => {
    expect(() => server({ endpoint: McpEndpoint.functionUrl({ reservedConcurrency }), ...props })).toThrow(message);
  });

  test('of limits is named so', () => {
    const props = { endpoint: McpEndpoint.functionUrl(), notifications: true, limits: { reservedConcurrency: 50 } };
    expect(() => server(props)).toThrow(/^Test\/Mcp: limits\.reservedConcurrency 50 must be higher/);
  });
});

describe('what requires a REST API', () => {
  const NO_RATE_LIMIT = 'a function URL has no rate limit; reservedConcurrency limits its requests';
  const NO_VPC = 'a function URL does not stream from a VPC';
  const NO_SSE = 'a function URL does not serve HTTP+SSE';

  test.each<[string, string, string, (stack: Stack) => McpLambdaServerProps]>([
    ['vpc', '', NO_VPC, (stack) => ({ vpc: new ec2.Vpc(stack, 'Vpc') })],
    ['vpcSubnets', '', NO_VPC, () => ({ vpcSubnets: {} })],
    ['securityGroups', '', NO_VPC, () => ({ securityGroups: [] })],
    ['publicUrl', " 'https://example.com'", '', () => ({ publicUrl: 'https://example.com' })],
    ['throttlingRateLimit', ' 5', NO_RATE_LIMIT, () => ({ throttlingRateLimit: 5 })],
    ['throttlingRateLimit', '', NO_RATE_LIMIT, () => ({ throttlingRateLimit: Token.asNumber({}) })],
    ['throttlingBurstLimit', ' 5', NO_RATE_LIMIT, () => ({ throttlingBurstLimit: 5 })],
    [
      'accessLogDestination',
      '',
      '',
      (stack) => ({
        accessLogDestination: new apigateway.LogGroupLogDestination(new logs.LogGroup(stack, 'Access')),
      }),
    ],
    ['legacySse', '', NO_SSE, () => ({ legacySse: true })],
    ['maxSessions', ' 5', NO_SSE, () => ({ maxSessions: 5 })],
    ['maxSessionDuration', ' of 5 minutes', NO_SSE, () => ({ maxSessionDuration: Duration.minutes(5) })],
    ['sessionIdleTimeout', ' of 5 minutes', NO_SSE, () => ({ sessionIdleTimeout: Duration.minutes(5) })],
    ['limits.sessions', ' 5', NO_SSE, () => ({ limits: { sessions: 5 } })],
  ])('rejects %s%s, with the way out', (name, value, reason, props) => {
    const stack = testStack();
    const text = new RegExp(
      `^Test/Mcp: ${name}${value} requires a REST API: ${literal(reason)}.*; remove ${name}, or use McpEndpoint\\.restApi\\(\\)$`,
    );
    expect(() => server(props(stack), stack)).toThrow(text);
  });

  test('accepts one endpoint for several servers', () => {
    const stack = testStack();
    const endpoint = McpEndpoint.functionUrl({ reservedConcurrency: 20 });
    for (const id of ['Orders', 'Billing']) new McpLambdaServer(stack, id, { endpoint, auth: McpAuth.none() });
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Url', 4);
  });

  test('accepts legacySse: false', () => {
    expect(() => server({ legacySse: false })).not.toThrow();
  });
});

describe('options that JavaScript and `any` let pass', () => {
  const withOptions = (options: object) => () =>
    server({ endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 5, ...options }) });

  test.each<[string, object, string]>([
    [
      'a web ACL',
      { webAclArn: 'arn:aws:wafv2:…' },
      "webAclArn 'arn:aws:wafv2:…' requires a REST API: AWS WAF cannot protect a function URL; remove webAclArn, or use McpEndpoint.restApi()",
    ],
    [
      'a domain',
      { domain: { domainName: 'mcp.example.com' } },
      'domain requires a REST API: a function URL has no custom domain; remove domain, or use McpEndpoint.restApi()',
    ],
    [
      'a resource policy',
      { resourcePolicy: new iam.PolicyDocument() },
      'resourcePolicy requires a REST API: auth and grantConnect() define who can call a function URL; ' +
        'remove resourcePolicy, or use McpEndpoint.restApi()',
    ],
    [
      'VPC endpoints',
      { vpcEndpoints: [] },
      'vpcEndpoints requires a REST API: a function URL is on the internet; remove vpcEndpoints, or use McpEndpoint.privateApi()',
    ],
    [
      'a misspelled option',
      { reservedConcurency: 5 },
      "McpEndpoint.functionUrl() has an unknown option 'reservedConcurency'; use reservedConcurrency",
    ],
  ])('rejects %s', (_, options, message) => {
    expect(withOptions(options)).toThrow(new Error(`Test/Mcp: endpoint: ${message}`));
  });

  test('accepts options without a value', () => {
    expect(withOptions({ webAclArn: undefined, reservedConcurency: undefined })).not.toThrow();
  });
});

/** A pattern that matches a text only. */
function literal(text: string): string {
  return text.replace(/[.*+?()]/g, '\\$&');
}
