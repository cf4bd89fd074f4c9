import type { JsonObject } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';
import { checkJsonDepth } from '../shared/json-depth.js';
import { isProxyResponse } from './proxy-response.js';

/** Separates the metadata of an HTTP response stream from its body. */
const DELIMITER = Buffer.alloc(8);
const OPENING_BRACE = 0x7b;

/**
 * Reads what a handler with HTTP response streaming writes (`awslambda.HttpResponseStream.from()`, adapters of web frameworks): metadata
 * as JSON, eight NUL bytes, the body. Returns it as a proxy response; undefined for any other bytes.
 */
export function readHttpStream(bytes: Buffer): JsonObject | undefined {
  if (bytes[0] !== OPENING_BRACE) return undefined;
  const end = bytes.indexOf(DELIMITER);
  const metadata = end === -1 ? undefined : parseMetadata(bytes.toString('utf8', 0, end));
  if (!metadata) return undefined;
  return { ...metadata, body: bytes.toString('base64', end + DELIMITER.length), isBase64Encoded: true };
}

/** Parses the metadata: a proxy response without its body. The default status is 200. */
function parseMetadata(text: string): JsonObject | undefined {
  try {
    checkJsonDepth(text);
    const metadata: unknown = JSON.parse(text);
    if (!isObject(metadata) || 'body' in metadata) return undefined;
    const response = { statusCode: 200, ...metadata };
    return isProxyResponse(response) ? response : undefined;
  } catch {
    return undefined;
  }
}
