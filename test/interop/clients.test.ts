import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DeleteItemCommand, DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner.js';
import { classPath, compile } from './support/java';
import { venv } from './support/venv';

let runner: Runner;
let classes: string;
beforeAll(async () => {
  classes = compile('test/interop/java-client');
  runner = await startRunner({
    cwd: 'examples/typescript',
    port: 0,
    modifyTemplate(template) {
      // the opt-in tag that the owner of the function would set
      for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
        if (Type === 'AWS::Lambda::Function' && id.startsWith('echo'))
          Properties!.Tags = [{ Key: 'mcp-server', Value: 'orders' }];
      }
      return template;
    },
  });
});
afterAll(() => runner?.close());

const python = (transport: string, mode: string) => () => ({
  command: join(venv('mcp-client'), 'python'),
  args: ['test/interop/python-client/client.py', transport, mode],
});
const java = (transport: string) => () => ({
  command: 'java',
  args: ['-cp', [classes, classPath('test/interop/java-client')].join(delimiter), 'fixture.Client', transport],
});

/** Runs a client until it exits. Ends all sessions when it pauses. */
async function run({ command, args }: { command: string; args: string[] }): Promise<Record<string, unknown>> {
  const [server] = runner.servers;
  const echo = runner.functions.find(({ tags }) => tags['mcp-server'] === 'orders')!;
  const url = args.includes('sse') ? server.sse! : server.mcp;
  const child = spawn(command, [...args, url, server.register, echo.arn]);
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk) => errors.push(chunk));
  try {
    for await (const line of createInterface(child.stdout)) {
      if (line !== 'pause') return JSON.parse(line);
      await endSessions();
      child.stdin.end('continue\n');
    }
  } finally {
    child.kill();
  }
  throw new Error(`${command} exited without a result: ${Buffer.concat(errors)}`);
}

/** Ends all sessions: deletes their records and cuts their streams. */
async function endSessions(): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: runner.dynamoDbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.includes('Session'));
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  const sessions = Items.filter(({ pk }) => /^(sse|http#.*)$/.test(pk.S!));
  for (const { pk, sk } of sessions) await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  await runner.killFunction('Sse');
}

const EXPECTED = {
  server: 'orders',
  instructions: 'Look up an order before you answer questions about it.',
  tools: ['book_delivery', 'echo', 'findArticles', 'lookup_order', 'text_stats', 'track_parcel'],
  echo: ['grüß dich 👋'],
  stats: { characters: 9, words: 2, lines: 1 },
  missing: { isError: true, texts: [expect.stringContaining('no order A-9999; try A-1001 or A-1002')] },
  invalid: { isError: true, texts: [expect.stringContaining('orderId')] },
  unknown: { code: -32602, message: expect.stringContaining('no_such_tool') },
  resources: ['orders://policies/returns'],
  policy: [expect.stringContaining('# Returns')],
  templates: ['orders://{orderId}/invoice'],
  invoice: [expect.stringContaining('# Invoice A-1001')],
  no_invoice: { code: expect.any(Number), message: expect.stringContaining('orders://B-1/invoice') },
  prompts: ['write_reply'],
  prompt: [expect.stringContaining('Write a brief reply to the customer of order A-1001.')],
  completion: ['friendly', 'formal'],
  booked: ['Delivery of A-1001 is booked for the evening.'],
  questions: [
    {
      message: 'When should order A-1001 arrive?',
      schema: expect.objectContaining({ required: ['slot'] }),
    },
  ],
  reconnected: ['reconnected'],
};

const HTTP_GONE = 'session not found: it has ended or never existed; initialize again without Mcp-Session-Id';
const SSE_GONE = 'session not found: it has ended or never existed; connect to /sse again';
const ON_SSE = { notified: true };

test.each<[string, () => { command: string; args: string[] }, object]>([
  [
    'mcp of PyPI, HTTP+SSE',
    python('sse', 'legacy'),
    { ...ON_SSE, protocol: '2025-11-25', afterEnd: { type: 'MCPError', message: 'Connection closed' } },
  ],
  [
    'mcp of PyPI, Streamable HTTP, before 2026-07-28',
    python('http', 'legacy'),
    { protocol: '2025-11-25', afterEnd: { type: 'MCPError', message: HTTP_GONE } },
  ],
  [
    'mcp of PyPI, Streamable HTTP, negotiated revision',
    python('http', 'auto'),
    { protocol: '2026-07-28', afterEnd: ['after'] },
  ],
  [
    'mcp of PyPI, Streamable HTTP, 2026-07-28 without discovery',
    python('http', '2026-07-28'),
    { protocol: '2026-07-28', afterEnd: ['after'], server: null, instructions: null },
  ],
  [
    'io.modelcontextprotocol.sdk:mcp of Maven, HTTP+SSE',
    java('sse'),
    // it requests 2024-11-05, which lacks structured results
    { ...ON_SSE, protocol: '2024-11-05', stats: null, afterEnd: { message: expect.stringContaining(SSE_GONE) } },
  ],
  [
    'io.modelcontextprotocol.sdk:mcp of Maven, Streamable HTTP',
    java('http'),
    { protocol: '2025-11-25', afterEnd: { message: 'MCP session with server terminated' } },
  ],
])('%s: uses every feature, then reconnects after its session has ended', async (_name, client, own) => {
  expect(await run(client())).toMatchObject({ ...EXPECTED, ...own });
});
