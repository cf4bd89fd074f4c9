import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { IMcpLambdaServer } from './mcp-lambda-server-interface';
import type { McpAlarmsOptions, McpDashboardOptions } from './monitoring';
import type { McpOpenApiOptions } from './open-api';
import { METRICS, PATHS } from './private/contract';
import { defineAlarms } from './private/infrastructure/alarms';
import { defineDashboard } from './private/infrastructure/dashboard';
import type { Endpoint } from './private/infrastructure/endpoint';
import type { Monitored } from './private/infrastructure/monitored';
import { declareOperations } from './private/openapi/declared';
import { constructIdOf } from './private/registration/construct-id';
import { ServerInternals } from './private/server-internals';
import { McpPrompt, type McpPromptOptions } from './prompt';
import { McpResource, type McpResourceOptions, McpResourceTemplate, type McpResourceTemplateOptions } from './resource';
import { McpTool, type McpToolOptions } from './tool';

/**
 * The base class of defined and imported servers.
 *
 * @internal
 */
export abstract class McpLambdaServerBase extends Construct implements IMcpLambdaServer {
  public abstract readonly serverName: string;
  public abstract readonly registrationProviderArn: string;
  public abstract readonly runtimeRoleArn: string;
  public abstract readonly grantPrincipal: iam.IPrincipal;
  public abstract readonly connections: ec2.Connections;

  /**
   * Whether the server has the HTTP+SSE routes.
   *
   * @internal
   */
  protected abstract readonly _hasSse: boolean;

  /** @internal */
  protected abstract readonly _endpoint: Endpoint;

  public get restApiId(): string {
    return this._endpoint.restApiId;
  }

  public get url(): string {
    return this._endpoint.url;
  }

  public get mcpUrl(): string {
    return this.url + PATHS.MCP;
  }

  public get sseUrl(): string | undefined {
    return this._hasSse ? this.url + PATHS.SSE : undefined;
  }

  public get registrationUrl(): string {
    return this._endpoint.registrationUrl;
  }

  /**
   * @param handler the function, or an alias or version of it; in another account, it must permit `runtimeRoleArn` to invoke it
   * @param options the definition of the tool
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
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
   * @param handler the function that returns the content, or an alias or version of it
   * @param options the definition of the resource
   * @throws if the name or URI is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public addResource(handler: lambda.IFunction, options: McpResourceOptions): McpResource {
    return new McpResource(this, constructIdOf(this, 'resource', options.name), { ...options, server: this, handler });
  }

  /**
   * @param handler the function that returns the content, or an alias or version of it
   * @param options the definition of the resource template
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public addResourceTemplate(handler: lambda.IFunction, options: McpResourceTemplateOptions): McpResourceTemplate {
    const id = constructIdOf(this, 'resource', options.name);
    return new McpResourceTemplate(this, id, { ...options, server: this, handler });
  }

  /**
   * @param handler the function that returns the messages, or an alias or version of it
   * @param options the definition of the prompt
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public addPrompt(handler: lambda.IFunction, options: McpPromptOptions): McpPrompt {
    return new McpPrompt(this, constructIdOf(this, 'prompt', options.name), { ...options, server: this, handler });
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the server does not use IAM authorization
   */
  public grantConnect(grantee: iam.IGrantable): iam.Grant {
    return this._endpoint.grantConnect(grantee);
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization
   */
  public grantRegister(grantee: iam.IGrantable): iam.Grant {
    return this._endpoint.grantRegister(grantee);
  }

  /**
   * @param grantee the principal to grant access to
   * @throws if the Registration API does not use IAM authorization, or the endpoint is a function URL, whose methods IAM cannot distinguish
   */
  public grantReadRegistrations(grantee: iam.IGrantable): iam.Grant {
    return this._endpoint.grantReadRegistrations(grantee);
  }

  /**
   * @param metricName the name of the metric, such as `ToolCalls`
   * @param options properties of the metric
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
   * @param options properties of the metric
   */
  public metricToolCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_CALLS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricToolErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_ERRORS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricToolDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricActiveSessions(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.ACTIVE_SESSIONS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricSessionsOpened(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSIONS_OPENED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricSessionsRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSIONS_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricSessionDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SESSION_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricMessagesAccepted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.MESSAGES_ACCEPTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricMessagesRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.MESSAGES_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricShadowedRegistrations(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.SHADOWED_REGISTRATIONS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricQueuesSwept(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.QUEUES_SWEPT, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricActiveListeners(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.ACTIVE_LISTENERS, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricListenersRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.LISTENERS_REJECTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricCallsNotCounted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.CALLS_NOT_COUNTED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricCallsRefused(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.CALLS_REFUSED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricPermissionsNotRenewed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.PERMISSIONS_NOT_RENEWED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the metric
   */
  public metricValidationsStopped(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.VALIDATIONS_STOPPED, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * @param options properties of the dashboard
   * @throws if the server has a dashboard
   */
  public addDashboard(options: McpDashboardOptions = {}): cloudwatch.Dashboard {
    return defineDashboard(this.monitored(), options);
  }

  /**
   * @param options the topic to notify, and changes of alarms
   * @returns the alarms by name
   * @throws if `overrides` has the name of no alarm, or the server has alarms
   */
  public addAlarms(options: McpAlarmsOptions = {}): { [name: string]: cloudwatch.Alarm } {
    return defineAlarms(this.monitored(), options);
  }

  private monitored(): Monitored {
    const parts = ServerInternals.of(this).monitoredParts();
    return { server: this, hasSse: this._hasSse, endpoint: this._endpoint, parts };
  }
}
