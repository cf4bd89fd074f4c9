import { createHash } from 'node:crypto';
import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { SESSIONS } from '../../src/private/contract.js';
import { Failure } from './failure.js';

/** An open stream, which occupies a running function. */
export interface OpenSession {
  /** `sse`: an SSE session. `listener`: a stream of notifications on `/mcp`. */
  readonly kind: 'sse' | 'listener';
  /** The name in logs: a hash of the id. It does not allow sending messages to the session. */
  readonly name: string;
  /** Sort key in the session table. */
  readonly id: string;
  /** Id of the caller that opened it; of a listener's caller with a role, the role. Absent without authentication. */
  readonly caller?: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
}

/** The open streams of a server, with what was counted. */
export interface SessionList {
  readonly open: readonly OpenSession[];
  /** Records whose lease has expired: their functions were killed. The sweeper removes them. */
  readonly expired: readonly OpenSession[];
  /** Unfinished tasks. */
  readonly tasks: number;
  /** 2025 sessions that were opened on `/mcp` in this hour and the one before. They occupy no function. */
  readonly httpSessionsOpened: number;
}

const HOUR_MS = 3_600_000;
const KINDS = { sse: SESSIONS.SSE, listener: SESSIONS.LISTENERS } as const;
const SESSION_ID = /^[0-9a-f]{32}$/;
const NAME_PREFIX = /^[0-9a-f]{6,32}$/;

/** The session table of a deployed server, as far as operators read and change it. */
export class SessionTable {
  constructor(
    private readonly dynamoDb: DynamoDBClient,
    private readonly table: string,
  ) {}

  async list(now = Date.now()): Promise<SessionList> {
    const [sse, listeners, tasks, opened] = await Promise.all([
      this.query(KINDS.sse),
      this.query(KINDS.listener),
      this.query(SESSIONS.TASKS),
      this.query(SESSIONS.OPENED),
    ]);
    const all = [
      ...sse.map((item) => ({ item, session: toSession('sse', item) })),
      ...listeners.map((item) => ({ item, session: toSession('listener', item) })),
    ].sort((a, b) => a.session.openedAt - b.session.openedAt);
    const isOpen = ({ item }: (typeof all)[number]) => Number(item.leaseUntil?.N) > now;
    return {
      open: all.filter(isOpen).map(({ session }) => session),
      expired: all.filter((each) => !isOpen(each)).map(({ session }) => session),
      tasks: tasks.filter((item) => !(Number(item[SESSIONS.TTL]?.N) * 1000 <= now)).length,
      httpSessionsOpened: openings(opened, now),
    };
  }

  /**
   * Ends a session: its function stops at the next renewal of the lease.
   * @param given the beginning of a name, or the id of a session; also that of a 2025 session on `/mcp`
   * @returns the sessions that were ended
   * @throws Failure if several names begin so; no session is ended then
   */
  async end(
    given: string,
  ): Promise<Array<Pick<OpenSession, 'name'> & { readonly kind: OpenSession['kind'] | 'http' }>> {
    if (!NAME_PREFIX.test(given)) return [];
    const { open, expired } = await this.list();
    const found = [...open, ...expired].filter(({ id, name }) => id === given || name.startsWith(given));
    if (found.length > 1) {
      throw new Failure(`${found.length} sessions begin with ${given}`, [
        `pass more characters: ${found.map(({ name }) => name).join(' or ')}`,
      ]);
    }
    for (const { kind, id } of found) await this.delete(KINDS[kind], id);
    const http = SESSION_ID.test(given) ? await this.endHttpSession(given) : [];
    return [...found, ...http];
  }

  private async endHttpSession(id: string) {
    const partition = SESSIONS.HTTP + id;
    const items = await this.query(partition);
    // the record first: once it is gone, the server accepts no request of the session
    const keys = items.map((item) => item[SESSIONS.SORT_KEY]!.S!);
    keys.sort((a, b) => Number(b === SESSIONS.HTTP_RECORD) - Number(a === SESSIONS.HTTP_RECORD));
    for (const key of keys) await this.delete(partition, key);
    return keys.includes(SESSIONS.HTTP_RECORD) ? [{ kind: 'http' as const, name: nameOf(id) }] : [];
  }

  private async query(partition: string): Promise<Array<Record<string, AttributeValue>>> {
    const items: Array<Record<string, AttributeValue>> = [];
    const input = {
      TableName: this.table,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': { S: partition } },
    };
    for await (const { Items = [] } of paginateQuery({ client: this.dynamoDb }, input)) items.push(...Items);
    return items;
  }

  private async delete(partition: string, sortKey: string): Promise<void> {
    const Key = { [SESSIONS.PARTITION_KEY]: { S: partition }, [SESSIONS.SORT_KEY]: { S: sortKey } };
    await this.dynamoDb.send(new DeleteItemCommand({ TableName: this.table, Key }));
  }
}

function toSession(kind: OpenSession['kind'], item: Record<string, AttributeValue>): OpenSession {
  const id = item[SESSIONS.SORT_KEY]!.S!;
  const caller = item.principal?.S ?? item.owner?.S;
  return {
    kind,
    name: nameOf(id),
    id,
    openedAt: Number(item.createdAt?.N),
    ...(caller !== undefined && { caller }),
  };
}

/** Adds up the counters of this hour and of the one before. Those of single callers have another sort key. */
function openings(items: ReadonlyArray<Record<string, AttributeValue>>, now: number): number {
  const hours = [now, now - HOUR_MS].map((time) => String(Math.floor(time / HOUR_MS)));
  const counters = items.filter((item) => hours.includes(item[SESSIONS.SORT_KEY]?.S ?? ''));
  const numbers = counters.map((item) => Number(item.opened?.N ?? 0));
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** The name of a session in logs (`sessionName` of the server functions). */
function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}
