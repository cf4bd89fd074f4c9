/**
 * Measures cold starts of the HTTP function beside the MCP SDK alone in a Lambda function (bench/cold-start/sdk-function.ts), and beside an
 * empty function: processor time from process start until the first `tools/list` and the first `tools/call` are answered, and resident
 * memory. Each is a new process with AWS's runtime client.
 *
 * Both serve the same 10 tools. The HTTP function reads them from the embedded DynamoDB and invokes another function for the call; only its
 * own process counts. The SDK-only function has its tools in its code and calls them itself: it needs no AWS SDK.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import dynalite from 'dynalite';
import { build } from 'esbuild';
import { LambdaProcess, type Usage } from './cold-start/lambda-process';
import { median, percentile, table } from './report';
import { tool } from './sdk-handler';
import { USER_BUNDLE } from './user-bundle';

/** The bundles to measure. `BENCH_ASSETS` compares another build; `BENCH_NODE_OPTIONS` can be `--cpu-prof`. */
const ASSETS = process.env.BENCH_ASSETS ?? 'assets/lambda';
const TOOLS = 10;
const REVISIONS = ['2026-07-28', '2025-11-25'] as const;
const MOMENTS = ['ready', 'list', 'call'] as const;
/** Server functions whose cold start ends when they are ready: a process without a request. */
const OTHERS = ['sse', 'message', 'registration', 'authorizer', 'sweeper', 'task-runner'] as const;

type Moment = (typeof MOMENTS)[number];
type Measures = Record<Moment, { readonly cpuMs: number; readonly rssMb: number; readonly cpuP99: number }>;

/** Medians, and the 99th percentile of the processor time. */
export interface ColdStartResult {
  readonly runs: number;
  readonly http: Measures;
  readonly sdk: Measures;
  readonly empty: Measures;
  /** Of the HTTP function over the SDK-only function. */
  readonly ratios: Record<Moment, { readonly cpu: number; readonly rss: number }>;
}

/**
 * Starts each function `runs` times, alternating.
 *
 * @param revision the protocol revision of the client
 */
export async function coldStarts(runs = 21, revision: string = REVISIONS[0]): Promise<ColdStartResult> {
  const directory = mkdtempSync(join(tmpdir(), 'cold-start-'));
  const aws = await startAws();
  try {
    const functions = {
      http: () => LambdaProcess.start(`${ASSETS}/http`, { ...SERVER_ENV, ...aws.env }),
      sdk: await bundled(directory, 'sdk', 'bench/cold-start/sdk-function.ts'),
      empty: await emptyFunction(directory),
    };
    const samples = { http: [] as Samples[], sdk: [] as Samples[], empty: [] as Samples[] };
    for (let run = 0; run < runs; run++) {
      for (const name of ['http', 'sdk', 'empty'] as const) samples[name].push(await sample(functions[name], revision));
    }
    const [http, sdk, empty] = [summary(samples.http), summary(samples.sdk), summary(samples.empty)];
    const ratio = (moment: Moment) => ({
      cpu: http[moment].cpuMs / sdk[moment].cpuMs,
      rss: http[moment].rssMb / sdk[moment].rssMb,
    });
    return { runs, http, sdk, empty, ratios: { ready: ratio('ready'), list: ratio('list'), call: ratio('call') } };
  } finally {
    await aws.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Median processor time and memory of a function until it is ready for its first request, and those of an empty one. */
interface ReadyResult {
  readonly own: Usage;
  readonly empty: Usage;
}

/** Starts each of the other server functions `runs` times, alternating with an empty one. */
export async function otherFunctions(runs = 9): Promise<Record<string, ReadyResult>> {
  const directory = mkdtempSync(join(tmpdir(), 'cold-start-'));
  const empty = await emptyFunction(directory);
  const result: Record<string, ReadyResult> = {};
  for (const name of OTHERS) {
    const env = { ...SERVER_ENV, ...(name === 'authorizer' ? OAUTH_ENV : {}) };
    const usages = { own: [] as Usage[], empty: [] as Usage[] };
    for (let run = 0; run < runs; run++) {
      usages.own.push(await usageUntilReady(() => LambdaProcess.start(`${ASSETS}/${name}`, env)));
      usages.empty.push(await usageUntilReady(empty));
    }
    result[name] = { own: medians(usages.own), empty: medians(usages.empty) };
  }
  rmSync(directory, { recursive: true });
  return result;
}

async function usageUntilReady(start: () => Promise<LambdaProcess>): Promise<Usage> {
  const process = await start();
  await process.ready;
  const usage = await process.usage();
  await process.stop();
  return usage;
}

const medians = (usages: readonly Usage[]): Usage => ({
  cpuMs: median(usages.map(({ cpuMs }) => cpuMs)),
  rssMb: median(usages.map(({ rssMb }) => rssMb)),
});

type Samples = Record<Moment, Usage>;

/** The environment of the functions of a server with default properties, and what the other functions need in addition. */
export const SERVER_ENV = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  MCP_SERVER_ID: 'mcp-bench',
  MCP_SERVER_INFO: '{"name":"bench","version":"1.0.0"}',
  MCP_AUTHORIZATION: 'NONE',
  MCP_METRIC_NAMESPACE: 'McpLambda',
  MCP_REGISTRY_TABLE: 'registry',
  MCP_SESSION_TABLE: 'sessions',
  MCP_TOOL_METRICS: 'off',
  MCP_RUNTIME_ROLE_ARN: 'arn:aws:iam::123456789012:role/bench',
  MCP_OWN_FUNCTIONS: '[]',
};

/** The authorizer is only part of a server with OAuth. */
const OAUTH_ENV = { MCP_OAUTH: '{"issuers":[],"resource":"https://bench.example/mcp"}' };

async function sample(start: () => Promise<LambdaProcess>, revision: string): Promise<Samples> {
  const process = await start();
  await process.ready;
  const ready = await process.usage();
  const usages: Usage[] = [];
  for (const [method, params, expected] of [
    ['tools/list', {}, '"tool_0009"'],
    ['tools/call', { name: tool(0).name, arguments: { message: 'hello' } }, '"hello"'],
  ] as const) {
    const { statusCode, body } = await process.invoke(request(revision, method, params));
    if (statusCode !== 200 || !(body.includes(expected) || body === '')) throw new Error(`${statusCode} ${body}`);
    usages.push(await process.usage());
  }
  await process.stop();
  return { ready, list: usages[0]!, call: usages[1]! };
}

function summary(samples: readonly Samples[]): Measures {
  const of = (moment: Moment) => {
    const usages = samples.map((each) => each[moment]);
    return {
      ...medians(usages),
      cpuP99: percentile(
        usages.map(({ cpuMs }) => cpuMs),
        0.99,
      ),
    };
  };
  return { ready: of('ready'), list: of('list'), call: of('call') };
}

/** The event of an MCP client's request. */
export function request(revision: string, method: string, params: Record<string, unknown>): APIGatewayProxyEvent {
  const modern = revision === '2026-07-28';
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': revision,
    ...(modern ? { 'mcp-method': method, ...(params.name ? { 'mcp-name': String(params.name) } : {}) } : {}),
  };
  return {
    resource: '/mcp',
    path: '/mcp',
    httpMethod: 'POST',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    requestContext: { path: '/prod/mcp', requestId: crypto.randomUUID(), domainName: 'bench.example', identity: {} },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: modern ? { ...params, _meta } : params }),
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEvent;
}

/** Bundles a function, and returns how to start it. */
export async function bundled(directory: string, name: string, entry: string): Promise<() => Promise<LambdaProcess>> {
  const folder = join(directory, name);
  await build({
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    ...USER_BUNDLE,
    logLevel: 'warning',
  });
  return () => LambdaProcess.start(folder, { AWS_REGION: 'us-east-1', TOOLS: String(TOOLS) });
}

async function emptyFunction(directory: string): Promise<() => Promise<LambdaProcess>> {
  const folder = join(directory, 'empty');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.mjs'), "export const handler = async () => ({ statusCode: 200, body: '' });");
  return () => LambdaProcess.start(folder, { AWS_REGION: 'us-east-1' });
}

/** The embedded DynamoDB with registered tools, and an Invoke API whose function returns its argument. */
export async function startAws(): Promise<{ env: Record<string, string>; stop(): Promise<void> }> {
  const dynamoDb = dynalite({ createTableMs: 0 });
  const invoke = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { message } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
  });
  const [dynamoDbUrl, lambdaUrl] = await Promise.all(
    [dynamoDb, invoke].map(async (server) => {
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }),
  );
  await register(dynamoDbUrl!);
  return {
    env: { AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl!, AWS_ENDPOINT_URL_LAMBDA: lambdaUrl! },
    async stop() {
      for (const server of [dynamoDb, invoke]) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}

async function register(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const TableName = SERVER_ENV.MCP_REGISTRY_TABLE;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'type', KeyType: 'HASH' },
        { AttributeName: 'name', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'type', AttributeType: 'S' },
        { AttributeName: 'name', AttributeType: 'S' },
      ],
    }),
  );
  const now = new Date().toISOString();
  const items = Array.from({ length: TOOLS }, (_, n) => {
    const lambdaArn = `arn:aws:lambda:us-east-1:123456789012:function:echo`;
    const definition = JSON.stringify({ type: 'tool', ...tool(n), lambdaArn });
    const facts = { owner: 'api', createdAt: now, updatedAt: now, revision: 1, schemaVersion: 1 };
    return { type: 'tool', name: tool(n).name, definition, lambdaArn, ...facts };
  });
  const revision = { type: 'META', name: 'revision', revision: TOOLS };
  for (const item of [...items, revision]) await client.send(new PutItemCommand({ TableName, Item: marshall(item) }));
  client.destroy();
}

async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 21);
  for (const revision of process.argv[3] ? [process.argv[3]] : REVISIONS) {
    const { http, sdk, empty, ratios } = await coldStarts(runs, revision);
    console.log(`\nClients of ${revision}, ${runs} processes each\n`);
    const cells = (of: Measures, moment: Moment) => [of[moment].cpuMs.toFixed(0), of[moment].rssMb.toFixed(0)];
    table(
      [
        'until',
        'HTTP: CPU ms',
        'p99',
        'MiB',
        'SDK alone: CPU ms',
        'p99',
        'MiB',
        'empty: CPU ms',
        'MiB',
        'CPU ratio',
        'memory ratio',
      ],
      MOMENTS.map((moment) => {
        const [[a, b], [c, d]] = [cells(http, moment), cells(sdk, moment)];
        const { cpu, rss } = ratios[moment];
        const p99 = (of: Measures) => of[moment].cpuP99.toFixed(0);
        return [moment, a!, p99(http), b!, c!, p99(sdk), d!, ...cells(empty, moment), cpu.toFixed(2), rss.toFixed(2)];
      }),
    );
  }
  if (process.argv[3]) return;
  console.log();
  const others = await otherFunctions();
  table(
    ['function', 'CPU ms until ready', 'MiB', 'empty: CPU ms', 'MiB', 'CPU ratio', 'memory ratio'],
    Object.entries(others).map(([name, { own, empty }]) => [
      name,
      ...[own, empty].flatMap(({ cpuMs, rssMb }) => [cpuMs.toFixed(0), rssMb.toFixed(0)]),
      (own.cpuMs / empty.cpuMs).toFixed(2),
      (own.rssMb / empty.rssMb).toFixed(2),
    ]),
  );
}

if (require.main === module) void main();
