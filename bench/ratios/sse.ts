/** HTTP+SSE: from the POST of a ping to its event, beside a ping to the MCP SDK alone in one function, which answers in its response. */
import { openSession } from '../../test/e2e/support/sse';
import { request, timed } from '../client';
import { startServer } from '../runner';
import { alternate, type Effort, type Ratio, ratioOf } from './ratio';

const ROUNDS = { short: { rounds: 9, runs: 100 }, long: { rounds: 15, runs: 200 } } as const;

export async function sse(effort: Effort): Promise<Ratio[]> {
  const server = await startServer();
  const waiting = new Map<unknown, () => void>();
  const session = await openSession({ sseUrl: server.sse }, {}, ({ id }) => waiting.get(id)?.());
  let id = 0;
  const ping = async () => {
    const n = ++id;
    const start = performance.now();
    const answered = new Promise<number>((resolve) => waiting.set(n, () => resolve(performance.now() - start)));
    const posted = session.post({ jsonrpc: '2.0', id: n, method: 'ping' });
    const milliseconds = await answered;
    waiting.delete(n);
    await (await posted).text();
    return milliseconds;
  };
  const sides = [ping, () => timed(() => request(server.sdk, '2025-11-25', 'ping'))];
  await alternate(sides, { rounds: 1, runs: 50 }); // until the code is compiled
  const [own, sdk] = await alternate(sides, ROUNDS[effort]);
  session.disconnect();
  await server.stop();
  return [ratioOf('/sse ping to its event', 'ping of the SDK alone in a function', own!, sdk!)];
}
