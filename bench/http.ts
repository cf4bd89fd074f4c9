/**
 * Requests per second and latency on `/mcp`, per protocol revision and number of tools, beside the MCP SDK alone with the same
 * tools in its own process; then where the difference goes, and the first request of a new process. Client, runner and functions
 * share the machine's cores: compare the columns, not the numbers with another machine's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startPeer, tool } from './peer';
import { median, percentile, table } from './report';
import { startServer } from './runner';

const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
const SIZES = [10, 200, 2_000];
const REQUESTS = 300;
const CONCURRENCY = 4;
const COLD_STARTS = 10;

type Revision = (typeof REVISIONS)[number];

let ids = 0;

/** One request as a client of the revision sends it. */
function request(
  url: URL,
  revision: Revision,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  const modern = revision === '2026-07-28';
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      ...(modern ? { 'mcp-method': method, ...(params.name ? { 'mcp-name': String(params.name) } : {}) } : {}),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: ++ids, method, params: modern ? { ...params, _meta } : params }),
  });
}

interface Load {
  readonly perSecond: number;
  readonly latencies: number[];
}

/** Sends requests from a few connections, each waiting for its answer. */
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
  const ours = await startServer();
  const rows: Array<Array<string | number>> = [];
  let registered = 0;
  for (const size of SIZES) {
    await register(ours.register, registered, size, ours.echoArn);
    registered = size;
    await sleep(5_000); // longer than a catalog is served unread
    const peer = await startPeer(size);
    for (const revision of REVISIONS) {
      for (const [method, params] of [
        ['tools/list', {}],
        ['tools/call', { name: tool(0).name, arguments: { message: 'hello' } }],
      ] as const) {
        const targets = [ours.mcp, peer.mcp];
        for (const url of targets) await load(() => request(url, revision, method, params)); // warm
        const [a, b] = [
          await load(() => request(ours.mcp, revision, method, params)),
          await load(() => request(peer.mcp, revision, method, params)),
        ];
        rows.push([size, revision, method, ...cells(a), ...cells(b)]);
      }
    }
    await peer.stop();
  }
  table(
    ['tools', 'revision', 'method', 'ours: req/s', 'median ms', 'p99 ms', 'SDK alone: req/s', 'median ms', 'p99 ms'],
    rows,
  );
  await parts(ours.mcp);
  await ours.stop();
}

/** Each line adds a part to the one above. */
async function parts(url: URL): Promise<void> {
  const foreign = { origin: 'https://elsewhere.example' };
  const steps: Array<[string, () => Promise<Response>, number]> = [
    [
      'API Gateway, runtime, function: refused at the door',
      () => request(url, '2026-07-28', 'server/discover', {}, foreign),
      403,
    ],
    ['… and the SDK: server/discover', () => request(url, '2026-07-28', 'server/discover'), 200],
    ['… and the catalog, 200 tools of it sent: tools/list', () => request(url, '2026-07-28', 'tools/list'), 200],
    [
      'the SDK, the catalog and the function invoked: tools/call',
      () => request(url, '2026-07-28', 'tools/call', { name: tool(0).name, arguments: { message: 'hi' } }),
      200,
    ],
  ];
  const rows: Array<Array<string | number>> = [];
  for (const [what, send, status] of steps) {
    await load(send, status);
    rows.push([what, ...cells(await load(send, status))]);
  }
  console.log();
  table(['part', 'req/s', 'median ms', 'p99 ms'], rows);
}

/** The first request that a process of the HTTP function answers, its start included, and the second. */
async function coldStart(): Promise<void> {
  const first: number[] = [];
  const second: number[] = [];
  for (let n = 0; n < COLD_STARTS; n++) {
    const server = await startServer(['--isolation', 'lambda']);
    for (const times of [first, second]) {
      const start = performance.now();
      await (await request(server.mcp, '2026-07-28', 'server/discover')).text();
      times.push(performance.now() - start);
    }
    await server.stop();
  }
  console.log();
  table(
    ['server/discover', 'median ms', 'max ms'],
    [
      ['first request, process start included', median(first).toFixed(0), Math.max(...first).toFixed(0)],
      ['second request', median(second).toFixed(1), Math.max(...second).toFixed(1)],
    ],
  );
}

async function main(): Promise<void> {
  await throughput();
  await coldStart();
}

void main();
