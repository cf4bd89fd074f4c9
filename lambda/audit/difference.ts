import type { AuditDifference } from '../../src/private/audit.js';
import { child } from '../../src/private/validation/checks.js';
import { isObject } from '../shared/json.js';

/** Most differences in a record. */
const MAX_DIFFERENCES = 20;
/** Longest JSON text of a value in a record, characters. */
const MAX_VALUE = 512;

/** Returns where two definitions differ. Objects are compared member by member, arrays as a whole. */
export function differences(
  before: unknown,
  after: unknown,
): { readonly changes: AuditDifference[]; readonly moreChanges?: number } {
  const all = [...compare('', before, after)];
  const more = all.length - MAX_DIFFERENCES;
  return { changes: all.slice(0, MAX_DIFFERENCES), ...(more > 0 ? { moreChanges: more } : {}) };
}

function* compare(path: string, before: unknown, after: unknown): Generator<AuditDifference> {
  if (
    (isObject(before) || before === undefined) &&
    (isObject(after) || after === undefined) &&
    (path === '' || (before && after))
  ) {
    for (const key of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
      yield* compare(child(path, key), before?.[key], after?.[key]);
    }
    return;
  }
  const [old, next] = [text(before), text(after)];
  if (old === next) return;
  yield {
    path,
    ...(old === undefined ? {} : { before: shorten(old) }),
    ...(next === undefined ? {} : { after: shorten(next) }),
  };
}

function text(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function shorten(json: string): string {
  return json.length > MAX_VALUE ? `${json.slice(0, MAX_VALUE)}…` : json;
}
