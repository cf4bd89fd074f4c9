import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { isObject } from '../shared/json.js';
import type { RequestedSchemas } from './input-responses.js';

/** The content of a sealed `requestState`. */
export interface SealedState {
  /** Rounds of input requests so far. */
  readonly round: number;
  /** The handler's own request state. */
  readonly state?: string;
  /** What the input responses must match. */
  readonly schemas?: RequestedSchemas;
}

export interface SealingKey {
  readonly id: string;
  readonly key: Uint8Array;
}

export interface SealingKeys {
  /** Returns the key to seal with. */
  current(): Promise<SealingKey>;
  /** Returns a key by its id; undefined if it does not exist. */
  find(id: string): Promise<SealingKey | undefined>;
}

/** How long a client has for its input responses, in milliseconds. */
export const SEAL_LIFETIME_MS = 600_000;
const SEALED = /^([A-Za-z0-9]{1,32})\.([\w-]+)$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a state with AES-256-GCM as `<key id>.<base64url>`.
 *
 * @param binding a JSON value that `unseal` must be given, too
 */
export async function seal(state: SealedState, binding: unknown, keys: SealingKeys, now = Date.now()): Promise<string> {
  const { id, key } = await keys.current();
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(digest([id, binding]));
  const text = JSON.stringify({ ...state, until: now + SEAL_LIFETIME_MS });
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${id}.${sealed.toString('base64url')}`;
}

/** Decrypts a sealed state; undefined if it is forged, expired, or has another binding. */
export async function unseal(
  sealed: string,
  binding: unknown,
  keys: SealingKeys,
  now = Date.now(),
): Promise<SealedState | undefined> {
  const [, id, text] = SEALED.exec(sealed) ?? [];
  if (id === undefined || text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return undefined; // Node.js ignores a trailing character
  const sealingKey = bytes.length > IV_BYTES + TAG_BYTES ? await keys.find(id) : undefined;
  if (!sealingKey) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey.key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(digest([id, binding])).setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    const { until, ...state } = JSON.parse(plain.toString('utf8')) as SealedState & { until: number };
    return until >= now ? state : undefined;
  } catch {
    return undefined; // the authentication tag does not match
  }
}

/** Hashes a JSON value independently of the order of its keys. */
function digest(value: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(value, (_, part) => (isObject(part) ? sortKeys(part) : part)))
    .digest();
}

function sortKeys(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
