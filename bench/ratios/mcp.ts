/** `/mcp` beside the MCP SDK alone in one Lambda function: the same tools, client, API and runner. */
import { setTimeout as sleep } from 'node:timers/promises';
import { REVISIONS, request, timed } from '../client';
import { startServer } from '../runner';
import { tool } from '../sdk-handler';
import { alternate, type Effort, type Ratio, ratioOf } from './ratio';

const TOOLS = 10;
/** Longer than a catalog is cached. */
const CATALOG_MS = 3_000;
const ROUNDS = { short: { rounds: 9, runs: 100 }, long: { rounds: 15, runs: 200 } } as const;

const REQUESTS = [
  ['tools/list', {}],
  ['tools/call', { name: tool(0).name, arguments: { message: 'hello' } }],
] as const;

export async function mcp(effort: Effort): Promise<Ratio[]> {
  const server = await startServer();
  await register(server.register, server.echoArn);
  await sleep(CATALOG_MS);
  const ratios: Ratio[] = [];
  for (const revision of REVISIONS) {
    for (const [method, params] of REQUESTS) {
      const sides = [server.mcp, server.sdk].map((url) => () => timed(() => request(url, revision, method, params)));
      await alternate(sides, { rounds: 1, runs: 50 }); // until the code is compiled
      const [own, sdk] = await alternate(sides, ROUNDS[effort]);
      ratios.push(ratioOf(`/mcp ${method}, ${revision}`, 'SDK alone in a function', own!, sdk!));
    }
  }
  await server.stop();
  return ratios;
}

async function register(url: URL, lambdaArn: string): Promise<void> {
  for (let n = 0; n < TOOLS; n++) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ type: 'tool', ...tool(n), lambdaArn });
    const response = await fetch(url, { method: 'POST', headers, body });
    if (response.status !== 201) throw new Error(await response.text());
  }
}
