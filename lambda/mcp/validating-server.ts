import {
  isJSONRPCRequest,
  ProtocolErrorCode,
  Server,
  type StandardSchemaV1,
  specTypeSchemas,
  type Transport,
} from '@modelcontextprotocol/server';
import { isModern } from '../protocol/revisions.js';

/** Methods that the modern revision removed. The SDK rejects them there like unknown methods. */
const REMOVED = new Set(['initialize', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

/** The request schema of each method. */
const REQUESTS: Readonly<Record<string, StandardSchemaV1>> = {
  initialize: specTypeSchemas.InitializeRequest,
  'completion/complete': specTypeSchemas.CompleteRequest,
  'logging/setLevel': specTypeSchemas.SetLevelRequest,
  'prompts/get': specTypeSchemas.GetPromptRequest,
  'prompts/list': specTypeSchemas.ListPromptsRequest,
  'resources/list': specTypeSchemas.ListResourcesRequest,
  'resources/read': specTypeSchemas.ReadResourceRequest,
  'resources/subscribe': specTypeSchemas.SubscribeRequest,
  'resources/templates/list': specTypeSchemas.ListResourceTemplatesRequest,
  'resources/unsubscribe': specTypeSchemas.UnsubscribeRequest,
  'tools/call': specTypeSchemas.CallToolRequest,
  'tools/list': specTypeSchemas.ListToolsRequest,
};

/** Rejects invalid requests with readable messages. The MCP SDK responds with its validator's raw output, often as an internal error. */
export class ValidatingServer extends Server {
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    const { onmessage } = transport;
    transport.onmessage = (message, extra) => {
      const problem = isJSONRPCRequest(message) && !this.isRemoved(message.method) ? problemOf(message) : undefined;
      if (!isJSONRPCRequest(message) || problem === undefined) return onmessage?.(message, extra);
      const error = { code: ProtocolErrorCode.InvalidParams, message: `invalid params: ${problem}` };
      transport
        .send({ jsonrpc: '2.0', id: message.id, error }, { relatedRequestId: message.id })
        .catch((failure: Error) => this.onerror?.(failure));
    };
  }

  private isRemoved(method: string): boolean {
    return REMOVED.has(method) && isModern(this.getNegotiatedProtocolVersion() ?? '');
  }
}

function problemOf(request: { method: string; params?: unknown }): string | undefined {
  const schema = Object.hasOwn(REQUESTS, request.method) ? REQUESTS[request.method] : undefined;
  const parsed = schema?.['~standard'].validate(request);
  if (!parsed || parsed instanceof Promise || !parsed.issues) return undefined;
  return parsed.issues.map(({ path = [], message }) => `/${path.map(segmentKey).join('/')}: ${message}`).join('; ');
}

function segmentKey(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
