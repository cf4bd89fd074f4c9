import { createHash } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SessionTable } from '../../../local/deployed/open-sessions.js';
import { SESSIONS } from '../../../src/private/contract.js';
import { startTestServer, type TestServer } from '../../lambda/sse/sessions.js';

const nameOf = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 32);

/** Two ids whose names begin with the same 6 characters. */
function collidingIds(): [string, string] {
  const ids = new Map<string, string>();
  for (let number = 0; ; number++) {
    const id = number.toString(16).padStart(32, '0');
    const prefix = nameOf(id).slice(0, 6);
    const earlier = ids.get(prefix);
    if (earlier !== undefined) return [earlier, id];
    ids.set(prefix, id);
  }
}

let server: TestServer;
let table: SessionTable;
beforeAll(async () => {
  server = await startTestServer();
  table = new SessionTable(server.dynamoDb, server.tables.sessions);
});
afterAll(() => server.stop());

async function open(id: string): Promise<void> {
  const [createdAt, leaseUntil] = [Date.now(), Date.now() + 60_000].map((time) => ({ N: String(time) }));
  const Item = {
    [SESSIONS.PARTITION_KEY]: { S: SESSIONS.SSE },
    [SESSIONS.SORT_KEY]: { S: id },
    createdAt: createdAt!,
    leaseUntil: leaseUntil!,
  };
  await server.dynamoDb.send(new PutItemCommand({ TableName: server.tables.sessions, Item }));
}

const openIds = async () => (await table.list()).open.map(({ id }) => id).sort();

test('a beginning that several sessions have ends none of them, and names them', async () => {
  const ids = collidingIds();
  for (const id of ids) await open(id);
  const [first, second] = ids.map(nameOf);
  await expect(table.end(first!.slice(0, 6))).rejects.toMatchObject({
    message: `2 sessions begin with ${first!.slice(0, 6)}`,
    hints: [expect.stringMatching(new RegExp(`^pass more characters: .*${second}`))],
  });
  expect(await openIds()).toEqual([...ids].sort());
  expect(await table.end(first!)).toMatchObject([{ kind: 'sse', name: first }]);
  expect(await openIds()).toEqual([ids[1]]);
});
