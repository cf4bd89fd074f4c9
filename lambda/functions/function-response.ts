import { ProtocolError } from '@modelcontextprotocol/server';
import type { EventType } from '../../src/private/event.js';
import type { JsonObject } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';
import type { CallMethod } from './event.js';
import {
  partialBatchFailure,
  readApiGatewayResponse,
  readAppSyncResponse,
  readBedrockAgentResponse,
  readHttpApiResponse,
  readSqsResponse,
} from './event-responses.js';
import { inputRequest, jsonRpcError, mcpResult, task } from './mcp-response.js';
import { readProxyResponse } from './proxy-response.js';

/** A function response by its form. Tools, resources and prompts each make their own MCP result of it. */
export type FunctionResponse =
  /** A JSON-RPC error. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  /** An MCP result, input requests, or the request to be called again in the background. */
  | { readonly kind: 'result'; readonly resultType: ResultType; readonly result: JsonObject }
  /** The binary body of a proxy response. */
  | { readonly kind: 'binary'; readonly base64: string; readonly mimeType: string }
  /** A proxy response with a status of 400 or above. */
  | { readonly kind: 'status'; readonly status: number; readonly text: string }
  /** A proxy response with a status of 300 to 399, or a success whose only content is a `Location`. */
  | { readonly kind: 'redirect'; readonly status: number; readonly location?: string; readonly text: string }
  /** A response that reports a failure, or that cannot be read. */
  | { readonly kind: 'failed'; readonly text: string; readonly details?: unknown }
  /** Data: any other JSON value. */
  | { readonly kind: 'value'; readonly value: unknown; readonly mimeType?: string };

type ResultType = 'complete' | 'input_required' | 'task';
/** Recognises a form by its whole shape. Returns undefined for any other object. */
type Reader = (response: JsonObject, method: CallMethod) => FunctionResponse | undefined;

/** Why a resource or prompt refuses the request to be called again. */
export const ONLY_TOOLS_CONTINUE = 'its handler returned resultType "task", which only tools support';

/** Readers of a function response, in the order of the table in docs/reference/function-responses.md. */
const READERS: readonly Reader[] = [proxyResponse, jsonRpcError, inputRequest, task, mcpResult, partialBatchFailure];
/** Readers of a response to the request event. */
const MCP_READERS: readonly Reader[] = [jsonRpcError, inputRequest, task, mcpResult];
/** Readers of the body of a proxy response. */
const BODY_READERS = READERS.filter((reader) => reader !== proxyResponse);

/** Reads a function response as the event of its handler demands. Only after an event of arguments, the shape decides. */
const BY_EVENT: Readonly<Record<EventType, (value: unknown, method: CallMethod) => FunctionResponse>> = {
  arguments: (value, method) => read(READERS, value, method) ?? { kind: 'value', value },
  request: (value, method) => read(MCP_READERS, value, method) ?? { kind: 'value', value },
  apiGateway: readApiGatewayResponse,
  httpApi: readHttpApiResponse,
  appSync: readAppSyncResponse,
  bedrockAgent: readBedrockAgentResponse,
  sqs: readSqsResponse,
  template: (value) => ({ kind: 'value', value }),
};

/**
 * Determines the form of a function response: by the event, or, after an event of arguments, by its whole shape. A response that no
 * reader recognises is data.
 *
 * @param method the method that the handler was called for: a tool's MCP result is data of a prompt
 * @param eventType the type of the event that the handler received
 */
export function readFunctionResponse(
  value: unknown,
  method: CallMethod,
  eventType: EventType = 'arguments',
): FunctionResponse {
  return BY_EVENT[eventType](value, method);
}

/** Converts a JSON-RPC error of a handler to a protocol error. */
export function functionError({ code, message, data }: Extract<FunctionResponse, { kind: 'error' }>): ProtocolError {
  return new ProtocolError(code, message, data);
}

/** Returns what a redirect says, for a model: its status, its `Location` and its body. */
export function redirectText({ status, location, text }: Extract<FunctionResponse, { kind: 'redirect' }>): string {
  return `HTTP ${status}${location === undefined ? '' : `: ${location}`}${text && `\n${text}`}`;
}

function read(readers: readonly Reader[], value: unknown, method: CallMethod): FunctionResponse | undefined {
  if (!isObject(value)) return undefined;
  for (const reader of readers) {
    const response = reader(value, method);
    if (response) return response;
  }
  return undefined;
}

/** A response for API Gateway, a function URL or a load balancer. Its body is read like a response. */
function proxyResponse(response: JsonObject, method: CallMethod): FunctionResponse | undefined {
  const http = readProxyResponse(response);
  if (http?.kind !== 'value') return http;
  return read(BODY_READERS, http.value, method) ?? http;
}
