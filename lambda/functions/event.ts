import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { RequestContext } from '../protocol/request-scope.js';

export type CallMethod = 'tools/call' | 'prompts/get' | 'resources/read' | 'completion/complete' | 'resources/list';

/** A call of a handler. */
export interface FunctionCall {
  readonly registration: Registration;
  readonly functionArn: string;
  readonly method: CallMethod;
  /** The name of the tool or prompt, or the URI of the resource. */
  readonly target: string;
  /** The event of a handler with `payload: ARGUMENTS`. If absent, the handler gets the REQUEST event whatever its `payload`. */
  readonly arguments?: JsonObject;
  /** `params` of the REQUEST event. */
  readonly params: JsonObject;
}

/** Returns the call of a tool. */
export function toolCall(tool: Registration, args: JsonObject): FunctionCall {
  return {
    registration: tool,
    functionArn: tool.lambdaArn,
    method: 'tools/call',
    target: tool.name,
    arguments: args,
    params: { name: tool.name, arguments: args },
  };
}

/** Limit of Lambda for a client context, in bytes of base64. */
export const MAX_CLIENT_CONTEXT = 3_583;

/** Returns the event of an invocation. */
export function eventOf(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  deadlineMs: number,
): JsonObject {
  if (call.registration.payload !== 'REQUEST' && call.arguments !== undefined) return call.arguments;
  const { requestId, protocolVersion, transport, sessionId, principal, client } = request;
  const { clientCapabilities, logLevel, meta, background, taskId } = request;
  return {
    method: call.method,
    params: { ...call.params, ...(meta ? { _meta: meta } : {}) },
    context: {
      invocationId,
      requestId,
      protocolVersion,
      transport,
      sessionId,
      principal,
      client,
      clientCapabilities,
      logLevel,
      deadlineMs,
      registrationId: call.registration.id,
      background,
      taskId,
    },
  };
}

/**
 * Returns the client context of an invocation in base64: request metadata for handlers with `payload: ARGUMENTS`.
 * If it exceeds Lambda's limit, the last entries are left out and `mcpTruncated` is set.
 */
export function clientContextOf(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  serverName: string,
): string {
  const metaText = (key: string) => (typeof request.meta?.[key] === 'string' ? request.meta[key] : undefined);
  const entries: [string, string | undefined][] = [
    ['mcpMethod', call.method],
    ['mcpName', call.target],
    ['mcpRequestId', invocationId],
    ['mcpSessionId', request.sessionId],
    ['mcpPrincipal', request.principal?.id],
    ['mcpProtocolVersion', request.protocolVersion],
    ['mcpRegistrationId', call.registration.id],
    ['traceparent', metaText('traceparent')],
    ['tracestate', metaText('tracestate')],
    ['bedrockAgentCoreToolName', `${serverName}___${call.registration.name}`],
  ];
  const present = entries.filter(([, value]) => value !== undefined);
  let encoded = encode(Object.fromEntries(present));
  while (encoded.length > MAX_CLIENT_CONTEXT) {
    present.pop();
    encoded = encode({ ...Object.fromEntries(present), mcpTruncated: 'true' });
  }
  return encoded;
}

function encode(custom: object): string {
  return Buffer.from(JSON.stringify({ custom })).toString('base64');
}
