import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CatalogCache } from '../../../lambda/registry/catalog.js';
import { readRevision, touchRevision } from '../../../lambda/registry/store.js';
import { REGISTRY } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';
import { FaultyProxies, type Handling } from '../registration/faulty-proxy.js';

const LONG_AGO = Date.now() - 3_600_000;
/** The revision, and the registrations of each type. */
const READS = ['GetItem', 'Query', 'Query', 'Query'];

const proxies = new FaultyProxies();
let aws: EmbeddedAws;
let tables: Tables;
let count = 0;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  process.env.AWS_ENDPOINT_URL_DYNAMODB = await proxies.before(aws.dynamoDbUrl);
});
afterAll(async () => {
  await proxies.stop();
  await aws.stop();
});
beforeEach(async () => {
  proxies.watch();
  tables = new Tables(aws.dynamoDb, `first-catalog-${count++}`);
  await tables.create();
});

const operations = () => proxies.calls.map(({ operation }) => operation).sort();
const toolNames = async (cache: CatalogCache) => (await cache.get(0)).tools.map(({ name }) => name);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('reads the first catalog in one round trip', async () => {
  await tables.register(tool('a'));
  await tables.touch(LONG_AGO);
  proxies.watch(async (): Promise<Handling> => {
    await until(() => proxies.calls.length === READS.length); // a call that follows the answer of another one would never come
    return 'pass';
  });
  expect(await toolNames(new CatalogCache())).toEqual(['a']);
  expect(operations()).toEqual(READS);
});

test('sees at the next check a change that happens between the reads of the registrations and of the revision', async () => {
  await tables.register(tool('a'));
  await tables.touch(LONG_AGO);
  proxies.watch(async ({ operation }): Promise<Handling> => {
    if (operation === 'GetItem' && proxies.calls.length <= READS.length) {
      await until(() => proxies.calls.length === READS.length);
      await sleep(200); // until the registrations are read
      await tables.register(tool('b'));
    }
    return 'pass';
  });
  const cache = new CatalogCache();
  expect(await toolNames(cache)).toEqual(['a']);
  expect(await toolNames(cache)).toEqual(['a', 'b']);
});

test('reads the registrations once more after a change whose time is unknown', async () => {
  await tables.register(tool('a'));
  await aws.dynamoDb.send(
    new UpdateItemCommand({
      TableName: tables.registry,
      Key: marshall({ type: REGISTRY.META, name: REGISTRY.REVISION }),
      UpdateExpression: 'REMOVE changedAt', // as an earlier version wrote it
    }),
  );
  const cache = new CatalogCache();
  await cache.get(0);
  expect(operations()).toEqual(READS);
  for (let check = 0; check < 3; check++) await cache.get(0);
  expect(operations()).toEqual([...Array(4).fill('GetItem'), ...Array(6).fill('Query')]);
});

test('a change writes its time', async () => {
  const before = Date.now();
  await touchRevision();
  const { revision, changedAt } = await readRevision();
  expect(revision).toBe(1);
  expect(changedAt).toBeGreaterThanOrEqual(before);
});
