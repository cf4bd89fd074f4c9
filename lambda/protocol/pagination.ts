import type { ProtocolError } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';
import { invalidParams } from './errors.js';

/** Page size of lists. It is large because many clients read the first page only. */
export const PAGE_SIZE = 200;

/** Longest cursor, in characters. It can hold a cursor of a handler. */
const MAX_CURSOR_CHARACTERS = 65_536;

/** Cache hints of lists that are the same for all callers. */
export const LIST_CACHE = { ttlMs: 5_000, cacheScope: 'public' } as const;
/** Cache hints of lists that depend on the caller. */
export const PRIVATE_CACHE = { ttlMs: 5_000, cacheScope: 'private' } as const;

/**
 * Returns one page of registrations that are sorted by id. A cursor holds the last id of the previous page: changes between two pages
 * neither skip nor repeat other registrations.
 */
export function page(
  registrations: readonly Registration[],
  cursor: string | undefined,
  size = PAGE_SIZE,
): { registrations: readonly Registration[]; nextCursor?: string } {
  return pageAfter(registrations, cursor === undefined ? undefined : afterOf(readCursor(cursor)), size);
}

/** Returns the page that follows a registration id. */
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

/** Encodes a position as a cursor. */
export function writeCursor(position: JsonObject): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Decodes a cursor.
 *
 * @throws if `writeCursor` did not create it
 */
export function readCursor(cursor: string): JsonObject {
  try {
    if (cursor.length > MAX_CURSOR_CHARACTERS) throw invalidCursor();
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isObject(position)) return position;
  } catch {
    // not JSON
  }
  throw invalidCursor();
}

export function invalidCursor(): ProtocolError {
  return invalidParams('invalid cursor: use the nextCursor of the previous page');
}

function afterOf(position: JsonObject): string {
  if (typeof position.after !== 'string') throw invalidCursor();
  return position.after;
}
