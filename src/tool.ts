import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpToolAnnotations } from './annotations';
import type { McpCallerLimits } from './limits';
import type { IMcpLambdaServer } from './mcp-lambda-server-interface';
import { CUSTOM_RESOURCE, METRICS } from './private/contract';
import { requireInstance } from './private/library-types';
import { warnAboutNames } from './private/registration/client-names';
import { DeclaredRegistration } from './private/registration/declared-registration';
import { warnAboutUndeclaredArguments } from './private/registration/undeclared-arguments';
import { ServerInternals } from './private/server-internals';
import type { McpRegistrationOptions } from './registration-options';
import type { McpSchema } from './schema';

/** Whether a tool runs as a task: in the background, for clients that fetch the result later. */
export enum McpTaskSupport {
  /** The tool does not run as a task, even if the function requests it. */
  FORBIDDEN = 'forbidden',
  /** The tool runs as a task for clients that support tasks. Other clients wait for the result. */
  OPTIONAL = 'optional',
  /** The tool always runs as a task. Clients that do not support tasks get an error. */
  REQUIRED = 'required',
}

/** Options for a tool. */
export interface McpToolOptions extends McpRegistrationOptions {
  /**
   * The JSON Schema of the arguments, an object schema. A call with invalid arguments is rejected without invoking the function.
   *
   * @default - any object
   */
  readonly inputSchema?: McpSchema;

  /**
   * The JSON Schema of the structured result. An invalid result becomes an error.
   *
   * @default - any result
   */
  readonly outputSchema?: McpSchema;

  /**
   * Hints about the behavior of the tool, such as that it is read-only.
   *
   * @default - no hints; clients assume that the tool may be destructive
   */
  readonly annotations?: McpToolAnnotations;

  /**
   * Whether the tool runs as a task, for 2026-07-28 clients that support the extension `io.modelcontextprotocol/tasks`.
   *
   * The client gets a task handle immediately. The function may run for the 15 minutes that Lambda allows, or for `timeout`. On an
   * imported server, its owner must set `tasks` to true. A function that asks to be invoked again needs `McpEvent.request()`.
   *
   * @default - if the function requests it by returning `{ "resultType": "task" }`, on a server with `tasks`
   */
  readonly taskSupport?: McpTaskSupport;

  /**
   * How often each caller may call this tool, in addition to `limits.caller` of the server. It requires an `auth` that identifies callers.
   *
   * @default - no limits beyond those of the server
   */
  readonly limit?: McpCallerLimits;
}

/** Properties for `McpTool`. */
export interface McpToolProps extends McpToolOptions {
  /** The server to register the tool with, defined by this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function that runs the tool, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * Registers a Lambda function as an MCP tool.
 *
 * `server.addTool()` adds the tool to the stack of the server. This construct adds it, with the permission to invoke the function, to the
 * stack of its scope. The function can then read the URL of the server.
 *
 * @example
 * declare const track: lambda.Function; // in this stack; the server is in another stack
 * new McpTool(this, 'TrackParcel', {
 *   server,
 *   handler: track,
 *   name: 'track_parcel',
 *   description: 'The location of the parcel of an order',
 * });
 */
export class McpTool extends DeclaredRegistration {
  /**
   * The name of the tool.
   *
   * @attribute
   */
  public readonly toolName: string;

  /**
   * @param scope the scope of the construct; its stack owns the tool
   * @param id the construct id, unique in the scope
   * @param props properties of the tool
   * @throws if the name is taken, or the definition breaks a rule; the error has a JSON pointer for each broken rule
   */
  public constructor(scope: Construct, id: string, props: McpToolProps) {
    const { server, inputSchema, outputSchema, annotations, taskSupport, limit } = props;
    const path = `${scope.node.path}/${id}`;
    requireInstance(path, 'inputSchema', 'McpSchema', inputSchema);
    requireInstance(path, 'outputSchema', 'McpSchema', outputSchema);
    super(scope, id, {
      server,
      handler: props.handler,
      type: 'tool',
      resourceType: CUSTOM_RESOURCE.TOOL,
      options: props,
      typeSpecific: {
        inputSchema: inputSchema?._render(),
        outputSchema: outputSchema?._render(),
        annotations,
        taskSupport,
        limit,
      },
    });
    const schema = inputSchema?._render();
    warnAboutNames(this, props.name, schema);
    if ((props.event?._render().type ?? 'arguments') === 'arguments')
      warnAboutUndeclaredArguments(this, props.handler, schema);
    if (taskSupport && taskSupport !== McpTaskSupport.FORBIDDEN) {
      ServerInternals.of(server).requireTasks(this, taskSupport === McpTaskSupport.REQUIRED);
    }
    if (limit) ServerInternals.of(server).requireIdentity(this, 'limit');
    this.toolName = props.name;
  }

  /**
   * Creates a CloudWatch metric of this tool, in the namespace `McpLambda`.
   *
   * Prefer the dedicated `metricXxx()` methods. Average over 5 minutes by default. Turns on the metrics of all tools of the server
   * (`toolMetrics`).
   *
   * @param metricName the name of the metric, such as `ToolCalls`
   * @param options properties of the metric
   * @throws if the server has `toolMetrics: false`
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    if (!options.dimensionsMap) ServerInternals.of(this.server).requireToolMetrics(this);
    return this.server.metric(metricName, {
      ...options,
      dimensionsMap: options.dimensionsMap ?? {
        [METRICS.DIMENSION_SERVER]: this.server.serverName,
        [METRICS.DIMENSION_TOOL]: this.toolName,
      },
    });
  }

  /**
   * Metric for the number of calls of this tool.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   * @throws if the server has `toolMetrics: false`
   */
  public metricCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_CALLS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Metric for the number of calls of this tool that ended in an error.
   *
   * Sum over 5 minutes by default.
   *
   * @param options properties of the metric
   * @throws if the server has `toolMetrics: false`
   */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_ERRORS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Metric for the duration of calls of this tool, in milliseconds.
   *
   * Average over 5 minutes by default.
   *
   * @param options properties of the metric
   * @throws if the server has `toolMetrics: false`
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }
}
