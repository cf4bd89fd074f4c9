import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { ENV, METRICS, SESSIONS } from '../../src/private/contract.js';
import type { CallLimit, Registration } from '../../src/private/registration.js';
import { dynamoDb } from '../shared/clients.js';
import { jsonEnv, requireEnv } from '../shared/env.js';
import { shareOwner } from '../shared/limits.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import type { Principal } from '../shared/principal.js';
import { type Counter, countersOf } from './counters.js';

/** Longest time that a call waits for its count, milliseconds. */
const TIMEOUT_MS = 1_000;
/** Most updates for one call. Each but the first follows one whose counters another call has changed. */
const MAX_ATTEMPTS = 5;
/** Seconds after the last call at which the item of a caller expires: longer than any counter counts. */
const LIFETIME_SECONDS = 2 * 86_400;
/** Callers whose counters this process remembers. */
const MAX_REMEMBERED = 1_000;

type Values = Readonly<Record<string, number | undefined>>;

/** The values of a caller's counters after its last call here: they say which update will do, and the conditions verify it. */
const remembered = new Map<string, Values>();

/** A call that a limit of its caller refuses. */
export class CallRefused extends Error {
  readonly limit: string;
  readonly value: number;

  constructor(
    { limit, value }: Counter,
    /** Seconds after which the call is allowed. */
    readonly retryAfter: number,
  ) {
    super(`too many calls: the limit ${limit} of this caller is ${value}; retry after ${retryAfter} s`);
    this.limit = limit;
    this.value = value;
  }
}

/**
 * Counts a call of a registration. Without limits for this call, nothing is written.
 *
 * @throws {@link CallRefused} if a limit of the caller is reached
 */
export async function countCall(
  registration: Pick<Registration, 'type' | 'name' | 'limit'>,
  principal: Principal | null,
  now = Date.now(),
): Promise<void> {
  if (!principal) return; // limits require an identity
  const forAll = jsonEnv<CallLimit>(ENV.CALLER_LIMITS, {});
  const counters = [
    ...countersOf(forAll, 'limits.caller', '', now),
    ...countersOf(registration.limit ?? {}, `limit of ${registration.name}`, `#${registration.name}`, now),
  ];
  if (counters.length === 0) return;
  try {
    await count(shareOwner(principal.id)!, counters, now);
  } catch (error) {
    if (error instanceof CallRefused) {
      measure([{ name: METRICS.CALLS_REFUSED, value: 1 }]);
      throw error;
    }
    log.warn('a call cannot be counted: it runs without limits', error as Error);
    measure([{ name: METRICS.CALLS_NOT_COUNTED, value: 1 }]);
  }
}

/** Counts a call in the caller's item, all counters at once or none. */
async function count(owner: string, counters: readonly Counter[], now: number): Promise<void> {
  const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    try {
      const { Attributes } = await dynamoDb().send(new UpdateItemCommand(updateOf(owner, counters, now)), {
        abortSignal,
      });
      return remember(owner, { ...remembered.get(owner), ...valuesOf(Attributes) });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const values = valuesOf(error.Item);
      const refusing = counters.filter(({ attribute, most }) => (values[attribute] ?? 0) > most);
      remember(owner, values);
      if (refusing.length > 0) throw refusalOf(refusing, values);
    }
  }
  throw new Error(`the counters changed ${MAX_ATTEMPTS} times meanwhile`);
}

function refusalOf(refusing: readonly Counter[], values: Values): CallRefused {
  const [longest] = refusing
    .map((counter) => ({ counter, retryAfter: counter.retryAfter(values[counter.attribute]!) }))
    .sort((a, b) => b.retryAfter - a.retryAfter);
  return new CallRefused(longest!.counter, longest!.retryAfter);
}

function updateOf(owner: string, counters: readonly Counter[], now: number): UpdateItemCommandInput {
  const known = remembered.get(owner) ?? {};
  const names: Record<string, string> = { '#ttl': SESSIONS.TTL };
  const numbers: Record<string, number> = { ':ttl': Math.ceil(now / 1_000) + LIFETIME_SECONDS };
  const changes = ['#ttl = :ttl'];
  const conditions: string[] = [];
  for (const [i, { attribute, staleAt, first, step, most }] of counters.entries()) {
    names[`#c${i}`] = attribute;
    numbers[`:stale${i}`] = staleAt;
    if ((known[attribute] ?? 0) <= staleAt) {
      numbers[`:first${i}`] = first;
      conditions.push(`(attribute_not_exists(#c${i}) OR #c${i} <= :stale${i})`);
      changes.push(`#c${i} = :first${i}`);
    } else {
      Object.assign(numbers, { [`:step${i}`]: step, [`:most${i}`]: most });
      conditions.push(`(#c${i} > :stale${i} AND #c${i} <= :most${i})`);
      changes.push(`#c${i} = #c${i} + :step${i}`);
    }
  }
  return {
    TableName: requireEnv(ENV.SESSION_TABLE),
    Key: {
      [SESSIONS.PARTITION_KEY]: { S: SESSIONS.CALLER + createHash('sha256').update(owner).digest('base64url') },
      [SESSIONS.SORT_KEY]: { S: SESSIONS.CALLER_LIMITS },
    },
    UpdateExpression: `SET ${changes.join(', ')}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, { N: String(value) }]),
    ),
    ReturnValues: 'UPDATED_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function valuesOf(item: Record<string, AttributeValue> | undefined): Values {
  return Object.fromEntries(Object.entries(item ?? {}).map(([name, { N }]) => [name, N === undefined ? N : Number(N)]));
}

function remember(owner: string, values: Values): void {
  remembered.delete(owner);
  remembered.set(owner, values);
  if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
}
