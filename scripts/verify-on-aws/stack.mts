import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { McpEvent } from '../../src/event.js';
import { McpLambdaServer } from '../../src/mcp-lambda-server.js';
import { ENV } from '../../src/private/contract.js';
import { McpInvokeMode } from '../../src/registration-options.js';
import { McpSchema } from '../../src/schema.js';
import { McpTaskSupport } from '../../src/tool.js';
import { defineOAuthServer } from './oauth-stack.mjs';
import { defineUrlServers } from './url-stack.mjs';

export interface AppOptions {
  /** Unique id of the run, part of every name. */
  readonly run: string;
  /**
   * The version of the server. `second` adds a tool, renames one, replaces the runtime role, creates session queues without tags, and
   * deletes a role that a function permits. If absent, the app has only the other team's functions.
   */
  readonly server?: 'first' | 'second';
  /** Whether the second version leaves the Message function no concurrency, which Lambda may refuse in an account with a small quota. */
  readonly noConcurrency?: boolean;
  /** Shorter SSE sessions and ping intervals, in seconds. */
  readonly session?: { readonly seconds: number; readonly pingSeconds: number };
  /** Whether to add a Python function. */
  readonly python?: boolean;
  /** Whether to add a stack with a server in isolated subnets. */
  readonly vpc?: boolean;
  /** Whether to add a stack with a server whose callers have access tokens. */
  readonly oauth?: boolean;
  /** Whether to add a stack with servers at function URLs. */
  readonly urls?: boolean;
}

/** A web page that may call the server. */
export const ORIGIN = 'https://verify.example.com';

/** Names of the stacks of a run, in deployment order. */
export const stacksOf = (run: string) => ({
  external: `McpVerify-${run}-External`,
  server: `McpVerify-${run}-Server`,
  vpc: `McpVerify-${run}-Vpc`,
  oauth: `McpVerify-${run}-OAuth`,
  urls: `McpVerify-${run}-Urls`,
});

/** Writes the cloud assembly of a run. */
export function synthesise(outdir: string, options: AppOptions): void {
  const app = new App({ outdir, analyticsReporting: false });
  const names = stacksOf(options.run);
  defineExternalFunctions(new Stack(app, names.external), options);
  if (options.server) defineServer(new Stack(app, names.server), options);
  if (options.oauth) defineOAuthServer(new Stack(app, names.oauth), options.run);
  if (options.urls) {
    const stack = new Stack(app, names.urls);
    defineUrlServers(stack, options.run, verifyFunction(stack, 'steps', logGroup(stack, 'FunctionLogs')));
  }
  if (options.vpc) defineVpcServer(new Stack(app, names.vpc), options.run);
  const excludeResourceTypes = options.server === 'second' ? ['AWS::SQS::Queue'] : [];
  for (const stack of app.node.children) Tags.of(stack).add('mcp-verify', options.run, { excludeResourceTypes });
  app.synth();
}

/** How many functions a server registers to have their permissions renewed. */
export const MANY = 10;
/** Name of a function's statement whose principal, a role, is deleted later. */
const RETIRED = 'Retired';

/**
 * Functions of another team: with the opt-in tag and without it, with an alias, many that serve one server, and one that permits a role which
 * the second version deletes.
 */
function defineExternalFunctions(stack: Stack, { run, server }: AppOptions): void {
  const functionLogs = logGroup(stack, 'Logs');
  const define = (id: string, tagged = true) => {
    const fn = new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => "from another team";'),
      logGroup: functionLogs,
    });
    if (tagged) Tags.of(fn).add('mcp-server', `verify-${run}`);
    new CfnOutput(stack, `${id}Arn`, { value: fn.functionArn });
    return fn;
  };
  const alias = define('Tagged').addAlias('live');
  new CfnOutput(stack, 'AliasArn', { value: alias.functionArn });
  define('Untagged', false);
  for (let i = 0; i < MANY; i += 1) define(`Many${i}`);
  permitRetiredRole(define('Shared'), `verify-${run}-retired`, server !== 'second');
}

/** Permits a role, which the stack has or has no longer, to invoke a function. */
function permitRetiredRole(fn: lambda.Function, roleName: string, exists: boolean): void {
  const stack = Stack.of(fn);
  const permission = new lambda.CfnPermission(stack, RETIRED, {
    functionName: fn.functionName,
    action: 'lambda:InvokeFunction',
    // by name, so that the permission stays when the role goes
    principal: stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName }),
  });
  if (!exists) return;
  const assumedBy = new iam.AccountRootPrincipal();
  permission.node.addDependency(new iam.Role(stack, `${RETIRED}Role`, { roleName, assumedBy }));
}

function defineServer(stack: Stack, { run, server: version, session, python, noConcurrency }: AppOptions): void {
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: `verify-${run}`,
    removalPolicy: RemovalPolicy.DESTROY,
    notifications: true,
    maxListenerDuration: Duration.minutes(1),
    maxSessions: 60,
    throttlingRateLimit: 50,
    throttlingBurstLimit: 100,
    allowedOrigins: [ORIGIN],
    resultBucket: new s3.Bucket(stack, 'Results', {
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    }),
  });
  if (session) {
    server.sseFunction?.addEnvironment(ENV.MAX_SESSION_SECONDS, String(session.seconds));
    server.sseFunction?.addEnvironment(ENV.PING_SECONDS, String(session.pingSeconds));
  }
  const functionLogs = logGroup(stack, 'FunctionLogs');
  const fn = (handler: string, more: Partial<lambda.FunctionProps> = {}) =>
    verifyFunction(stack, handler, functionLogs, more);

  const echo = fn('echo');
  const stream = { invokeMode: McpInvokeMode.RESPONSE_STREAM, timeout: Duration.minutes(1) };
  server.addTool(echo, { name: 'echo', inputSchema: object({ message: 'string' }) });
  server.addTool(echo, { name: version === 'first' ? 'before' : 'after' });
  if (version === 'second') server.addTool(echo, { name: 'added' });
  server.addTool(fn('steps'), {
    name: 'steps',
    inputSchema: object({ count: 'integer', pauseMs: 'integer' }),
    ...stream,
  });
  server.addTool(fn('bulk'), { name: 'bulk', inputSchema: object({ characters: 'integer' }), ...stream });
  server.addTool(fn('watch'), {
    name: 'watch',
    inputSchema: object({ run: 'string', rounds: 'integer' }),
    event: McpEvent.request(),
    taskSupport: McpTaskSupport.REQUIRED,
    timeout: Duration.seconds(10),
  });
  server.addResource(fn('page'), { name: 'page', uri: 'verify://page' });
  for (const name of ['publish', 'forge']) {
    const publisher = fn(name, { environment: { SESSION_TABLE: server.sessionTable.tableName } });
    server.grantNotify(publisher);
    server.addTool(publisher, { name, inputSchema: name === 'publish' ? object({ uri: 'string' }) : undefined });
  }
  if (python)
    server.addTool(pythonFunction(stack, functionLogs), { name: 'python', inputSchema: object({ n: 'integer' }) });
  const prober = fn('addPermission', { role: server.registrationFunction.role, logGroup: undefined });

  const remover = fn('removePermission', { role: removerRole(stack, server.runtimeRole), logGroup: undefined });

  const role = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
  const callers = { Alice: role('Alice'), Bob: role('Bob'), Registrar: role('Registrar') };
  server.grantConnect(callers.Alice);
  server.grantConnect(callers.Bob);
  server.grantRegister(callers.Registrar);

  // last, so that every grant above refers to the new logical id
  if (version === 'second') {
    (server.runtimeRole.node.defaultChild as iam.CfnRole).overrideLogicalId('ReplacedRuntimeRole');
  }
  if (version === 'second' && noConcurrency) {
    (server.messageFunction!.node.defaultChild as lambda.CfnFunction).reservedConcurrentExecutions = 0;
  }

  const outputs: Record<string, string> = {
    Mcp: server.mcpUrl,
    Sse: server.sseUrl!,
    Message: `${server.url}/message`,
    Register: server.registrationUrl,
    ServerId: server.serverId,
    SessionTable: server.sessionTable.tableName,
    FunctionLogGroup: functionLogs.logGroupName,
    ProberName: prober.functionName,
    RemoverName: remover.functionName,
    RuntimeRoleArn: server.runtimeRole.roleArn,
    ...Object.fromEntries(Object.entries(callers).map(([id, { roleArn }]) => [`${id}Arn`, roleArn])),
  };
  for (const [id, value] of Object.entries(outputs))
    new CfnOutput(stack, `Verify${id}`, { value }).overrideLogicalId(id);
}

/** A function of the folder `functions`. */
function verifyFunction(
  stack: Stack,
  handler: string,
  logGroup: logs.ILogGroup,
  more: Partial<lambda.FunctionProps> = {},
): lambda.Function {
  return new lambda.Function(stack, handler, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: `index.${handler}`,
    code: lambda.Code.fromAsset(join(import.meta.dirname, 'functions')),
    timeout: Duration.minutes(1),
    logGroup,
    ...more,
  });
}

/** A role that may remove the statements of one principal from all functions, whatever their tags. */
function removerRole(stack: Stack, principal: iam.IRole): iam.Role {
  const role = new iam.Role(stack, 'Remover', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['lambda:RemovePermission'],
      resources: [stack.formatArn({ service: 'lambda', resource: 'function:*' })],
      conditions: { StringEquals: { 'lambda:Principal': principal.roleArn } },
    }),
  );
  return role;
}

function pythonFunction(stack: Stack, logGroup: logs.ILogGroup): lambda.Function {
  return new lambda.Function(stack, 'python', {
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: 'index.handler',
    code: lambda.Code.fromInline(
      [
        'def handler(event, context):',
        '    if event["n"] < 0:',
        '        raise ValueError("negative input")',
        '    return {"root": event["n"] ** 0.5, "method": context.client_context.custom["mcpMethod"]}',
      ].join('\n'),
    ),
    logGroup,
  });
}

/** A server whose functions reach AWS only through VPC endpoints. */
function defineVpcServer(stack: Stack, run: string): void {
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  vpc.addGatewayEndpoint('DynamoDb', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
  vpc.addInterfaceEndpoint('Sqs', { service: ec2.InterfaceVpcEndpointAwsService.SQS });
  vpc.addInterfaceEndpoint('Lambda', { service: ec2.InterfaceVpcEndpointAwsService.LAMBDA });
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: `verify-${run}-vpc`,
    removalPolicy: RemovalPolicy.DESTROY,
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  });
  const echo = verifyFunction(stack, 'echo', logGroup(stack, 'FunctionLogs'));
  server.addTool(echo, { name: 'echo', inputSchema: object({ message: 'string' }) });
  const alice = new iam.Role(stack, 'Alice', { assumedBy: new iam.AccountRootPrincipal() });
  server.grantConnect(alice);
  const outputs = { Mcp: server.mcpUrl, Sse: server.sseUrl!, AliceArn: alice.roleArn };
  for (const [id, value] of Object.entries(outputs))
    new CfnOutput(stack, `Verify${id}`, { value }).overrideLogicalId(id);
}

function logGroup(stack: Stack, id: string): logs.LogGroup {
  return new logs.LogGroup(stack, id, {
    retention: logs.RetentionDays.ONE_DAY,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function object(types: Record<string, string>): McpSchema {
  return McpSchema.fromObject({
    type: 'object',
    properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
    required: Object.keys(types),
  });
}
