import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import type { McpOpenApiOptions } from './open-api';
import { METRICS, PATHS } from './private/contract';
import { API_INVOKE } from './private/infrastructure/permissions';
import { STAGE_NAME } from './private/infrastructure/rest-api';
import { declareOperations } from './private/openapi/declared';
import { constructIdOf } from './private/registration/registered-names';
import { McpPrompt, type McpPromptOptions } from './prompt';
import { McpResource, type McpResourceOptions, McpResourceTemplate, type McpResourceTemplateOptions } from './resource';
import { McpTool, type McpToolOptions } from './tool';

/**
 * An MCP server on Lambda functions, defined by this app or imported. Where another construct's `grant` method takes it, it stands
 * for the role that invokes the registered functions; its `connections` are the security groups of its own functions.
 */
export interface IMcpLambdaServer extends IConstruct, iam.IGrantable, ec2.IConnectable {
  /**
   * The server's name.
   *
   * @attribute
   */
  readonly serverName: string;

  /**
   * Address of the server's API, without a slash at the end; the other addresses begin with it.
   *
   * @attribute
   */
  readonly url: string;

  /**
   * Address for clients that speak Streamable HTTP (protocol revisions 2025-03-26 and later): `url` and `/mcp`.
   *
   * @attribute
   */
  readonly mcpUrl: string;

  /**
   * Address for clients that speak HTTP+SSE (protocol revision 2024-11-05): `url` and `/sse`; absent where `legacySse` is false.
   *
   * @attribute
   */
  readonly sseUrl?: string;

  /**
   * Address of the Registration API: `url` and `/register`.
   *
   * @attribute
   */
  readonly registrationUrl: string;

  /**
   * Id of the server's API Gateway API.
   *
   * @attribute
   */
  readonly restApiId: string;

  /**
   * ARN of the function which registers what infrastructure code declares: the service token of the custom resources.
   *
   * @attribute
   */
  readonly registrationProviderArn: string;

  /**
   * ARN of the role that invokes the registered functions.
   *
   * @attribute
   */
  readonly runtimeRoleArn: string;

  /**
   * Puts a function behind this server as a tool. The registration, and the permission to invoke the function, become part of this
   * server's stack. For a function of another stack that reads this server's address, define an `McpTool` in that stack
   * instead: the two stacks would otherwise depend on each other.
   *
   * @param handler the function, or an alias or version of it; in another account, its owner must let `runtimeRoleArn` invoke it
   * @param options what the tool is
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  addTool(handler: lambda.IFunction, options: McpToolOptions): McpTool;

  /**
   * Registers operations of an OpenAPI document as MCP tools of the Lambda function that implements them.
   *
   * The function receives the events that API Gateway would send, with the values of the arguments in path, query, headers and body.
   * Names, descriptions and schemas come from the document. Parts of an operation that a tool cannot have are named in a warning.
   *
   * @param handler the function, or an alias or version of it; in another account, it must permit `runtimeRoleArn` to invoke it
   * @param options the document and its operations
   * @returns the tools, by operation
   * @throws if an operation does not exist, or cannot become a tool; the error has a JSON pointer into the document for each reason
   */
  addOpenApi(handler: lambda.IFunction, options: McpOpenApiOptions): { [operation: string]: McpTool };

  /**
   * Puts a function behind this server as one resource.
   *
   * @param handler the function that gives the content, or an alias or version of it
   * @param options what the resource is
   * @throws if name or URI is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  addResource(handler: lambda.IFunction, options: McpResourceOptions): McpResource;

  /**
   * Puts a function behind this server as all resources whose URI fits a template.
   *
   * @param handler the function that gives the content, or an alias or version of it
   * @param options what the resources are
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  addResourceTemplate(handler: lambda.IFunction, options: McpResourceTemplateOptions): McpResourceTemplate;

  /**
   * Puts a function behind this server as a prompt.
   *
   * @param handler the function that writes the messages, or an alias or version of it
   * @param options what the prompt is
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  addPrompt(handler: lambda.IFunction, options: McpPromptOptions): McpPrompt;

  /**
   * Lets somebody connect to the server as a client: a role, a user, or a function. It is for servers with `McpAuth.iam()`, which
   * is the default; the clients of others do not sign with AWS credentials.
   *
   * @param grantee who signs the requests
   * @throws if `auth` is something else, so that the grant would have no effect
   */
  grantConnect(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets somebody register, change and remove tools, resources and prompts through the Registration API. Whoever may do that can
   * have the server invoke every function that it is able to register (`registrableFunctions`).
   *
   * @param grantee who signs the requests
   * @throws if `registrationAuth` is not `McpAuth.iam()`, so that the grant would have no effect
   */
  grantRegister(grantee: iam.IGrantable): iam.Grant;

  /**
   * A metric of this server, in CloudWatch's namespace `McpLambda`. Each that there is has a method of its own.
   *
   * @param metricName the metric's name, such as `ToolCalls`
   * @param options overrides; by default the average over five minutes
   */
  metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many calls of tools there were.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricToolCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many calls of tools ended in an error.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricToolErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How long calls of tools took, in milliseconds.
   *
   * @param options overrides; by default the average over five minutes
   */
  metricToolDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many SSE sessions were open at once.
   *
   * @param options overrides; by default the maximum over five minutes
   */
  metricActiveSessions(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many SSE sessions were opened.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricSessionsOpened(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many SSE sessions were turned away because `maxSessions` were open.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricSessionsRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How long SSE sessions lasted, in seconds.
   *
   * @param options overrides; by default the average over five minutes
   */
  metricSessionDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many messages were taken for SSE sessions.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricMessagesAccepted(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many messages were refused: no such session, another caller's session, too long, or not JSON-RPC.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricMessagesRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many registrations are served to nobody, because another one has the same URI.
   *
   * @param options overrides; by default the maximum over five minutes
   */
  metricShadowedRegistrations(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many queues were removed that a killed SSE session had left behind.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricQueuesSwept(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many clients listened for notifications on `/mcp` at once.
   *
   * @param options overrides; by default the maximum over five minutes
   */
  metricActiveListeners(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * How many listeners were turned away because `maxListeners` were there.
   *
   * @param options overrides; by default the sum over five minutes
   */
  metricListenersRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * What servers of this app and imported ones share.
 *
 * @internal
 */
export abstract class McpLambdaServerBase extends Construct implements IMcpLambdaServer {
  public abstract readonly serverName: string;
  public abstract readonly restApiId: string;
  public abstract readonly registrationProviderArn: string;
  public abstract readonly runtimeRoleArn: string;
  public abstract readonly grantPrincipal: iam.IPrincipal;
  public abstract readonly connections: ec2.Connections;

  /**
   * Whether the HTTP+SSE routes are there.
   *
   * @internal
   */
  protected abstract readonly _hasSse: boolean;

  public get url(): string {
    // the stage's name as a literal: a tool that reads the address must not have to wait for the stage
    const { region, urlSuffix } = Stack.of(this);
    return `https://${this.restApiId}.execute-api.${region}.${urlSuffix}/${STAGE_NAME}`;
  }

  public get mcpUrl(): string {
    return this.url + PATHS.MCP;
  }

  public get sseUrl(): string | undefined {
    return this._hasSse ? this.url + PATHS.SSE : undefined;
  }

  public get registrationUrl(): string {
    return this.url + PATHS.REGISTER;
  }

  /**
   * @param handler the function, or an alias or version of it; in another account, its owner must let `runtimeRoleArn` invoke it
   * @param options what the tool is
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public addTool(handler: lambda.IFunction, options: McpToolOptions): McpTool {
    return new McpTool(this, constructIdOf(this, 'tool', options.name), { ...options, server: this, handler });
  }

  /**
   * @param handler the function, or an alias or version of it; in another account, it must permit `runtimeRoleArn` to invoke it
   * @param options the document and its operations
   * @returns the tools, by operation
   * @throws if an operation does not exist, or cannot become a tool; the error has a JSON pointer into the document for each reason
   */
  public addOpenApi(handler: lambda.IFunction, options: McpOpenApiOptions): { [operation: string]: McpTool } {
    return declareOperations(this, options, (tool) => this.addTool(handler, tool));
  }

  /**
   * @param handler the function that gives the content, or an alias or version of it
   * @param options what the resource is
   * @throws if name or URI is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public addResource(handler: lambda.IFunction, options: McpResourceOptions): McpResource {
    return new McpResource(this, constructIdOf(this, 'resource', options.name), { ...options, server: this, handler });
  }

  /**
   * @param handler the function that gives the content, or an alias or version of it
   * @param options what the resources are
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public addResourceTemplate(handler: lambda.IFunction, options: McpResourceTemplateOptions): McpResourceTemplate {
    const id = constructIdOf(this, 'resource', options.name);
    return new McpResourceTemplate(this, id, { ...options, server: this, handler });
  }

  /**
   * @param handler the function that writes the messages, or an alias or version of it
   * @param options what the prompt is
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public addPrompt(handler: lambda.IFunction, options: McpPromptOptions): McpPrompt {
    return new McpPrompt(this, constructIdOf(this, 'prompt', options.name), { ...options, server: this, handler });
  }

  /**
   * @param grantee who signs the requests
   * @throws if `auth` is something else, so that the grant would have no effect
   */
  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    return this.grantRoutes(grantee, PATHS.MCP, ...(this._hasSse ? [PATHS.MESSAGE, PATHS.SSE] : []));
  }

  /**
   * @param grantee who signs the requests
   * @throws if `registrationAuth` is not `McpAuth.iam()`, so that the grant would have no effect
   */
  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    return this.grantRoutes(grantee, PATHS.REGISTER, `${PATHS.REGISTER}/*`);
  }

  /**
   * @param metricName the metric's name, such as `ToolCalls`
   * @param options overrides; by default the average over five minutes
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRICS.NAMESPACE,
      metricName,
      dimensionsMap: { [METRICS.DIMENSION_SERVER]: this.serverName },
      ...options,
    }).attachTo(this);
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricToolCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_CALLS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricToolErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_ERRORS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the average over five minutes
   */
  public metricToolDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * @param options overrides; by default the maximum over five minutes
   */
  public metricActiveSessions(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.ACTIVE_SESSIONS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricSessionsOpened(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSIONS_OPENED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricSessionsRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSIONS_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the average over five minutes
   */
  public metricSessionDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSION_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricMessagesAccepted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.MESSAGES_ACCEPTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricMessagesRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.MESSAGES_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the maximum over five minutes
   */
  public metricShadowedRegistrations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SHADOWED_REGISTRATIONS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricQueuesSwept(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.QUEUES_SWEPT, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options overrides; by default the maximum over five minutes
   */
  public metricActiveListeners(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.ACTIVE_LISTENERS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options overrides; by default the sum over five minutes
   */
  public metricListenersRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.LISTENERS_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private grantRoutes(grantee: iam.IGrantable, ...paths: string[]): iam.Grant {
    const stack = Stack.of(this);
    return iam.Grant.addToPrincipal({
      grantee,
      actions: API_INVOKE,
      resourceArns: paths.map((path) =>
        stack.formatArn({ service: 'execute-api', resource: this.restApiId, resourceName: `${STAGE_NAME}/*${path}` }),
      ),
    });
  }
}
