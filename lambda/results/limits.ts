import { DEFAULTS, ENV } from '../../src/private/contract.js';
import { numberEnv, optionalEnv } from '../shared/env.js';

/**
 * Limit for the content of one result, and for its structured content, in bytes: Lambda's limit for a buffered response (6 MB and 100
 * bytes). Larger streamed responses are slow: Lambda limits them to 2 MB a second beyond 6 MB, API Gateway beyond 10 MB.
 */
export const MAX_RESULT_BYTES = 6_291_556;

const MEBIBYTE = 1_048_576;
/** Lambda's limit for a streamed response, in bytes. */
export const LAMBDA_STREAM_LIMIT_BYTES = 200 * MEBIBYTE;
/** A stream takes up memory as bytes, as text and as JSON before it is in the bucket. */
const STREAM_SHARE_OF_MEMORY = 1 / 8;

/** Returns the size limit of a response stream in bytes. Without a result bucket it is the limit of a result. */
export function maxStreamBytes(): number {
  if (!optionalEnv(ENV.RESULT_BUCKET)) return MAX_RESULT_BYTES;
  const memory = numberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', DEFAULTS.MEMORY_SIZE) * MEBIBYTE;
  return Math.max(MAX_RESULT_BYTES, Math.min(memory * STREAM_SHARE_OF_MEMORY, LAMBDA_STREAM_LIMIT_BYTES));
}

/** Returns what the client and the owner of the server can do if a response stream is too large. */
export function streamLimitAdvice(): string {
  const property = optionalEnv(ENV.RESULT_BUCKET) ? 'memorySize' : 'resultBucket';
  return `request less data (the owner of the server can raise the limit with ${property})`;
}

/** Formats a number of bytes in megabytes. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
