/**
 * How a call becomes the event of a handler: the key `event` of a registration. Shared by the constructs and the server functions.
 * A missing key means `{ type: 'arguments' }`, which is therefore never stored.
 */
import type { JsonObject } from './registration';

/** The arguments, without an envelope. */
export interface ArgumentsEvent {
  readonly type: 'arguments';
}

/** The whole request: `{ method, params, context }`. */
export interface RequestEvent {
  readonly type: 'request';
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'TRACE';

/**
 * How a value becomes text: the styles of OpenAPI, and `json` for an OpenAPI parameter with `content`. Path parameters allow `simple`,
 * `label` and `matrix`; headers `simple`; query parameters `form`, `spaceDelimited`, `pipeDelimited` and `deepObject`; cookies `form`.
 * All allow `json`.
 */
export type ParameterStyle =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject'
  | 'json';

/** A parameter of an HTTP request. A string is the name of both the parameter and its argument, in the default style. */
export type EventParameter =
  | string
  | {
      /** The name in the HTTP request. */
      readonly name: string;
      /** The argument that has the value. Default: the name. */
      readonly argument?: string;
      /** Default: `form` in the query, in cookies and in a form body, else `simple`. */
      readonly style?: ParameterStyle;
      /** Whether each item of an array, or each property of an object, has a pair of its own. Default: true for `form`, else false. */
      readonly explode?: boolean;
    };

/**
 * The body of an HTTP request. The content type decides how it is written: JSON as JSON text, `application/x-www-form-urlencoded` as
 * pairs, `text/*` and XML from a string as it is, anything else from a string of base64, with `isBase64Encoded`.
 */
export type EventBody =
  /** No body. */
  | { readonly type: 'none' }
  /** An object of the arguments that have no other place, also when none is left. */
  | { readonly type: 'rest'; readonly contentType?: string; readonly fields?: readonly EventParameter[] }
  /** The value of one argument; no body without the argument. */
  | {
      readonly type: 'argument';
      readonly name: string;
      /** Default: `application/json`. */
      readonly contentType?: string;
      /** The properties of a form body that do not have the default style. */
      readonly fields?: readonly EventParameter[];
    };

/**
 * A request as API Gateway passes it on: `apiGateway` in payload format 1.0 (REST APIs, load balancers), `httpApi` in 2.0 (HTTP APIs,
 * function URLs). The function response is a proxy response.
 */
export interface HttpEvent {
  readonly type: 'apiGateway' | 'httpApi';
  readonly method: HttpMethod;
  /** The path with its parameters in braces: `/orders/{orderId}`. */
  readonly path: string;
  /** The path parameters that differ from their arguments in name or have another style than `simple`. */
  readonly pathParameters?: readonly EventParameter[];
  readonly query?: readonly EventParameter[];
  readonly headers?: readonly EventParameter[];
  readonly cookies?: readonly EventParameter[];
  /** Default: `rest` for POST, PUT and PATCH, else `none`; arguments without a place then go to the query. */
  readonly body?: EventBody;
}

/** A resolver's event of AWS AppSync. */
export interface AppSyncEvent {
  readonly type: 'appSync';
  readonly typeName: string;
  readonly fieldName: string;
}

/** The event of an action group of a Bedrock agent, defined by function details. */
export interface BedrockAgentEvent {
  readonly type: 'bedrockAgent';
  readonly actionGroup: string;
  readonly function: string;
}

/** A batch of one SQS message with the arguments as its body. The function response has `batchItemFailures`. */
export interface SqsEvent {
  readonly type: 'sqs';
}

/** Any JSON with placeholders (`event-template.ts`). */
export interface TemplateEvent {
  readonly type: 'template';
  readonly template: JsonObject;
}

export type EventMapping =
  | ArgumentsEvent
  | RequestEvent
  | HttpEvent
  | AppSyncEvent
  | BedrockAgentEvent
  | SqsEvent
  | TemplateEvent;

export type EventType = EventMapping['type'];

/** The event types that this version knows. A server function skips a registration of any other type. */
export const EVENT_TYPES: readonly EventType[] = [
  'arguments',
  'request',
  'apiGateway',
  'httpApi',
  'appSync',
  'bedrockAgent',
  'sqs',
  'template',
];

/** The methods of HTTP. */
export const HTTP_METHODS: readonly HttpMethod[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
];

/** The body of a request whose mapping does not declare one. */
export function bodyOf({ method, body }: HttpEvent): EventBody {
  return body ?? { type: ['POST', 'PUT', 'PATCH'].includes(method) ? 'rest' : 'none' };
}

/** A parameter of the path of an HTTP event: `{name}`, or `{name+}`, which spans several segments, as in API Gateway. */
export interface PathParameter {
  readonly name: string;
  readonly greedy: boolean;
}

/** Splits a path at its parameters: literals and parameters alternate, from literal to literal. */
export function parsePath(path: string): { readonly literals: string[]; readonly parameters: PathParameter[] } {
  const parts = path.split(/\{([^{}]*)\}/);
  const names = parts.filter((_, index) => index % 2 === 1);
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    parameters: names.map((name) => ({ name: name.replace(/\+$/, ''), greedy: name.endsWith('+') })),
  };
}

/** A parameter in its long form. */
export function parameterOf(
  parameter: EventParameter,
): Exclude<EventParameter, string> & { readonly argument: string } {
  const { name, argument = name, ...style } = typeof parameter === 'string' ? { name: parameter } : parameter;
  return { name, argument, ...style };
}
