import { DEFAULTS, ENV } from '../../src/private/contract.js';
import { numberEnv, optionalEnv } from '../shared/env.js';

/**
 * Most bytes of content in one result, and of structured content: what Lambda lets a buffered function answer (6 MB and 100
 * bytes). Beyond it Lambda slows a streamed response down to 2 MB a second, API Gateway beyond 10 MB.
 */
export const MAX_RESULT_BYTES = 6_291_556;

const MEBIBYTE = 1_048_576;
/** A stream is held as bytes, as text and as JSON on its way to the bucket: an eighth of the memory leaves room for that. */
const SHARE_OF_MEMORY = 1 / 8;
/** Lambda's own limit for a streamed response. */
export const MAX_STREAM_BYTES = 200 * MEBIBYTE;

/** Most bytes that are kept of a function's stream: no more than a result may have, unless there is a bucket for the rest. */
export function streamBytes(): number {
  if (!optionalEnv(ENV.RESULT_BUCKET)) return MAX_RESULT_BYTES;
  const memory = numberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', DEFAULTS.MEMORY_SIZE) * MEBIBYTE;
  return Math.max(MAX_RESULT_BYTES, Math.min(memory * SHARE_OF_MEMORY, MAX_STREAM_BYTES));
}

/** What the owner of the server can do about a stream that was too large. */
export function streamAdvice(): string {
  const prop = optionalEnv(ENV.RESULT_BUCKET) ? 'memorySize' : 'resultBucket';
  return `ask for less (the owner of the server can raise the limit: ${prop})`;
}

/** `bytes` as people read it. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
