/**
 * Measures throughput and latency of `/mcp` by protocol revision and number of tools, compared with the MCP SDK alone serving the same
 * tools in one process. Then breaks down the difference. Client, runner and functions share the machine's
 * cores, so compare columns and not absolute numbers across machines.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { REVISIONS, request } from './client';
import { median, percentile, table } from './report';
import { startServer } from './runner';
import { startSdkBaseline, tool } from './sdk-baseline';

const SIZES = [10, 200, 2_000];
const REQUESTS = 300;
const CONCURRENCY = 4;

interface Load {
  readonly perSecond: number;
  readonly latencies: number[];
}

/** Sends requests over several connections, each waiting for its response. */
async function load(send: () => Promise<Response>, expected = 200): Promise<Load> {
  const latencies: number[] = [];
  const begin = performance.now();
  let left = REQUESTS;
  const connection = async () => {
    while (left-- > 0) {
      const start = performance.now();
      const response = await send();
      const text = await response.text();
      if (response.status !== expected || text.includes('"error":{'))
        throw new Error(`${response.status} ${text.slice(0, 300)}`);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, connection));
  return { perSecond: (REQUESTS * 1000) / (performance.now() - begin), latencies };
}

const cells = ({ perSecond, latencies }: Load) => [
  perSecond.toFixed(0),
  median(latencies).toFixed(1),
  percentile(latencies, 0.99).toFixed(1),
];

async function register(server: URL, from: number, to: number, lambdaArn: string): Promise<void> {
  for (let n = from; n < to; n++) {
    const response = await fetch(server, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'tool', ...tool(n), lambdaArn }),
    });
    if (response.status !== 201) throw new Error(await response.text());
  }
}

async function throughput(): Promise<void> {
  const server = await startServer();
  const rows: Array<Array<string | number>> = [];
  let registered = 0;
  for (const size of SIZES) {
    await register(server.register, registered, size, server.echoArn);
    registered = size;
    await sleep(5_000); // longer than a catalog is cached
    const baseline = await startSdkBaseline(size);
    for (const revision of REVISIONS) {
      for (const [method, params] of [
        ['tools/list', {}],
        ['tools/call', { name: tool(0).name, arguments: { message: 'hello' } }],
      ] as const) {
        const targets = [server.mcp, baseline.mcp];
        for (const url of targets) await load(() => request(url, revision, method, params)); // warm up
        const [a, b] = [
          await load(() => request(server.mcp, revision, method, params)),
          await load(() => request(baseline.mcp, revision, method, params)),
        ];
        rows.push([size, revision, method, ...cells(a), ...cells(b)]);
      }
    }
    await baseline.stop();
  }
  table(
    ['tools', 'revision', 'method', 'server: req/s', 'median ms', 'p99 ms', 'SDK alone: req/s', 'median ms', 'p99 ms'],
    rows,
  );
  await breakdown(server.mcp);
  await server.stop();
}

/** Measures requests that pass through more and more parts of the server. */
async function breakdown(url: URL): Promise<void> {
  const disallowedOrigin = { origin: 'https://elsewhere.example' };
  const steps: Array<[string, () => Promise<Response>, number]> = [
    [
      'API Gateway, runtime, request guard: origin rejected',
      () => request(url, '2026-07-28', 'server/discover', {}, disallowedOrigin),
      403,
    ],
    ['… plus the SDK: server/discover', () => request(url, '2026-07-28', 'server/discover'), 200],
    ['… plus the catalog: tools/list with 200 tools', () => request(url, '2026-07-28', 'tools/list'), 200],
    [
      '… plus the invocation of the handler: tools/call',
      () => request(url, '2026-07-28', 'tools/call', { name: tool(0).name, arguments: { message: 'hi' } }),
      200,
    ],
  ];
  const rows: Array<Array<string | number>> = [];
  for (const [part, send, status] of steps) {
    await load(send, status);
    rows.push([part, ...cells(await load(send, status))]);
  }
  console.log();
  table(['part', 'req/s', 'median ms', 'p99 ms'], rows);
}

void throughput();
