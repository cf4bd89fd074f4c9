import { GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { SESSIONS, type SseSessionRecord } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { type Lease, LeaseStore, ownedBy } from '../shared/leases.js';
import { shareOwner } from '../shared/limits.js';

/** A session that is being opened. */
interface NewSession extends Lease {
  readonly id: string;
  readonly principal?: string;
}

/** A session whose lease has expired. */
interface ExpiredSession {
  readonly id: string;
  readonly queueUrl?: string;
}

/** The session records of SSE sessions. A session exists while its record does, because a deleted queue accepts messages for another minute. */
export class SessionStore extends LeaseStore {
  constructor() {
    super(SESSIONS.SSE);
  }

  /** Writes the record of a session without a queue. Such a session does not accept messages. */
  reserve(session: NewSession): Promise<void> {
    const { id, principal } = session;
    if (principal === undefined) return this.insert(id, session, {});
    return this.insert(id, session, { principal: { S: principal }, ...ownedBy(shareOwner(principal)) });
  }

  /** Adds the queue to the record, so that the session accepts messages. Resolves to false if the record has been removed. */
  attach(id: string, queueUrl: string, leaseUntil: number): Promise<boolean> {
    return this.update(id, 'SET queueUrl = :queueUrl, leaseUntil = :leaseUntil', {
      ':queueUrl': { S: queueUrl },
      ':leaseUntil': { N: String(leaseUntil) },
    });
  }

  /** Extends the lease. Resolves to false if the record has been removed. */
  renew(id: string, leaseUntil: number): Promise<boolean> {
    return this.update(id, 'SET leaseUntil = :leaseUntil', { ':leaseUntil': { N: String(leaseUntil) } });
  }

  /** Finds a session that has a queue and a valid lease. */
  async find(id: string, now = Date.now()): Promise<SseSessionRecord | undefined> {
    const { Item: item } = await dynamoDb().send(
      new GetItemCommand({ TableName: this.table, Key: this.key(id), ConsistentRead: true }),
    );
    const queueUrl = item?.queueUrl?.S;
    const leaseUntil = Number(item?.leaseUntil?.N);
    if (!item || !queueUrl || !(leaseUntil > now)) return undefined;
    return {
      queueUrl,
      principal: item.principal?.S,
      leaseUntil,
      createdAt: Number(item.createdAt?.N),
      expiresAt: Number(item[SESSIONS.TTL]?.N),
    };
  }

  async remove(id: string): Promise<void> {
    await this.delete(id);
  }

  /** Lists the sessions whose lease has expired at `now`. */
  async *expired(now = Date.now()): AsyncGenerator<ExpiredSession> {
    for await (const page of paginateQuery({ client: dynamoDb() }, this.byLease('<=', now))) {
      for (const item of page.Items ?? []) yield { id: item[SESSIONS.SORT_KEY]!.S!, queueUrl: item.queueUrl?.S };
    }
  }

  /** Removes a record unless its lease has been renewed in the meantime. */
  async removeExpired(id: string, now = Date.now()): Promise<void> {
    await this.delete(id, { expression: 'leaseUntil <= :now', values: { ':now': { N: String(now) } } });
  }
}
