import { idOf, keyOf, type RegistrationKey } from './item.js';
import { Refusal } from './refusal.js';

/** A cursor names the last registration of the page before it, so that changes between pages shift nothing. */
export function encodeCursor(last: RegistrationKey): string {
  return Buffer.from(idOf(last)).toString('base64url');
}

export function decodeCursor(cursor: string): RegistrationKey {
  const key = keyOf(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!key || encodeCursor(key) !== cursor) throw new Refusal(400, 'invalid cursor: use nextCursor of the page before');
  return key;
}
