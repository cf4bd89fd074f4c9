import { createHash } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DEFAULTS, ENV, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { numberEnv, requireEnv } from '../shared/env.js';
import { exceedsShare, isFull, ShareReached, shareOwner, type Usage } from '../shared/limits.js';
import { log } from '../shared/log.js';

const HOUR_SECONDS = 3_600;
const COUNT = 'opened';

/** The server's limit of sessions that open in an hour is reached. */
export class TooManyOpenings extends Error {
  readonly limit = 'httpSessionsPerHour';

  constructor(
    readonly value: number,
    readonly retryAfter: number,
  ) {
    super(
      `too many sessions: this server opens ${value} in an hour (limits.httpSessionsPerHour); try again later, or raise limits.httpSessionsPerHour`,
    );
  }
}

/**
 * Counts a session that opens on `/mcp`. Sessions of clients that do not end them last a day, so their number is bounded where they begin.
 *
 * @throws {@link TooManyOpenings} if the server's limit is reached
 * @throws {@link ShareReached} if the caller has its share
 */
export async function countOpening(principal: string | undefined, now = Date.now()): Promise<void> {
  const owner = shareOwner(principal);
  const hour = Math.floor(now / 1000 / HOUR_SECONDS);
  const retryAfter = (hour + 1) * HOUR_SECONDS - Math.floor(now / 1000);
  const keys = [
    `${hour}`,
    ...(owner === undefined ? [] : [`${hour}#${createHash('sha256').update(owner).digest('hex')}`]),
  ];
  const add = (change: number) => Promise.all(keys.map((key) => count(key, change, hour)));
  const [total, own] = await add(1);
  const value = numberEnv(ENV.MAX_HTTP_SESSIONS_PER_HOUR, DEFAULTS.MAX_HTTP_SESSIONS_PER_HOUR);
  const held = own === undefined ? undefined : own - 1;
  const usage: Usage = { limit: 'httpSessionsPerHour', value, taken: total! - 1, held };
  if (!isFull(usage) && !exceedsShare(usage)) return;
  // sessions that are refused are not counted, or one caller could use up the places of all others
  await add(-1).catch((error: Error) => log.warn('correcting the count of sessions failed', error));
  throw isFull(usage) ? new TooManyOpenings(value, retryAfter) : new ShareReached(usage, retryAfter);
}

/** Changes a counter. Returns its new value. */
async function count(key: string, change: number, hour: number): Promise<number> {
  const { Attributes } = await dynamoDb().send(
    new UpdateItemCommand({
      TableName: requireEnv(ENV.SESSION_TABLE),
      Key: { [SESSIONS.PARTITION_KEY]: { S: SESSIONS.OPENED }, [SESSIONS.SORT_KEY]: { S: key } },
      UpdateExpression: 'ADD #count :change SET #ttl = :ttl',
      ExpressionAttributeNames: { '#count': COUNT, '#ttl': SESSIONS.TTL },
      ExpressionAttributeValues: {
        ':change': { N: String(change) },
        ':ttl': { N: String((hour + 2) * HOUR_SECONDS) },
      },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.[COUNT]?.N);
}
