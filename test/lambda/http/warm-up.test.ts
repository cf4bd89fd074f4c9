import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { warmUp } from '../../../lambda/http/warm-up.js';
import { buildCatalog, type Catalog, CatalogCache } from '../../../lambda/registry/catalog.js';
import { withTimeLimits } from '../../../lambda/shared/time-limits.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

let aws: EmbeddedAws;
let tables: Tables;
let count = 0;

beforeAll(async () => {
  aws = await startEmbeddedAws();
});
beforeEach(async () => {
  tables = new Tables(aws.dynamoDb, `warm-up-${count++}`);
  await tables.create();
});
afterEach(() => vi.useRealTimers());
afterAll(() => aws.stop());

const names = ({ tools }: Catalog) => tools.map(({ name }) => name);

test('reads the registry, for a request that follows within the age of a catalog', async () => {
  await tables.register(tool('a'));
  const cache = new CatalogCache();
  await warmUp(() => cache.get());
  await tables.register(tool('b'));
  expect(names(await cache.get())).toEqual(['a']); // without another read
});

test('does not serve its catalog without a check to a request that comes later', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await tables.register(tool('a'));
  const cache = new CatalogCache();
  await warmUp(() => cache.get());
  await tables.register(tool('b'));
  vi.advanceTimersByTime(600_000); // Lambda may freeze a process for minutes between initialization and first request
  expect(names(await cache.get())).toEqual(['a', 'b']);
});

test('leaves a failure to the first request', async () => {
  let attempts = 0;
  const { catalog } = buildCatalog(1, []);
  const cache = async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('AccessDenied');
    return catalog;
  };
  await expect(warmUp(cache)).resolves.toBeUndefined();
  expect(await cache()).toBe(catalog);
});

test('does not wait longer than 3 seconds for the registry', async () => {
  const silent = createServer();
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const minute = { attemptMs: 60_000, totalMs: 60_000 };
  const client = withTimeLimits(new DynamoDBClient({ endpoint }), () => minute);
  const started = performance.now();
  await warmUp(() => client.send(new GetItemCommand({ TableName: 'a', Key: { a: { S: 'a' } } })) as never);
  expect(performance.now() - started).toBeLessThan(30_000);
  client.destroy();
  silent.close();
});
