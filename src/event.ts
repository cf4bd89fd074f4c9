import type { EventBody, EventMapping } from './private/event';
import { inStableOrder } from './private/registration/map-order';

/** The body of an HTTP request that a handler receives. */
export abstract class McpEventBody {
  /** A JSON object of the arguments that have no other place. The default for POST, PUT and PATCH. */
  public static rest(): McpEventBody {
    return new LiteralBody({ type: 'rest' });
  }

  /**
   * The value of one argument, as JSON. Without the argument, the request has no body.
   *
   * @param name the name of the argument
   */
  public static argument(name: string): McpEventBody {
    return new LiteralBody({ type: 'argument', name });
  }

  /** No body: the arguments that have no other place become query parameters. The default for all other methods. */
  public static none(): McpEventBody {
    return new LiteralBody({ type: 'none' });
  }

  /**
   * The body as a registration has it.
   *
   * @internal
   */
  public abstract _render(): EventBody;
}

/** Options for `McpEvent.apiGateway()` and `McpEvent.httpApi()`. */
export interface McpHttpEventOptions {
  /** The HTTP method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS` or `TRACE`. */
  readonly method: string;

  /**
   * The path, with its parameters in braces, such as `/orders/{orderId}`: the arguments of these names become path parameters.
   *
   * Their values must not have slashes, except that of a last parameter `{name+}`, which spans several segments. At most 1,024
   * characters (a limit of this library).
   *
   * The path of the API, without the name of its stage.
   */
  readonly path: string;

  /**
   * The arguments that become query parameters. An array becomes several parameters of the same name.
   *
   * @default - the arguments that have no other place, if the request has no body of them
   */
  readonly query?: string[];

  /**
   * The arguments that become headers of the same name. Headers that describe the connection, the body or the caller (`Host`,
   * `Content-Type`, `Authorization`, `Cookie`, `X-Forwarded-*` and the like) are not allowed.
   *
   * @default - no headers from arguments
   */
  readonly headers?: string[];

  /**
   * The body.
   *
   * @default - `McpEventBody.rest()` for POST, PUT and PATCH, else `McpEventBody.none()`
   */
  readonly body?: McpEventBody;
}

/** Options for `McpEvent.appSync()`. */
export interface McpAppSyncEventOptions {
  /** The type that has the field, such as `Query`. */
  readonly typeName: string;

  /** The field that the function resolves. */
  readonly fieldName: string;
}

/** Options for `McpEvent.bedrockAgent()`. */
export interface McpBedrockAgentEventOptions {
  /** The name of the action group. */
  readonly actionGroup: string;

  /** The name of the function in the action group. */
  readonly function: string;
}

/**
 * The event that a handler receives, and how its response is read.
 *
 * With one of the envelopes, a function that was written for another service becomes a tool, resource or prompt without changes. The
 * arguments of an event are those of the tool or prompt, or the variables of the resource template.
 *
 * @example
 * server.addTool(lookupOrder, {
 *   name: 'lookup_order',
 *   inputSchema: McpSchema.fromFile('schemas/lookup-order.json'),
 *   event: McpEvent.apiGateway({ method: 'GET', path: '/orders/{orderId}' }),
 * });
 */
export abstract class McpEvent {
  /**
   * The arguments only, for functions that are not specific to MCP. The function of a resource receives `{ uri, variables }` with the
   * values of the template variables. The default.
   *
   * The response may have any form: it is recognized by its shape.
   */
  public static arguments(): McpEvent {
    return new LiteralEvent({ type: 'arguments' });
  }

  /**
   * The whole request, `{ method, params, context }`. The context has the caller, client, protocol revision, transport and deadline.
   *
   * The response is an MCP result, input requests, the request to be called again, or data. Required for `asksClient`, for functions
   * that ask to be called again, and for functions that complete their own arguments.
   */
  public static request(): McpEvent {
    return new LiteralEvent({ type: 'request' });
  }

  /**
   * An HTTP request in payload format 1.0, for functions behind REST APIs of API Gateway and behind load balancers.
   *
   * The response is a proxy response. The authorizer, throttling and WAF of the API do not apply: the server invokes the function
   * directly.
   *
   * @param options the request
   */
  public static apiGateway(options: McpHttpEventOptions): McpEvent {
    return new HttpEvent('apiGateway', options);
  }

  /**
   * An HTTP request in payload format 2.0, for functions behind HTTP APIs of API Gateway and behind function URLs.
   *
   * The response is a proxy response. The authorizer and throttling of the API do not apply: the server invokes the function directly.
   *
   * @param options the request
   */
  public static httpApi(options: McpHttpEventOptions): McpEvent {
    return new HttpEvent('httpApi', options);
  }

  /**
   * A request of AWS AppSync to a Lambda resolver. The response is the value of the field.
   *
   * @param options the field
   */
  public static appSync(options: McpAppSyncEventOptions): McpEvent {
    return new LiteralEvent({ type: 'appSync', ...options });
  }

  /**
   * A request of an Amazon Bedrock agent to an action group with function details. The response is that of an action group; with the
   * response state `FAILURE` or `REPROMPT`, it is an error.
   *
   * @param options the action group and its function
   */
  public static bedrockAgent(options: McpBedrockAgentEventOptions): McpEvent {
    return new LiteralEvent({ type: 'bedrockAgent', ...options });
  }

  /**
   * A batch of one SQS message, whose body is a JSON object of the arguments. A response with `batchItemFailures` is an error.
   *
   * The function is invoked directly, without a queue, retries or a dead-letter queue.
   */
  public static sqs(): McpEvent {
    return new LiteralEvent({ type: 'sqs' });
  }

  /**
   * Any JSON object with placeholders in its strings. The response is data.
   *
   * The placeholders are `{{arguments}}` (all arguments), `{{arguments.NAME}}` (one argument), `{{caller}}` (the caller's `id` and
   * `claims`, or null), `{{caller.id}}`, and `{{time}}` (the time of the call, as in `2026-01-31T12:00:00.000Z`). A string that is one
   * placeholder becomes its JSON value. A key whose argument is missing is left out. In a longer string, a placeholder becomes text.
   *
   * @param template the event; its strings may contain tokens
   */
  public static template(template: { [key: string]: any }): McpEvent {
    return new LiteralEvent({ type: 'template', template: inStableOrder(template) });
  }

  /**
   * The event of a stored mapping.
   *
   * @internal
   */
  public static _of(mapping: EventMapping): McpEvent {
    return new LiteralEvent(mapping);
  }

  /**
   * The mapping as a registration has it.
   *
   * @internal
   */
  public abstract _render(): EventMapping;
}

class LiteralBody extends McpEventBody {
  public constructor(private readonly body: EventBody) {
    super();
  }

  /** @internal */
  public _render(): EventBody {
    return this.body;
  }
}

class LiteralEvent extends McpEvent {
  public constructor(private readonly mapping: EventMapping) {
    super();
  }

  /** @internal */
  public _render(): EventMapping {
    return this.mapping;
  }
}

class HttpEvent extends McpEvent {
  public constructor(
    private readonly type: 'apiGateway' | 'httpApi',
    private readonly options: McpHttpEventOptions,
  ) {
    super();
  }

  /** @internal */
  public _render(): EventMapping {
    const { method, path, query, headers, body } = this.options;
    // the rules for registrations check the method, too
    return { type: this.type, method, path, query, headers, body: body?._render() } as EventMapping;
  }
}
