import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { seal, unseal } from '../../../lambda/functions/seal.js';
import { SharedKeys } from '../../../lambda/functions/sealing-keys.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { Tables } from '../mcp/tables.js';

let aws: EmbeddedAws;
let tables: Tables;
let count = 0;

beforeAll(async () => {
  aws = await startEmbeddedAws();
});
afterAll(() => aws.stop());
beforeEach(async () => {
  tables = new Tables(aws.dynamoDb, `keys-${count++}`);
  await tables.create();
});

test('creates one key, without expiry, for functions that start at the same time', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => new SharedKeys().current()));
  expect(new Set(ids.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(ids[0]!.key).toHaveLength(32);
  const { Items } = await aws.dynamoDb.send(new ScanCommand({ TableName: tables.sessions }));
  expect(Items).toHaveLength(1);
  expect(Object.keys(Items![0]!).sort()).toEqual(['key', 'pk', 'sk']);
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
