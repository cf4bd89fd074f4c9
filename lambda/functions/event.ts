import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { RequestContext } from '../protocol/request-scope.js';

export type CallMethod = 'tools/call' | 'prompts/get' | 'resources/read' | 'completion/complete' | 'resources/list';

/** One call of a registered function. */
export interface FunctionCall {
  readonly registration: Registration;
  readonly functionArn: string;
  readonly method: CallMethod;
  /** What the client asked for: a tool's or prompt's name, a resource's uri. */
  readonly target: string;
  /** The event of a function that knows nothing of MCP; without it the function gets the REQUEST event whatever its `payload`. */
  readonly arguments?: JsonObject;
  /** `params` of the REQUEST event. */
  readonly params: JsonObject;
}

/** The call of a tool. */
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

/** Most base64 bytes of a client context. */
export const MAX_CLIENT_CONTEXT = 3_583;

/** The event of an invocation. */
export function eventOf(
  call: FunctionCall,
  facts: RequestContext,
  invocationId: string,
  deadlineMs: number,
): JsonObject {
  if (call.registration.payload !== 'REQUEST' && call.arguments !== undefined) return call.arguments;
  const { requestId, protocolVersion, transport, sessionId, principal, client, clientCapabilities, logLevel } = facts;
  const { background, taskId } = facts;
  const context = { invocationId, requestId, protocolVersion, transport, sessionId, principal, client };
  return {
    method: call.method,
    params: { ...call.params, ...(facts.meta ? { _meta: facts.meta } : {}) },
    context: {
      ...context,
      clientCapabilities,
      logLevel,
      deadlineMs,
      registrationId: call.registration.id,
      background,
      taskId,
    },
  };
}

/** The client context of an invocation, base64: what a function with `payload: ARGUMENTS` can learn of the request. */
export function clientContextOf(
  call: FunctionCall,
  facts: RequestContext,
  invocationId: string,
  serverName: string,
): string {
  const text = (key: string) => (typeof facts.meta?.[key] === 'string' ? facts.meta[key] : undefined);
  const values: [string, string | undefined][] = [
    ['mcpMethod', call.method],
    ['mcpName', call.target],
    ['mcpRequestId', invocationId],
    ['mcpSessionId', facts.sessionId],
    ['mcpPrincipal', facts.principal?.id],
    ['mcpProtocolVersion', facts.protocolVersion],
    ['mcpRegistrationId', call.registration.id],
    ['traceparent', text('traceparent')],
    ['tracestate', text('tracestate')],
    ['bedrockAgentCoreToolName', `${serverName}___${call.registration.name}`],
  ];
  const present = values.filter(([, value]) => value !== undefined);
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
