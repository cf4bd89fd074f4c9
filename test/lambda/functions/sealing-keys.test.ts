import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { seal, unseal } from '../../../lambda/functions/seal.js';
import { SharedKeys } from '../../../lambda/functions/sealing-keys.js';
import { log } from '../../../lambda/shared/log.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { Tables } from '../mcp/tables.js';

let aws: EmbeddedAws;
let tables: Tables;
let count = 0;

beforeAll(async () => {
  aws = await startEmbeddedAws();
});
afterAll(() => aws.stop());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
beforeEach(async () => {
  tables = new Tables(aws.dynamoDb, `keys-${count++}`);
  await tables.create();
  vi.useFakeTimers({ toFake: ['Date'] });
});

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const stored = async () => (await aws.dynamoDb.send(new ScanCommand({ TableName: tables.sessions }))).Items!;

test('creates one key, which expires after two days, for functions that start at the same time', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => new SharedKeys().current()));
  expect(new Set(ids.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(ids[0]!.key).toHaveLength(32);
  const items = await stored();
  expect(items).toHaveLength(1);
  const now = Date.now();
  expect(items[0]).toMatchObject({ createdAt: { N: String(now) } });
  expect(items[0]!.expiresAt!.N).toBe(String(Math.ceil((now + 2 * DAY) / 1000)));
});

test('unseals in one function what another sealed', async () => {
  const sealed = await seal({ round: 1, state: 's' }, 'b', new SharedKeys());
  expect(await unseal(sealed, 'b', new SharedKeys())).toEqual({ round: 1, state: 's' });
});

test('seals with the new key after a rotation, and still unseals with the old one', async () => {
  const keys = new SharedKeys();
  const old = await seal({ round: 1 }, 'b', keys);
  const item = { pk: { S: 'keys' }, sk: { S: '10' }, key: { B: Buffer.alloc(32, 1) } };
  await aws.dynamoDb.send(new PutItemCommand({ TableName: tables.sessions, Item: item }));
  const fresh = new SharedKeys();
  expect((await fresh.current()).id).toBe('10');
  expect(await unseal(old, 'b', fresh)).toEqual({ round: 1 });
});

test('adds one key after a day, whichever functions seal first', async () => {
  const functions = Array.from({ length: 10 }, () => new SharedKeys());
  await Promise.all(functions.map((keys) => keys.current()));
  pass(DAY - 1);
  await Promise.all(functions.map((keys) => keys.current()));
  expect(await stored()).toHaveLength(1);
  pass(1);
  const before = await Promise.all(functions.map((keys) => keys.current()));
  expect((await stored()).map(({ sk }) => sk!.S).sort()).toEqual(['1', '2']);
  expect(new Set(before.map(({ id }) => id))).toEqual(new Set(['1'])); // other functions may not have read the new key
  pass(6 * MINUTE);
  const after = await Promise.all(functions.map((keys) => keys.current()));
  expect(new Set(after.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(after[0]!.id).toBe('2');
});

test('opens each seal for its lifetime, in every function, while the keys rotate', async () => {
  const [sealing, opening] = [new SharedKeys(), new SharedKeys()];
  await sealing.current();
  pass(DAY - 20 * MINUTE);
  const open: Array<{ sealed: string; until: number }> = [];
  for (let minute = 0; minute < 60; minute++) {
    open.push({ sealed: await seal({ round: 1 }, 'b', sealing), until: Date.now() + 10 * MINUTE });
    for (const { sealed, until } of open) {
      const expected = until >= Date.now() ? { round: 1 } : undefined;
      expect(await unseal(sealed, 'b', opening), `minute ${minute}`).toEqual(expected);
    }
    pass(MINUTE);
  }
  expect((await sealing.current()).id).toBe('2');
});

test('opens nothing with a key that has been replaced, whatever lifetime a seal claims', async () => {
  const keys = new SharedKeys();
  await keys.current();
  pass(DAY);
  const forged = await seal({ round: 1 }, 'b', keys, Date.now() + DAY);
  expect(forged).toMatch(/^1\./);
  pass(17 * MINUTE);
  expect(await unseal(forged, 'b', keys)).toEqual({ round: 1 });
  pass(2 * MINUTE);
  expect(await unseal(forged, 'b', keys)).toBeUndefined();
});

test('neither seals nor opens with a key that expired while the server sealed nothing', async () => {
  const keys = new SharedKeys();
  const forged = await seal({ round: 1 }, 'b', keys, Date.now() + 30 * DAY);
  pass(2 * DAY - 10 * MINUTE);
  expect((await keys.current()).id).toBe('2'); // a seal of the first key would outlive it
  pass(11 * MINUTE);
  expect(await unseal(forged, 'b', new SharedKeys())).toBeUndefined();
});

test('replaces a key that was stored without a creation time', async () => {
  const item = { pk: { S: 'keys' }, sk: { S: '1' }, key: { B: Buffer.alloc(32, 1) } };
  await aws.dynamoDb.send(new PutItemCommand({ TableName: tables.sessions, Item: item }));
  const keys = new SharedKeys();
  const old = await seal({ round: 1 }, 'b', keys);
  expect(old).toMatch(/^1\./);
  pass(6 * MINUTE);
  expect((await keys.current()).id).toBe('2');
  expect(await unseal(old, 'b', keys)).toEqual({ round: 1 });
});

/** Makes writes fail, before or after their effect. */
function failWrites(when: 'before' | 'after') {
  const send = DynamoDBClient.prototype.send as (command: unknown) => Promise<unknown>;
  return vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(async function (
    this: DynamoDBClient,
    command: unknown,
  ) {
    if (!(command instanceof PutItemCommand)) return send.call(this, command);
    if (when === 'after') await send.call(this, command);
    throw new Error('throttled');
  } as never);
}

test('uses the key whose answer was lost, and fails without any key', async () => {
  vi.spyOn(log, 'warn').mockImplementation(() => {});
  const failing = failWrites('before');
  await expect(new SharedKeys().current()).rejects.toThrow('throttled');
  failing.mockRestore();
  failWrites('after');
  const { id, key } = await new SharedKeys().current();
  expect(id).toBe('1');
  expect((await stored()).map((item) => Buffer.from(item.key!.B!))).toEqual([Buffer.from(key)]);
});

test('fails rather than sealing with a key that is about to expire', async () => {
  const keys = new SharedKeys();
  await keys.current();
  pass(2 * DAY - 10 * MINUTE);
  vi.spyOn(log, 'warn').mockImplementation(() => {});
  failWrites('before');
  await expect(keys.current()).rejects.toThrow('throttled');
});

test('keeps sealing with the current key while the rotation fails', async () => {
  const keys = new SharedKeys();
  await keys.current();
  pass(DAY);
  const warn = vi.spyOn(log, 'warn').mockImplementation(() => {});
  const failing = failWrites('before');
  expect((await keys.current()).id).toBe('1');
  failing.mockRestore();
  expect(warn).toHaveBeenCalledWith('rotating the sealing keys failed', expect.any(Error));
  await keys.current();
  expect(await stored()).toHaveLength(2);
});
