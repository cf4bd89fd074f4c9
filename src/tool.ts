import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpToolAnnotations } from './annotations';
import type { IMcpLambdaServer } from './mcp-lambda-server-base';
import { CUSTOM_RESOURCE, METRICS } from './private/contract';
import { DeclaredRegistration } from './private/declared-registration';
import type { McpRegistrationOptions } from './registration-options';
import type { McpSchema } from './schema';

/** What a tool is. */
export interface McpToolOptions extends McpRegistrationOptions {
  /**
   * What arguments the tool takes. Calls whose arguments do not fit never reach the function.
   *
   * @default - any object
   */
  readonly inputSchema?: McpSchema;

  /**
   * What the tool's structured result looks like. A result that does not fit is an error.
   *
   * @default - anything
   */
  readonly outputSchema?: McpSchema;

  /**
   * What the tool is like.
   *
   * @default - clients assume the worst
   */
  readonly annotations?: McpToolAnnotations;
}

/** A tool, and where it belongs. */
export interface McpToolProps extends McpToolOptions {
  /** The server that offers the tool, of this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function behind the tool, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * A function as a tool of a server. `server.addTool()` makes one in the server's stack; made in another stack, it belongs to
 * that stack with all that comes with it, and the function may know the server's address.
 */
export class McpTool extends DeclaredRegistration {
  /**
   * The name by which clients call the tool.
   *
   * @attribute
   */
  public readonly toolName: string;

  /**
   * @param scope the construct, and with it the stack, that owns the tool
   * @param id unique in its scope
   * @param props what the tool is, and where it belongs
   * @throws if the server could not register it: each rule that it breaks is named with a JSON pointer
   */
  public constructor(scope: Construct, id: string, props: McpToolProps) {
    const { inputSchema, outputSchema, annotations } = props;
    super(scope, id, {
      server: props.server,
      handler: props.handler,
      type: 'tool',
      resourceType: CUSTOM_RESOURCE.TOOL,
      options: props,
      own: { inputSchema: inputSchema?._render(), outputSchema: outputSchema?._render(), annotations },
    });
    this.toolName = props.name;
  }

  /**
   * A metric of this tool.
   *
   * @param metricName the metric's name
   * @param options overrides; by default the average over five minutes
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.server.metric(metricName, {
      ...options,
      dimensionsMap: options.dimensionsMap ?? {
        [METRICS.DIMENSION_SERVER]: this.server.serverName,
        [METRICS.DIMENSION_TOOL]: this.toolName,
      },
    });
  }

  /**
   * Calls of the tool.
   *
   * @param options overrides; by default the sum over five minutes
   */
  public metricCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_CALLS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * Calls of the tool that ended in an error.
   *
   * @param options overrides; by default the sum over five minutes
   */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_ERRORS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * How long calls of the tool took, in milliseconds.
   *
   * @param options overrides; by default the average over five minutes
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_DURATION, { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }
}
