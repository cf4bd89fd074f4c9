import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { dynamoDb } from '../../../lambda/shared/clients.js';
import { ENV } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { tool } from '../mcp/registrations.js';
import { itemOf, Tables } from '../mcp/tables.js';

const MANY = 2_000;
/** Longer than the catalog's cache time. */
const STALE_MS = 2_100;

let aws: EmbeddedAws;
let tables: Tables;
let host: StreamingHost;
/** The DynamoDB commands that the handler has sent. */
let commands: string[] = [];
/** Delays queries while it is set. */
let gate: Promise<void> | undefined;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'many');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'many', version: '1.0.0' });
  const inputSchema = { type: 'object', properties: { id: { type: 'string', description: 'x'.repeat(400) } } };
  const items = Array.from({ length: MANY }, (_, n) =>
    itemOf(tool(`tool-${String(n).padStart(4, '0')}`, { inputSchema })),
  );
  for (let from = 0; from < MANY; from += 25) {
    const requests = items.slice(from, from + 25).map((item) => ({ PutRequest: { Item: marshall(item) } }));
    await aws.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [tables.registry]: requests } }));
  }
  await tables.touch(Date.now() - 3_600_000); // long before the functions start
  host = await startStreamingHost('/mcp', async () => (await import('../../../lambda/http/index.js')).handler);
  dynamoDb().middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        commands.push(commandName);
        if (commandName === 'QueryCommand') await gate;
        return next(args);
      },
    { step: 'initialize', name: 'recorded' },
  );
});
afterAll(async () => {
  await host?.close();
  await aws?.stop();
});
afterEach(() => {
  commands = [];
  gate = undefined;
});

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

async function list(cursor?: string): Promise<{ tools: Array<{ name: string }>; nextCursor?: string }> {
  const response = await fetch(host.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta, cursor } }),
  });
  return ((await response.json()) as { result: Awaited<ReturnType<typeof list>> }).result;
}

test('lists all pages of 2,000 tools, each tool once, in order', async () => {
  const names: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const { tools, nextCursor } = await list(cursor);
    names.push(...tools.map(({ name }) => name));
    cursor = nextCursor;
    pages += 1;
  } while (cursor);
  expect(names).toHaveLength(MANY);
  expect(names).toEqual([...new Set(names)].sort());
  expect(pages).toBe(10);
});

test('reads at most one small item for a warm request', async () => {
  await list();
  commands = [];
  await Promise.all(Array.from({ length: 10 }, () => list()));
  expect(['', 'GetItemCommand']).toContain(commands.join()); // none, unless the machine takes more than 2 s
  await sleep(STALE_MS);
  commands = [];
  await list();
  expect(commands).toEqual(['GetItemCommand']);
});

test('reads the registry for the first request after a change, and delays no other', async () => {
  await list();
  await tables.register(tool('a-new-one'));
  await sleep(STALE_MS);
  let open!: () => void;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  let answered = false;
  const first = list().then((page) => {
    answered = true;
    return page;
  });
  await expect.poll(() => commands).toContain('QueryCommand');

  const others = await Promise.all(Array.from({ length: 10 }, () => list()));
  for (const { tools } of others) expect(tools[0]!.name).toBe('tool-0000');
  expect(answered).toBe(false);

  open();
  expect((await first).tools[0]!.name).toBe('a-new-one');
  expect((await list()).tools[0]!.name).toBe('a-new-one');
});
