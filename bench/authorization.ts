/**
 * Measures what the check of an access token, and a limit per caller, add to a tool call: the same server without authorization, with
 * `McpAuth.oauth()`, with `limits.caller` in addition, and with `McpAuth.oauth()` at a function URL, where no authorizer runs. The rounds
 * alternate, so that the load of the machine is the same for all.
 */
import { fetchToken } from '../local/commands/token';
import { isMain, median, percentile, table } from './report';
import { runServer } from './runner';

const ROUNDS = 5;
const CALLS = 200;

const VARIANTS: ReadonlyArray<readonly [name: string, access: string]> = [
  ['without authorization', ''],
  ['access token', 'token'],
  ['access token and limit', 'token,limit'],
  ['access token at a function URL', 'token,url'],
];

/** Starts a server with authorization, or without, and returns how to call its tool: milliseconds of a call. */
export async function startWithAccess(access: string) {
  process.env.BENCH_ACCESS = access;
  const server = await runServer(access ? ['--enforce-auth'] : []);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
  };
  if (access) headers.authorization = `Bearer ${await fetchToken({ url: server.mcp.href })}`;
  const params = { name: 'echo', arguments: { message: 'hello' } };
  let id = 0;
  const call = async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method: 'tools/call', params });
    const begin = performance.now();
    const response = await fetch(server.mcp, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}: ${text}`);
    return performance.now() - begin;
  };
  return { call, stop: server.stop };
}

async function main(): Promise<void> {
  const latencies = VARIANTS.map((): number[] => []);
  const servers = [];
  for (const [, access] of VARIANTS) servers.push(await startWithAccess(access));
  for (const { call } of servers) for (let i = 0; i < 20; i++) await call();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [n, { call }] of servers.entries()) for (let i = 0; i < CALLS; i++) latencies[n]!.push(await call());
  }
  for (const { stop } of servers) await stop();

  table(
    ['tools/call', 'median ms', 'p99 ms', 'ratio of medians'],
    VARIANTS.map(([name], n) => [
      name,
      median(latencies[n]!).toFixed(1),
      percentile(latencies[n]!, 0.99).toFixed(1),
      (median(latencies[n]!) / median(latencies[0]!)).toFixed(2),
    ]),
  );
}

if (isMain('bench/authorization.ts')) void main();
