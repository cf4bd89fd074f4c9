import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';

/** Most entries of one page. Many clients read the first page only, so it is a big one. */
export const PAGE_SIZE = 200;

/** How long clients may keep a list. Public: every caller sees the same one. */
export const LIST_CACHE = { ttlMs: 5_000, cacheScope: 'public' } as const;

/** One page of registrations ordered by id. A cursor names the last id of the page before, so changes between pages lose and repeat nothing else. */
export function page(
  registrations: readonly Registration[],
  cursor: string | undefined,
  size = PAGE_SIZE,
): { registrations: readonly Registration[]; nextCursor?: string } {
  return pageAfter(registrations, cursor === undefined ? undefined : afterOf(readCursor(cursor)), size);
}

/** Like `page`, for a cursor already read. */
export function pageAfter(
  registrations: readonly Registration[],
  after: string | undefined,
  size = PAGE_SIZE,
): { registrations: readonly Registration[]; nextCursor?: string } {
  const rest = after === undefined ? registrations : registrations.filter(({ id }) => id > after);
  if (rest.length <= size) return { registrations: rest };
  const shown = rest.slice(0, size);
  return { registrations: shown, nextCursor: writeCursor({ after: shown.at(-1)!.id }) };
}

export function writeCursor(position: JsonObject): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** What `writeCursor` wrote; anything else is the client's mistake. */
export function readCursor(cursor: string): JsonObject {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isObject(position)) return position;
  } catch {
    // not ours
  }
  throw invalidCursor();
}

export function afterOf(position: JsonObject): string {
  if (typeof position.after !== 'string') throw invalidCursor();
  return position.after;
}

export function invalidCursor(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, 'invalid cursor: use the nextCursor of the page before');
}
