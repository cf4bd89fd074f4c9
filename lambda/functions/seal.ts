import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What `requestState` carries through the client. */
export interface SealedState {
  /** How many times the function has asked in this call. */
  readonly round: number;
  /** The function's own value. */
  readonly state?: string;
}

export interface SealingKey {
  readonly id: string;
  readonly key: Uint8Array;
}

export interface SealingKeys {
  /** The key to seal with. */
  current(): Promise<SealingKey>;
  /** The key that something was sealed with; undefined for one that never was. */
  find(id: string): Promise<SealingKey | undefined>;
}

/** How long a client has for one answer, milliseconds. */
const LIFETIME_MS = 600_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a state with AES-256-GCM as `<key id>.<base64url>`. `binding` is what it is valid for: it opens with no other.
 */
export async function seal(state: SealedState, binding: unknown, keys: SealingKeys, now = Date.now()): Promise<string> {
  const { id, key } = await keys.current();
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(digest([id, binding]));
  const text = JSON.stringify({ ...state, until: now + LIFETIME_MS });
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${id}.${sealed.toString('base64url')}`;
}

/** Opens what `seal` made; undefined for everything else: forged, bound to something else, expired. */
export async function open(
  sealed: string,
  binding: unknown,
  keys: SealingKeys,
  now = Date.now(),
): Promise<SealedState | undefined> {
  const [id, text, ...rest] = sealed.split('.');
  if (!id || !text || rest.length > 0) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const found = bytes.length > IV_BYTES + TAG_BYTES ? await keys.find(id) : undefined;
  if (!found) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(digest([id, binding])).setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    const { until, ...state } = JSON.parse(plain.toString('utf8')) as SealedState & { until: number };
    return until >= now ? state : undefined;
  } catch {
    return undefined; // the tag does not fit
  }
}

/** Equal for equal JSON values, in whatever order their keys come. */
function digest(value: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(value, (_, part) => (isPlainObject(part) ? sorted(part) : part)))
    .digest();
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
