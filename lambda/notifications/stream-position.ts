import { isObject } from '../shared/json.js';
import { type Digest, KINDS } from './list-changes.js';

/** How far a listener has been told: an SSE event id, with which its client comes back as `Last-Event-ID`. */
export interface StreamPosition {
  /** `UpdateLog.position`. */
  readonly updates: string;
  /** What it knows of the lists. */
  readonly lists: Digest;
}

/** A client stores it with each event: what tells two digests apart is enough. */
const DIGEST_CHARACTERS = 8;
const MAX_CHARACTERS = 2_000;
const EVENT_KEY = /^\d{13}/;

export function writePosition({ updates, lists }: StreamPosition): string {
  const short = KINDS.map((kind) => [kind, lists[kind].slice(0, DIGEST_CHARACTERS)]);
  return Buffer.from(JSON.stringify({ updates, ...Object.fromEntries(short) })).toString('base64url');
}

/** The position in an id that `writePosition` wrote; undefined for any other. `now` is what the lists are by now. */
export function readPosition(id: string, now: Digest): StreamPosition | undefined {
  const read = id.length > MAX_CHARACTERS ? undefined : parse(id);
  if (!isObject(read) || typeof read.updates !== 'string' || !EVENT_KEY.test(read.updates)) return undefined;
  const lists = KINDS.map((kind) => {
    const known = String(read[kind]);
    return [kind, known === now[kind].slice(0, DIGEST_CHARACTERS) ? now[kind] : known];
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
