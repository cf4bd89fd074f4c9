import { GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { ENV, EVENTS, SESSIONS } from '../../src/private/contract.js';
import { dynamoDb } from '../shared/clients.js';
import { requireEnv } from '../shared/env.js';

/**
 * How far each read reaches back before the previous one, milliseconds. Events sort by their publishers' clocks, and an item may become
 * visible after one with a later key.
 */
const OVERLAP_MS = 60_000;
/** How far a position may be ahead of this clock. A publisher's fast clock must not hide the events of other publishers. */
const MAX_AHEAD_MS = 1_000;
/** Above every event's sort key and below the counter's. */
const LAST_KEY = ':';

/** The lowest sort key of events at a time, epoch milliseconds. */
export function eventKey(at: number): string {
  return String(Math.max(0, at)).padStart(13, '0');
}

/**
 * Receives resource updates.
 *
 * @param uris the URIs of the updated resources, each of them once and at least one
 * @param position the position of the log after them
 */
export type DeliverUpdates = (uris: readonly string[], position: string) => Promise<void> | void;

/** Reads published resource updates, each of them once. */
export class UpdateLog {
  private readonly table = requireEnv(ENV.SESSION_TABLE);
  private readonly seen = new Set<string>();
  private count = -1;

  private constructor(
    /** Sort key at which the next read starts. */
    private from: string,
    /** Sort key of the newest event read, or of the time at which the log was opened. */
    private newest: string,
  ) {}

  /**
   * Opens the log.
   *
   * @param since the position of another log; the new one starts after it. Starts with the next event by default.
   */
  static async open(since?: string): Promise<UpdateLog> {
    if (since !== undefined) {
      const resumed = new UpdateLog(since, since);
      resumed.seen.add(since);
      return resumed;
    }
    const now = Date.now();
    const opened = new UpdateLog(eventKey(now - OVERLAP_MS), eventKey(now));
    await opened.readNew(); // skips the events published before
    return opened;
  }

  /** Position at which another log continues without a gap. */
  get position(): string {
    return this.newest;
  }

  /**
   * Reads the URIs of the resources updated since the previous read, each of them once. If `deliver` fails, the next read returns them
   * again.
   */
  async readNew(deliver?: DeliverUpdates): Promise<string[]> {
    const startedAt = Date.now();
    const count = await this.readCount();
    const uris = new Set<string>();
    const keys: string[] = [];
    const latest = eventKey(startedAt + MAX_AHEAD_MS);
    let newest = this.newest;
    if (count !== this.count) {
      for await (const { key, uri } of this.events()) {
        if (this.seen.has(key)) continue;
        keys.push(key);
        if (key > newest) newest = key < latest ? key : latest;
        uris.add(uri);
      }
    }
    if (uris.size > 0) await deliver?.([...uris], newest);
    for (const key of keys) this.seen.add(key);
    this.newest = newest;
    this.count = count;
    this.advance(eventKey(startedAt - OVERLAP_MS));
    return [...uris];
  }

  private async readCount(): Promise<number> {
    const { Item } = await dynamoDb().send(
      new GetItemCommand({
        TableName: this.table,
        Key: { [SESSIONS.PARTITION_KEY]: { S: EVENTS.PARTITION }, [SESSIONS.SORT_KEY]: { S: EVENTS.COUNTER } },
        ConsistentRead: true,
      }),
    );
    return Number(Item?.[EVENTS.COUNT]?.N ?? 0);
  }

  private async *events(): AsyncGenerator<{ key: string; uri: string }> {
    const pages = paginateQuery(
      { client: dynamoDb() },
      {
        TableName: this.table,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#pk': SESSIONS.PARTITION_KEY, '#sk': SESSIONS.SORT_KEY },
        ExpressionAttributeValues: {
          ':pk': { S: EVENTS.PARTITION },
          ':from': { S: this.from },
          ':to': { S: LAST_KEY },
        },
        ConsistentRead: true,
      },
    );
    const now = Date.now() / 1000;
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const uri = item[EVENTS.URI]?.S;
        const expiresAt = Number(item[SESSIONS.TTL]?.N ?? Number.POSITIVE_INFINITY);
        if (uri !== undefined && expiresAt > now) yield { key: item[SESSIONS.SORT_KEY]!.S!, uri };
      }
    }
  }

  /** Moves the start of the next read to `from`. */
  private advance(from: string): void {
    if (from <= this.from) return;
    this.from = from;
    for (const key of this.seen) if (key < from) this.seen.delete(key);
  }
}
