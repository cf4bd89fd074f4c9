import type { RunningInvocation } from './invocation.js';

/** Number of invocations to remember. Log lines can arrive after the response. */
const MAX_INVOCATIONS = 1000;

/** What an invocation is for. */
interface Purpose {
  readonly tool?: string;
  readonly customResource?: true;
}

/** Remembers which invocations are calls of tools, which the MCP server names in the client context, and requests of custom resources. */
export class InvocationPurposes {
  private readonly known = new Map<string, Purpose>();
  /** Names of the functions whose newest invocation is a request of a custom resource. */
  private readonly providers = new Set<string>();

  remember(functionName: string, { requestId, clientContext }: RunningInvocation, customResource = false): void {
    if (customResource) this.providers.add(functionName);
    else this.providers.delete(functionName);
    const tool = toolOf(clientContext);
    if (tool === undefined && !customResource) return;
    this.known.set(requestId, { ...(tool !== undefined && { tool }), ...(customResource && { customResource }) });
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_INVOCATIONS && oldest !== undefined) this.known.delete(oldest);
  }

  /** Returns the purpose of the invocation that wrote a log line, if it is known. */
  of({ requestId, functionName }: { readonly requestId?: string; readonly functionName: string }): Purpose {
    if (requestId !== undefined) return this.known.get(requestId) ?? {};
    return this.providers.has(functionName) ? { customResource: true } : {};
  }
}

function toolOf(clientContext: string | undefined): string | undefined {
  if (clientContext === undefined) return undefined;
  try {
    const { custom } = JSON.parse(clientContext) as { custom?: { mcpMethod?: unknown; mcpName?: unknown } };
    return custom?.mcpMethod === 'tools/call' && typeof custom.mcpName === 'string' ? custom.mcpName : undefined;
  } catch {
    return undefined; // a client context of another caller
  }
}
