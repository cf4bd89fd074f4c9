import type { RunningInvocation } from './invocation.js';

/** Number of invocations to remember. Log lines can arrive after the response. */
const MAX_INVOCATIONS = 1000;

/** Remembers which invocations are calls of tools. The MCP server names the tool in the client context. */
export class InvokedTools {
  private readonly names = new Map<string, string>();

  remember({ requestId, clientContext }: RunningInvocation): void {
    const tool = toolOf(clientContext);
    if (tool === undefined) return;
    this.names.set(requestId, tool);
    const [oldest] = this.names.keys();
    if (this.names.size > MAX_INVOCATIONS && oldest !== undefined) this.names.delete(oldest);
  }

  /** Returns the tool of a log line, if it is known. */
  of({ requestId }: { readonly requestId?: string }): { tool?: string } {
    const tool = requestId === undefined ? undefined : this.names.get(requestId);
    return tool === undefined ? {} : { tool };
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
