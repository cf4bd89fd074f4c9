import { createMcpHandler, Server } from '@modelcontextprotocol/server';

/** The tools that all servers of the benchmarks offer. */
export const tool = (n: number) => ({
  name: `tool_${String(n).padStart(4, '0')}`,
  description: 'Returns the message',
  inputSchema: { type: 'object' as const, properties: { message: { type: 'string' as const } }, required: ['message'] },
});

/** A handler that serves the tools with the MCP SDK alone, and calls them itself. */
export function sdkHandler(tools: number) {
  const list = Array.from({ length: tools }, (_, n) => tool(n));
  return createMcpHandler(() => {
    const server = new Server({ name: 'sdk-baseline', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', async ({ params }) => {
      const from = Number(params?.cursor ?? 0);
      const more = from + 200 < list.length;
      return { tools: list.slice(from, from + 200), ...(more ? { nextCursor: String(from + 200) } : {}) };
    });
    server.setRequestHandler('tools/call', async ({ params }) => ({
      content: [{ type: 'text', text: String(params.arguments?.message) }],
    }));
    return server;
  });
}
