import { isObject } from '../shared/json.js';
import { type Digest, LIST_KINDS } from './list-changes.js';

/** How far a stream has got. It is the SSE event id, which the client sends as `Last-Event-ID` when it reconnects. */
export interface StreamPosition {
  /** `UpdateLog.position`. */
  readonly updates: string;
  /** The digest last announced to the client. */
  readonly lists: Digest;
}

/** Length of a digest in a position. Clients store a position with each event, so it holds only enough to tell two digests apart. */
const DIGEST_CHARACTERS = 8;
const MAX_CHARACTERS = 2_000;
/** The sort key of an event, which is at most as long as DynamoDB allows. */
const EVENT_KEY = /^\d{13}[\x20-\x7e]{0,1000}$/;

export function writePosition({ updates, lists }: StreamPosition): string {
  const digests = LIST_KINDS.map((kind) => [kind, lists[kind].slice(0, DIGEST_CHARACTERS)]);
  return Buffer.from(JSON.stringify({ updates, ...Object.fromEntries(digests) })).toString('base64url');
}

/**
 * Reads a position from an event id of `writePosition`. Returns undefined for any other id.
 *
 * @param current the current digest; it completes the shortened digests of lists that have not changed
 */
export function readPosition(id: string, current: Digest): StreamPosition | undefined {
  const read = id.length > MAX_CHARACTERS ? undefined : parse(id);
  if (!isObject(read) || typeof read.updates !== 'string' || !EVENT_KEY.test(read.updates)) return undefined;
  const lists = LIST_KINDS.map((kind) => {
    const known = read[kind];
    if (typeof known !== 'string') return [kind, current[kind]];
    return [kind, known === current[kind].slice(0, DIGEST_CHARACTERS) ? current[kind] : known];
  });
  return { updates: read.updates, lists: Object.fromEntries(lists) };
}

function parse(id: string): unknown {
  try {
    return JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
