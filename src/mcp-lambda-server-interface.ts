import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { McpAlarmsOptions, McpDashboardOptions } from './monitoring';
import type { McpOpenApiOptions } from './open-api';
import type { McpPrompt, McpPromptOptions } from './prompt';
import type { McpResource, McpResourceOptions, McpResourceTemplate, McpResourceTemplateOptions } from './resource';
import type { McpTool, McpToolOptions } from './tool';

/**
 * An MCP server, defined by this app or imported.
 *
 * As a grantee, it is the role that invokes the handlers. Its `connections` are the security groups of its server functions.
 */
export interface IMcpLambdaServer extends IConstruct, iam.IGrantable, ec2.IConnectable {
  /**
   * The name of the server.
   *
   * @attribute
   */
  readonly serverName: string;

  /**
   * The base URL of the server, without a trailing slash.
   *
   * @attribute
   */
  readonly url: string;

  /**
   * The URL for clients that speak Streamable HTTP (protocol revisions 2025-03-26 and later): `url` followed by `/mcp`.
   *
   * The URL of a toolset is this one, followed by `/` and its name.
   *
   * @attribute
   */
  readonly mcpUrl: string;

  /**
   * The URL for clients that speak HTTP+SSE (protocol revision 2024-11-05): `url` followed by `/sse`.
   *
   * Not set if `legacySse` is false.
   *
   * @attribute
   */
  readonly sseUrl?: string;

  /**
   * The URL of the Registration API: `url` followed by `/register`. With `McpEndpoint.functionUrl()`, it has another host than `url`.
   *
   * @attribute
   */
  readonly registrationUrl: string;

  /**
   * The ID of the API Gateway REST API. Reading it throws if the endpoint is a function URL.
   *
   * @attribute
   */
  readonly restApiId: string;

  /**
   * The ARN of the registration provider: the function that processes the custom resources of declared registrations.
   *
   * @attribute
   */
  readonly registrationProviderArn: string;

  /**
   * The ARN of the role that invokes the handlers.
   *
   * @attribute
   */
  readonly runtimeRoleArn: string;

  /**
   * Registers a Lambda function as an MCP tool.
   *
   * The registration and the permission to invoke the function are added to the stack of this server. If the function belongs to
   * another stack and reads the URL of this server, define an `McpTool` in that stack instead, to avoid a cyclic dependency.
   *
   * @param handler the function, or an alias or version of it; in another account, it must permit `runtimeRoleArn` to invoke it
   * @param options the definition of the tool
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
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
   * Registers a Lambda function as an MCP resource.
   *
   * @param handler the function that returns the content, or an alias or version of it
   * @param options the definition of the resource
   * @throws if the name or URI is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  addResource(handler: lambda.IFunction, options: McpResourceOptions): McpResource;

  /**
   * Registers a Lambda function as an MCP resource template: it serves all resources whose URI matches the template.
   *
   * @param handler the function that returns the content, or an alias or version of it
   * @param options the definition of the resource template
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  addResourceTemplate(handler: lambda.IFunction, options: McpResourceTemplateOptions): McpResourceTemplate;

  /**
   * Registers a Lambda function as an MCP prompt.
   *
   * @param handler the function that returns the messages, or an alias or version of it
   * @param options the definition of the prompt
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  addPrompt(handler: lambda.IFunction, options: McpPromptOptions): McpPrompt;

  /**
   * Grants permission to connect to this server as an MCP client.
   *
   * Applies to servers with `McpAuth.iam()`, the default. Clients of other servers do not sign requests with AWS credentials.
   *
   * @param grantee the principal to grant access to
   * @throws if the server does not use IAM authorization
   */
  grantConnect(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to register, change and remove tools, resources and prompts with the Registration API.
   *
   * The grantee can make the server invoke every function that it can register (`registrableFunctions`).
   *
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization
   */
  grantRegister(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to read the registrations with the Registration API, including their functions and access rules.
   *
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization, or the endpoint is a function URL, whose methods IAM cannot distinguish
   */
  grantReadRegistrations(grantee: iam.IGrantable): iam.Grant;

  /**
   * Creates a CloudWatch metric of this server, in the namespace `McpLambda`.
   *
   * Prefer the dedicated `metricXxx()` methods. Average over 5 minutes by default.
   *
   * @param metricName the name of the metric, such as `ToolCalls`
   * @param options properties of the metric
   */
  metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of tool calls.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricToolCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of tool calls that ended in an error.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricToolErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the duration of tool calls, in milliseconds.
   *
   * Average over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricToolDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of open SSE sessions.
   *
   * Maximum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricActiveSessions(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of SSE sessions opened.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricSessionsOpened(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of SSE sessions rejected because `maxSessions` were open.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricSessionsRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the duration of SSE sessions, in seconds.
   *
   * Average over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricSessionDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of messages accepted for SSE sessions.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricMessagesAccepted(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of messages rejected: unknown session, session of another caller, too long, or invalid JSON-RPC.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricMessagesRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of registrations that clients do not see because another registration has the same URI.
   *
   * Maximum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricShadowedRegistrations(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of queues removed after an SSE session was killed.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricQueuesSwept(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of clients listening for notifications on `/mcp`.
   *
   * Maximum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricActiveListeners(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of listeners rejected because `maxListeners` were connected.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricListenersRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of calls that ran without the limits of their caller, because the session table did not count them in time.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricCallsNotCounted(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of calls refused by a limit of their caller.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricCallsRefused(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of functions that cannot be invoked, because their permission was not renewed for a replaced runtime role.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricPermissionsNotRenewed(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Metric for the number of validations stopped because a schema takes too long.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   */
  metricValidationsStopped(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Adds a CloudWatch dashboard: traffic, errors, latency, sessions, callers at their limits, slow and failing tools, and cost drivers.
   *
   * The dashboard of an imported server has no logs and no metrics of single functions and tables, whose names are not known. Call this after the
   * tools are added, so that it includes all functions of the server.
   *
   * @param options properties of the dashboard
   * @throws if the server has a dashboard
   */
  addDashboard(options?: McpDashboardOptions): cloudwatch.Dashboard;

  /**
   * Adds CloudWatch alarms, each with a runbook.
   *
   * The alarms of an imported server do not include those of single functions, whose names are not known. Call this after the tools are added, so
   * that the alarms include all functions of the server. CloudWatch charges about 0.10 USD a month for each metric of an alarm (us-east-1).
   *
   * @param options the topic to notify, and changes of alarms
   * @returns the alarms by name
   * @throws if `overrides` has the name of no alarm, or the server has alarms
   */
  addAlarms(options?: McpAlarmsOptions): { [name: string]: cloudwatch.Alarm };
}
