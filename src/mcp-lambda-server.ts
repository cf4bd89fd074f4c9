import {
  Annotations,
  CfnOutput,
  CustomResource,
  type ITaggable,
  Lazy,
  Names,
  RemovalPolicy,
  Stack,
  TagManager,
  TagType,
} from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { McpAuth } from './auth';
import { McpEndpoint } from './endpoint';
import { ImportedServer } from './imported-server';
import { McpLambdaServerBase } from './mcp-lambda-server-base';
import type { IMcpLambdaServer } from './mcp-lambda-server-interface';
import type { McpLambdaServerAttributes, McpLambdaServerProps } from './mcp-lambda-server-props';
import { AUTHORIZATION, CUSTOM_RESOURCE, DEFAULTS, ENV, METRICS, PATHS, type ServerInfo } from './private/contract';
import { invalid } from './private/errors';
import { AccessRules } from './private/infrastructure/access-rules';
import { defineAuditQueries } from './private/infrastructure/audit-queries';
import type { DefinedEndpoint } from './private/infrastructure/endpoint';
import { allow, handlerFunction, handlerRole, LAMBDA_MAX_TIMEOUT } from './private/infrastructure/functions';
import { HttpSessions } from './private/infrastructure/http-sessions';
import { InvokePolicies } from './private/infrastructure/invoke-policies';
import { defineLegacySse } from './private/infrastructure/legacy-sse';
import { limitsEnvironment } from './private/infrastructure/limits';
import { checkLogGroupClass, defineLogGroup } from './private/infrastructure/logs';
import { acknowledgeNagFindings } from './private/infrastructure/nag-findings';
import { securityGroupsOf } from './private/infrastructure/network';
import { allowPublishing, defineNotifications } from './private/infrastructure/notifications';
import {
  KEY_READ,
  KEY_WRITE,
  REGISTRY_READ,
  SESSION_KEYS,
  SESSION_LIMITS,
  SESSION_OWN,
} from './private/infrastructure/permissions';
import { defineRegistrationApi } from './private/infrastructure/registration-api';
import { checkRegistryTable, defineRegistryTable } from './private/infrastructure/registry-table';
import { allowResults } from './private/infrastructure/result-bucket';
import { allowKey, type ServerContext } from './private/infrastructure/server-context';
import { serverIdOf } from './private/infrastructure/server-id';
import { defineSessionTable } from './private/infrastructure/session-table';
import { defineSweeper } from './private/infrastructure/sweeper';
import { Tasks } from './private/infrastructure/tasks';
import { ToolMetrics } from './private/infrastructure/tool-metrics';
import { checkDefaultAccess } from './private/registration/access';
import { SERVICE_TIMEOUT } from './private/registration/declared-registration';
import { ServerInternals } from './private/server-internals';
import { environmentProblems } from './private/validation/environment-size';
import { checkInstances, checkProps } from './private/validation/server-props';

/**
 * A serverless MCP server whose tools, resources and prompts are Lambda functions.
 *
 * They are declared in the app (`addTool()`, `addResource()`, `addResourceTemplate()`, `addPrompt()`), or registered while the server runs
 * (`POST /register`). The server supports Streamable HTTP (`/mcp`, protocol revisions 2025-03-26 to 2026-07-28) and HTTP+SSE
 * (`/sse`, protocol revision 2024-11-05).
 *
 * The URLs are outputs of the stack. The id of an output is the path of the server in its stack, then `McpUrl`, `SseUrl`, `MessageUrl` or
 * `RegistrationUrl`, and a hash: `OrdersMcpUrl…` for a server with the id `Orders`. A path that ends with `Mcp` does not repeat it:
 * `McpUrl…` for a server with the id `Mcp`.
 *
 * @example
 * declare const lookup: lambda.Function;
 * const server = new McpLambdaServer(this, 'Mcp', { serverName: 'orders' });
 * server.addTool(lookup, {
 *   name: 'lookup_order',
 *   description: 'The state of an order',
 *   inputSchema: McpSchema.fromFile('lookup.json'),
 * });
 */
export class McpLambdaServer extends McpLambdaServerBase implements ITaggable {
  /**
   * Imports a server that is defined elsewhere. Tools, resources and prompts can be added to it.
   *
   * @param scope the scope of the construct
   * @param id the construct id, unique in the scope
   * @param attributes the attributes of the server
   * @throws if an attribute is invalid, or the attributes are not those of one endpoint
   *
   * @example
   * const server = McpLambdaServer.fromMcpLambdaServerAttributes(this, 'Orders', {
   *   serverName: 'orders',
   *   restApiId: 'a1b2c3d4e5',
   *   registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:orders-provider',
   *   runtimeRoleArn: 'arn:aws:iam::111122223333:role/orders-runtime',
   * });
   * server.addTool(lookupOrder, { name: 'lookup_order' });
   */
  public static fromMcpLambdaServerAttributes(
    scope: Construct,
    id: string,
    attributes: McpLambdaServerAttributes,
  ): IMcpLambdaServer {
    return new ImportedServer(scope, id, attributes);
  }

  public readonly serverName: string;
  public readonly registrationProviderArn: string;
  public readonly runtimeRoleArn: string;
  public readonly grantPrincipal: iam.IPrincipal;
  public readonly connections: ec2.Connections;

  /**
   * The unique id of the deployed server. It is part of the names of its session queues and of its statements in resource policies.
   *
   * @attribute
   */
  public readonly serverId: string;

  /** The tags of the session queues. */
  public readonly tags: TagManager;

  /** The registry table, which stores the registrations. */
  public readonly registryTable: dynamodb.ITable;

  /** The log group of the server functions. */
  public readonly logGroup: logs.ILogGroup;

  /** The role that invokes the handlers. */
  public readonly runtimeRole: iam.Role;

  /** The function that serves `/mcp`. */
  public readonly httpFunction: lambda.Function;

  /** The function that serves `/register`, the Registration API. */
  public readonly registrationFunction: lambda.Function;

  /** The function that serves `/sse`. Not set if `legacySse` is false. */
  public readonly sseFunction?: lambda.Function;

  /** The function that serves `/message`. Not set if `legacySse` is false. */
  public readonly messageFunction?: lambda.Function;

  /** The session table, which stores sessions, tasks, and the keys that seal request state. */
  public readonly sessionTable: dynamodb.ITable;

  /** @internal */
  protected readonly _hasSse: boolean;
  /** @internal */
  protected readonly _endpoint: DefinedEndpoint;

  private readonly tasks: Tasks;
  private readonly serverContext: ServerContext;
  /** How callers are authorized, as in `ENV.AUTHORIZATION`. */
  private readonly clientAuthorization: string;
  private readonly registrationAuthorization: string;

  /**
   * @param scope the scope of the construct
   * @param id the construct id, unique in the scope
   * @param props properties of the server
   * @throws if a property is invalid or would have no effect
   */
  public constructor(scope: Construct, id: string, props: McpLambdaServerProps = {}) {
    super(scope, id);
    checkInstances(this, props);
    const { endpoint = McpEndpoint.restApi() } = props;
    props = endpoint._applyTo(this, props);
    checkProps(this, props);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
    this.serverName = props.serverName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.serverId = serverIdOf(this);
    this.tags = new TagManager(TagType.MAP, 'AWS::SQS::Queue');

    if (props.registryTable) checkRegistryTable(this, props.registryTable);
    this.registryTable = props.registryTable ?? defineRegistryTable(this, encryptionKey, removalPolicy);
    this.logGroup = props.logGroup ?? defineLogGroup(this, encryptionKey, removalPolicy);
    checkLogGroupClass(this, this.logGroup);
    this.sessionTable = defineSessionTable(this, encryptionKey);
    const securityGroups = securityGroupsOf(this, props);
    this.connections = new ec2.Connections({ securityGroups });
    const { vpc, vpcSubnets, architecture = lambda.Architecture.ARM_64, tracing = lambda.Tracing.DISABLED } = props;
    const settings = { architecture, logGroup: this.logGroup, tracing, vpc, vpcSubnets, securityGroups };

    this.runtimeRole = handlerRole(this, 'RuntimeRole', settings, 'MCP server: serves MCP and invokes handlers');
    this.runtimeRoleArn = this.runtimeRole.roleArn;
    this.grantPrincipal = this.runtimeRole;
    allow(this.runtimeRole, REGISTRY_READ, this.registryTable.tableArn);
    allowKey(this.registryTable.encryptionKey, this.runtimeRole, KEY_READ, 'dynamodb');
    this._hasSse = props.legacySse ?? true;
    allow(
      this.runtimeRole,
      this._hasSse ? SESSION_OWN : [...SESSION_KEYS, ...SESSION_LIMITS],
      this.sessionTable.tableArn,
    );
    allowKey(encryptionKey, this.runtimeRole, KEY_WRITE, 'dynamodb', ...(this._hasSse ? ['sqs' as const] : []));
    const toolMetrics = new ToolMetrics(props.toolMetrics);
    const context = this.context(props, settings, toolMetrics);
    this.serverContext = context;

    this.httpFunction = handlerFunction(this, 'HttpFunction', settings, {
      description: `MCP server ${this.serverName}: Streamable HTTP`,
      asset: 'http',
      role: this.runtimeRole,
      timeout: LAMBDA_MAX_TIMEOUT,
      memorySize: props.memorySize ?? DEFAULTS.MEMORY_SIZE,
      reservedConcurrentExecutions: props.limits?.reservedConcurrency,
      environment: context.mcpEnvironment,
    });
    const sessions = new HttpSessions(context, this.httpFunction);
    const sse = this._hasSse ? defineLegacySse(this, context, this.tags) : undefined;
    this.sseFunction = sse?.sseFunction;
    this.messageFunction = sse?.messageFunction;
    const sweeper = defineSweeper(this, context, this._hasSse);
    defineNotifications(this, context, { httpFunction: this.httpFunction, sseFunction: this.sseFunction, sessions });
    this.tasks = new Tasks(this, context, this.httpFunction);
    const others = () => [
      this.httpFunction,
      ...(sse ? [sse.sseFunction, sse.messageFunction] : []),
      sweeper,
      ...(this.taskRunnerFunction ? [this.taskRunnerFunction] : []),
    ];
    const registration = defineRegistrationApi(this, context, others, this._hasSse);
    this.registrationFunction = registration.registrationFunction;
    this.registrationProviderArn = registration.provider.functionArn;
    const { auth = McpAuth.iam(), registrationAuth = McpAuth.iam() } = props;
    if (props.defaultAccess) checkDefaultAccess(this, props.defaultAccess._render(), auth);
    const accessRules = new AccessRules(context);
    const authorizers: lambda.Function[] = [];
    const functions = () => [...others(), this.registrationFunction, registration.provider, ...authorizers];
    ServerInternals.define(this, {
      context,
      addFunction: (fn) => authorizers.push(fn),
      sessions,
      tasks: this.tasks,
      toolMetrics,
      auth,
      accessRules,
      invokePolicies: new InvokePolicies(this, this.runtimeRole),
      functions,
    });

    this._endpoint = endpoint._define(this, {
      props,
      auth,
      registrationAuth,
      serverName: this.serverName,
      tracing,
      httpFunction: this.httpFunction,
      registrationFunction: this.registrationFunction,
      sse,
    });
    this.clientAuthorization = this.bindAuth();
    const [clientAuthorizer] = authorizers;
    if (clientAuthorizer) accessRules.checkBy(clientAuthorizer);
    this.registrationAuthorization = this.bindRegistrationAuth(registrationAuth, auth);
    this._endpoint.addRoutes();
    this.addLifecycle();
    this.addOutputs();
    acknowledgeNagFindings(this);
    this._endpoint.acknowledgeNagFindings();
    this.node.addValidation({ validate: () => environmentProblems(functions()) });
  }

  /**
   * Grants permission to publish resource updates to the clients that listen for them.
   *
   * A function publishes an update with two writes to `sessionTable`, as the notifications guide describes. Users and pipelines can use
   * `mcp-lambda notify`.
   *
   * @param grantee the principal to grant access to
   * @throws if `notifications` is not true
   */
  public grantNotify(grantee: iam.IGrantable): iam.Grant {
    if (this.serverContext.props.notifications) return allowPublishing(grantee, this.serverContext);
    throw invalid(
      this,
      'grantNotify() has nothing to grant: notifications are off; set notifications to true, or remove the grant',
    );
  }

  /**
   * Adds saved CloudWatch Logs Insights queries of the audit records: usage by caller, slow and failing tools, callers at their limits, failed
   * calls, and changes of registrations.
   *
   * Their names begin with the name of the server.
   *
   * @throws if the queries are already there
   */
  public addAuditQueries(): logs.QueryDefinition[] {
    return defineAuditQueries(this, this.serverName, this.logGroup);
  }

  /**
   * The REST API of the server.
   *
   * @throws if the endpoint is `McpEndpoint.functionUrl()`
   */
  public get api(): apigateway.RestApi {
    return this._endpoint.api;
  }

  /** The task runner. Not set unless a tool runs as a task. */
  public get taskRunnerFunction(): lambda.Function | undefined {
    return this.tasks.runner;
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the server does not use IAM authorization
   */
  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    requireIam(this, 'grantConnect', 'auth', this.clientAuthorization);
    return super.grantConnect(grantee);
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization
   */
  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    requireIam(this, 'grantRegister', 'registrationAuth', this.registrationAuthorization);
    return super.grantRegister(grantee);
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization, or the endpoint is a function URL, whose methods IAM cannot distinguish
   */
  public grantReadRegistrations(grantee: iam.IGrantable): iam.Grant {
    requireIam(this, 'grantReadRegistrations', 'registrationAuth', this.registrationAuthorization);
    return super.grantReadRegistrations(grantee);
  }

  private serverInfo(props: McpLambdaServerProps): ServerInfo {
    const { serverVersion: version = '1.0.0', title, instructions, icons } = props;
    return { name: this.serverName, version, title, instructions, icons: icons?.map((icon) => ({ ...icon })) };
  }

  private context(
    props: McpLambdaServerProps,
    settings: ServerContext['settings'],
    toolMetrics: ToolMetrics,
  ): ServerContext {
    const stack = Stack.of(this);
    const info = this.serverInfo(props);
    const environment = {
      [ENV.SERVER_ID]: this.serverId,
      [ENV.SERVER_INFO]: stack.toJsonString({ name: info.name, version: info.version }),
      // lazy: authorization is bound to the API, which needs the functions
      [ENV.AUTHORIZATION]: Lazy.string({ produce: () => this.clientAuthorization }),
      [ENV.ALLOWED_ORIGINS]: props.allowedOrigins?.join(),
      [ENV.METRIC_NAMESPACE]: METRICS.NAMESPACE,
      [ENV.TRACING]: settings.tracing === lambda.Tracing.DISABLED ? undefined : 'on',
    };
    return {
      props,
      settings,
      registrationAuthorization: Lazy.string({ produce: () => this.registrationAuthorization }),
      environment,
      mcpEnvironment: {
        ...environment,
        [ENV.SERVER_INFO]: stack.toJsonString(info),
        [ENV.REGISTRY_TABLE]: this.registryTable.tableName,
        [ENV.SESSION_TABLE]: this.sessionTable.tableName,
        [ENV.DEFAULT_ACCESS]: props.defaultAccess && stack.toJsonString(props.defaultAccess._render()),
        [ENV.TOOL_METRICS]: toolMetrics.environmentValue,
        [ENV.AUDIT_PAYLOADS]: props.auditPayloads ? 'on' : undefined,
        ...limitsEnvironment(props),
        ...allowResults(this, this.runtimeRole, props.resultBucket, this.serverId),
      },
      serverName: this.serverName,
      serverId: this.serverId,
      registryTable: this.registryTable,
      sessionTable: this.sessionTable,
      runtimeRole: this.runtimeRole,
    };
  }

  private bindAuth(): string {
    const scope = new Construct(this, 'Auth');
    const authorization = this._endpoint.bindClients(scope);
    if (authorization === AUTHORIZATION.NONE) warnOpen(scope);
    return authorization;
  }

  private bindRegistrationAuth(auth: McpAuth, clients: McpAuth): string {
    if (auth._acceptsAllOf(clients)) {
      throw invalid(
        this,
        'registrationAuth accepts every client of auth, so that every client could register functions; ' +
          'require a scope for registrationAuth that auth does not require, or use McpAuth.iam()',
      );
    }
    const authorization = this._endpoint.bindRegistrars(new Construct(this, 'RegistrationAuth'));
    if (authorization === AUTHORIZATION.NONE || authorization === AUTHORIZATION.API_KEY) {
      throw invalid(
        this,
        'registrationAuth must be McpAuth.iam(), McpAuth.oauth(…) or McpAuth.custom(…): a caller who can register functions can make the ' +
          'server invoke them, and an API key does not distinguish these callers from clients',
      );
    }
    return authorization;
  }

  /** Cleans up after traffic has ended and before resources are deleted, and renews permissions when the role is replaced. */
  private addLifecycle(): void {
    const lifecycle = new CustomResource(this, 'Lifecycle', {
      serviceToken: this.registrationProviderArn,
      serviceTimeout: SERVICE_TIMEOUT,
      resourceType: CUSTOM_RESOURCE.LIFECYCLE,
      // a role that is recreated under the same name has another id, and existing permission statements do not apply to it;
      // the id of a precreated role (`Role.customizeRoles()`) is not available
      properties: { RuntimeRole: this.runtimeRole.node.defaultChild ? this.runtimeRole.roleId : this.runtimeRoleArn },
    });
    // deletion is in reverse order: the stage or the URLs go first, so that no session is opened during the cleanup
    this._endpoint.dependOn(lifecycle);
  }

  private addOutputs(): void {
    const outputs: { [id: string]: string | undefined } = {
      McpUrl: this.mcpUrl,
      SseUrl: this.sseUrl,
      MessageUrl: this._hasSse ? this.url + PATHS.MESSAGE : undefined,
      RegistrationUrl: this.registrationUrl,
    };
    for (const [id, value] of Object.entries(outputs)) {
      if (value) omitRepeatedMcp(new CfnOutput(this, id, { value }));
    }
  }
}

/** Gives the `McpUrl` of a server whose path ends with `Mcp` the logical id `McpUrl…`, instead of `McpMcpUrl…`; the hash stays. */
function omitRepeatedMcp(output: CfnOutput): void {
  const logicalId = Stack.of(output).getLogicalId(output);
  const shorter = logicalId.replace(/McpMcpUrl(?=[0-9A-F]{8}$)/, 'McpUrl');
  if (shorter !== logicalId) output.overrideLogicalId(shorter);
}

function warnOpen(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'cdk-mcp-lambda:noAuth',
    'without authorization, every caller who knows the URL can call every tool; use McpAuth.iam(), McpAuth.oauth(…) or McpAuth.cognito(…), ' +
      'except for trials',
  );
}

function requireIam(server: Construct, method: string, prop: string, authorization: string): void {
  if (authorization === AUTHORIZATION.IAM || authorization === AUTHORIZATION.NONE) return;
  throw invalid(
    server,
    `${method}() has nothing to grant: ${prop} is not McpAuth.iam(), so callers have no AWS credentials; use McpAuth.iam(), or remove the grant`,
  );
}
