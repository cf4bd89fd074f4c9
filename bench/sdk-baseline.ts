import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';

/** The tools that both servers offer. */
export const tool = (n: number) => ({
  name: `tool_${String(n).padStart(4, '0')}`,
  description: 'Returns the message',
  inputSchema: { type: 'object' as const, properties: { message: { type: 'string' as const } }, required: ['message'] },
});

/** Serves the same tools with the MCP SDK alone, in one process behind `node:http`. */
export async function startSdkBaseline(tools: number): Promise<{ mcp: URL; stop(): Promise<void> }> {
  const list = Array.from({ length: tools }, (_, n) => tool(n));
  const handler = createMcpHandler(() => {
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
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const result = await handler.fetch(
      new Request('http://sdk-baseline/mcp', {
        method: request.method,
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks),
      }),
    );
    response.writeHead(result.status, Object.fromEntries(result.headers));
    response.end(Buffer.from(await result.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    mcp: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
