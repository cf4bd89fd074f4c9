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
  /** The arguments that the event mapping places. If absent, the handler gets the request event whatever its mapping. */
  readonly arguments?: JsonObject;
  /** The event of a handler without an event mapping, if it is not the arguments. */
  readonly argumentsEvent?: JsonObject;
  /** `params` of the request event. */
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

/**
 * Returns the client context of an invocation in base64: request metadata for handlers whose event does not have it.
 * If it exceeds Lambda's limit, the last entries are left out and `mcpTruncated` is set. Entries that the client chooses are the last ones.
 * The principal is never left out: returns undefined if it does not fit.
 */
export function clientContextOf(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  serverName: string,
): string | undefined {
  const { trace } = request;
  const metaText = (key: string) => (typeof request.meta?.[key] === 'string' ? request.meta[key] : undefined);
  const entries: [string, string | undefined][] = [
    ['mcpPrincipal', request.principal?.id],
    ['mcpMethod', call.method],
    ['mcpRequestId', invocationId],
    ['mcpRegistrationId', call.registration.id],
    ['mcpProtocolVersion', request.protocolVersion],
    ['mcpSessionId', request.sessionId],
    ['mcpName', call.target],
    ['traceparent', metaText('traceparent') ?? trace?.traceparent],
    ['tracestate', metaText('tracestate') ?? trace?.tracestate],
    ['bedrockAgentCoreToolName', `${serverName}___${call.registration.name}`],
  ];
  const present = entries.filter(([, value]) => value !== undefined);
  const required = request.principal ? 1 : 0;
  let encoded = encode(Object.fromEntries(present));
  while (encoded.length > MAX_CLIENT_CONTEXT) {
    if (present.length <= required) return undefined;
    present.pop();
    encoded = encode({ ...Object.fromEntries(present), mcpTruncated: 'true' });
  }
  return encoded;
}

function encode(custom: object): string {
  return Buffer.from(JSON.stringify({ custom })).toString('base64');
}
