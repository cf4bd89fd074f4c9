import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { sdkHandler } from './sdk-handler';

export { tool } from './sdk-handler';

/** Serves the same tools with the MCP SDK alone, in one process behind `node:http`. */
export async function startSdkBaseline(tools: number): Promise<{ mcp: URL; stop(): Promise<void> }> {
  const handler = sdkHandler(tools);
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
