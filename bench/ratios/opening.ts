/**
 * The first message of sessions that are opened at once: from its POST to its event, beside pings sent at once to the MCP SDK alone in one
 * function, which keeps no session.
 */
import { openSession } from '../../test/e2e/support/sse';
import { request, timed } from '../client';
import { startServer } from '../runner';
import { type Effort, type Ratio, ratioOf } from './ratio';

const SESSIONS = 100;
const ROUNDS = { short: 3, long: 9 } as const;

export async function opening(effort: Effort): Promise<Ratio[]> {
  const [own, sdk]: [number[][], number[][]] = [[], []];
  for (let round = 0; round < ROUNDS[effort]; round++) {
    const server = await startServer(); // sessions of earlier rounds would go on polling
    const ping = () => timed(() => request(server.sdk, '2025-11-25', 'ping'));
    await ping();
    sdk.push(await atOnce(ping));
    own.push(await atOnce(() => firstMessage(server.sse)));
    await server.stop();
  }
  return [ratioOf(`first message of ${SESSIONS} sessions`, 'pings of the SDK alone in a function', own, sdk)];
}

const atOnce = (run: () => Promise<number>) => Promise.all(Array.from({ length: SESSIONS }, run));

async function firstMessage(sseUrl: URL): Promise<number> {
  let received = (_: number) => {};
  const answered = new Promise<number>((resolve) => {
    received = resolve;
  });
  const session = await openSession({ sseUrl }, {}, () => received(performance.now()));
  const start = performance.now();
  await (await session.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).text();
  return (await answered) - start;
}
