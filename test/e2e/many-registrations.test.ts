import { BatchWriteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENV, REGISTRY } from '../../src/private/contract';
import type { RegistrationItem } from '../../src/private/registration';
import { sessions } from './support/aws';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';
import { send } from './support/wire';

const MANY = 2_000;
const nameOf = (n: number) => `many-${String(n).padStart(4, '0')}`;

let fixture: Fixture;
let accesses: string[] = [];

beforeAll(async () => {
  fixture = await startFixture({
    onAccess: ({ action }) => accesses.push(action),
    sseEnvironment: { [ENV.PING_SECONDS]: '5' }, // sessions end soon after their clients disconnect
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
  });
  await fillRegistry();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());
beforeEach(() => {
  accesses = [];
});

/** Writes the items of 2,000 calls of the Registration API. */
async function fillRegistry(): Promise<void> {
  const { runner } = fixture;
  const dynamoDb = new DynamoDBClient({
    endpoint: runner.dynamoDbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const table = runner.functions.map(({ environment }) => environment[ENV.REGISTRY_TABLE]).find(Boolean)!;
  const lambdaArn = fixture.functionArn('echo');
  const now = new Date().toISOString();
  const items = Array.from({ length: MANY }, (_, n): RegistrationItem => {
    const name = nameOf(n);
    return {
      type: 'tool',
      name,
      schemaVersion: REGISTRY.SCHEMA_VERSION,
      definition: JSON.stringify({ type: 'tool', name, lambdaArn, description: `Number ${n}` }),
      lambdaArn,
      owner: 'api',
      createdAt: now,
      updatedAt: now,
      revision: 1,
    };
  });
  for (let from = 0; from < MANY; from += 25) {
    const requests = items.slice(from, from + 25).map((item) => ({ PutRequest: { Item: marshall(item) } }));
    await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: marshall({ [REGISTRY.PARTITION_KEY]: REGISTRY.META, [REGISTRY.SORT_KEY]: REGISTRY.REVISION }),
      UpdateExpression: 'ADD revision :one',
      ExpressionAttributeValues: marshall({ ':one': 1 }),
    }),
  );
  dynamoDb.destroy();
}

async function allTools(client: Client): Promise<{ names: string[]; pages: number }> {
  const names: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const page = await client.listTools({ cursor });
    names.push(...page.tools.map(({ name }) => name));
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor);
  return { names, pages };
}

describe.each([
  ['HTTP+SSE', sseClient],
  ['Streamable HTTP', httpClient],
])('2,000 registrations over %s', (_, connect) => {
  test('lists each registration once, in order, over several pages', async () => {
    const client = await connect(fixture);
    const { names, pages } = await until('all registrations', async () => {
      const all = await allTools(client);
      return all.names.length > MANY ? all : undefined;
    });
    expect(names).toEqual([...new Set(names)].sort());
    expect(names.filter((name) => name.startsWith('many-'))).toHaveLength(MANY);
    expect(pages).toBe(11);
    await client.close();
  });

  test('calls one of them', async () => {
    const client = await connect(fixture);
    const result = await client.callTool({ name: nameOf(1_999), arguments: { message: 'the last one' } });
    expect(result).toMatchObject({ content: [{ text: 'the last one' }] });
    await client.close();
  });
});

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
async function request(method: string, params: { name?: string; arguments?: object } = {}): Promise<any> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(params.name ? { 'mcp-name': params.name } : {}),
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: meta, ...params } });
  return (await send(fixture.mcpUrl, { headers, body })).messages[0].result;
}

test('a warm request reads at most one item of the registry', async () => {
  await until('the SSE sessions to end', async () => (await sessions(fixture)).length === 0); // they read the registry too
  await request('tools/list');
  const reads = () => accesses.filter((action) => action.startsWith('dynamodb:'));
  const requests = {
    'tools/list': {},
    'tools/call': { name: nameOf(7), arguments: { message: 'hello' } },
    'prompts/list': {},
  };
  for (const [method, params] of Object.entries(requests)) {
    for (let n = 0; n < 5; n++) {
      accesses = [];
      await request(method, params);
      expect(['', 'dynamodb:GetItem']).toContain(reads().join());
    }
  }
});

test('lists a new registration', async () => {
  const response = await fetch(fixture.registerUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'tool', name: 'a-new-one', lambdaArn: fixture.functionArn('echo'), parameters: {} }),
  });
  expect(response.status).toBe(201);
  const listed = async () =>
    (await request('tools/list')).tools.some(({ name }: { name: string }) => name === 'a-new-one');
  await until('the new tool to be listed', listed);
});
