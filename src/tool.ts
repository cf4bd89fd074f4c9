import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpToolAnnotations } from './annotations';
import type { IMcpLambdaServer } from './mcp-lambda-server-base';
import { CUSTOM_RESOURCE, METRICS } from './private/contract';
import type { EventMapping } from './private/event';
import { Tasks } from './private/infrastructure/tasks';
import { DeclaredRegistration } from './private/registration/declared-registration';
import type { McpRegistrationOptions } from './registration-options';
import type { McpSchema } from './schema';

/** Whether a tool runs as a task: in the background, for clients that ask for its result when it suits them. */
export enum McpTaskSupport {
  /** Never, even if the function asks for it. */
  FORBIDDEN = 'forbidden',
  /** For the clients that can handle tasks; the others wait for the result. */
  OPTIONAL = 'optional',
  /** Always; the clients that cannot handle tasks get an error. */
  REQUIRED = 'required',
}

/** What a tool is. */
export interface McpToolOptions extends McpRegistrationOptions {
  /**
   * What arguments the tool takes, as a JSON Schema of an object. A call whose arguments do not fit never reaches the function.
   *
   * @default - any object
   */
  readonly inputSchema?: McpSchema;

  /**
   * What the tool's structured result looks like, as a JSON Schema. A result that does not fit is an error.
   *
   * @default - anything
   */
  readonly outputSchema?: McpSchema;

  /**
   * Hints about what the tool does, such as that it only reads.
   *
   * @default - none; clients assume that it may destroy something
   */
  readonly annotations?: McpToolAnnotations;

  /**
   * Whether the tool runs as a task, in the background, for the clients of protocol revision 2026-07-28 that have the extension
   * `io.modelcontextprotocol/tasks`. They get a handle at once, and the function has the 15 minutes that Lambda gives it, or the
   * `timeout`. The owner of an imported server has to turn `tasks` on.
   *
   * @default - when the function asks for it, by answering `{ "resultType": "task" }`, on a server with `tasks`
   */
  readonly taskSupport?: McpTaskSupport;

  /**
   * The stored event mapping, for tools of OpenAPI operations.
   *
   * @internal
   */
  readonly _event?: EventMapping;
}

/** A tool, and where it belongs. */
export interface McpToolProps extends McpToolOptions {
  /** The server that offers the tool, of this app or imported. */
  readonly server: IMcpLambdaServer;

  /** The function behind the tool, or an alias or version of it. */
  readonly handler: lambda.IFunction;
}

/**
 * A function as a tool of a server. `server.addTool()` defines one in the server's stack. Defined by itself it belongs to the stack of
 * its scope, with the permission to invoke the function, and the function may know the server's address. A definition that breaks
 * a rule throws at synth.
 *
 * @example
 * declare const track: lambda.Function; // of this stack, while the server is of another one
 * new McpTool(this, 'TrackParcel', {
 *   server,
 *   handler: track,
 *   name: 'track_parcel',
 *   description: 'Where the parcel of an order is',
 * });
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
   * @throws if the name is taken, or a rule for registrations is broken; each broken rule is named with a JSON pointer
   */
  public constructor(scope: Construct, id: string, props: McpToolProps) {
    const { server, inputSchema, outputSchema, annotations, taskSupport, _event } = props;
    super(scope, id, {
      server,
      handler: props.handler,
      type: 'tool',
      resourceType: CUSTOM_RESOURCE.TOOL,
      options: props,
      own: {
        event: _event,
        inputSchema: inputSchema?._render(),
        outputSchema: outputSchema?._render(),
        annotations,
        taskSupport,
      },
    });
    if (taskSupport && taskSupport !== McpTaskSupport.FORBIDDEN) {
      Tasks.of(server)?.need(this, taskSupport === McpTaskSupport.REQUIRED);
    }
    this.toolName = props.name;
  }

  /**
   * A metric of this tool, in CloudWatch's namespace `McpLambda`. Each that there is has a method of its own.
   *
   * @param metricName the metric's name, such as `ToolCalls`
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
   * How many calls of the tool there were.
   *
   * @param options overrides; by default the sum over five minutes
   */
  public metricCalls(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.TOOL_CALLS, { statistic: cloudwatch.Stats.SUM, ...options });
  }

  /**
   * How many calls of the tool ended in an error.
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
