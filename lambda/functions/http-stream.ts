import type { JsonObject } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';
import { checkJsonDepth } from '../shared/json-depth.js';

/** Separates the metadata of an HTTP response stream from its body. */
const DELIMITER = Buffer.alloc(8);
const OPENING_BRACE = 0x7b;
const METADATA_KEYS = ['statusCode', 'headers', 'multiValueHeaders', 'cookies'];

/**
 * Reads what a handler with HTTP response streaming writes (`awslambda.HttpResponseStream.from()`, adapters of web frameworks): metadata
 * as JSON, eight NUL bytes, the body. Returns it as a proxy response; undefined for any other bytes.
 */
export function readHttpStream(bytes: Buffer): JsonObject | undefined {
  if (bytes[0] !== OPENING_BRACE) return undefined;
  const end = bytes.indexOf(DELIMITER);
  const metadata = end === -1 ? undefined : parseMetadata(bytes.toString('utf8', 0, end));
  if (!metadata) return undefined;
  const body = bytes.toString('base64', end + DELIMITER.length);
  return { statusCode: 200, ...metadata, body, isBase64Encoded: true };
}

/** Whether text begins with the metadata of an HTTP response stream and its delimiter. */
export function beginsHttpStream(text: string): boolean {
  const end = text.startsWith('{') ? text.indexOf(DELIMITER.toString('latin1')) : -1;
  return end !== -1 && parseMetadata(text.slice(0, end)) !== undefined;
}

function parseMetadata(text: string): JsonObject | undefined {
  try {
    checkJsonDepth(text);
    const metadata: unknown = JSON.parse(text);
    const isMetadata = isObject(metadata) && Object.keys(metadata).every((key) => METADATA_KEYS.includes(key));
    return isMetadata ? metadata : undefined;
  } catch {
    return undefined;
  }
}
