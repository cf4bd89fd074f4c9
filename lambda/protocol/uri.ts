import { invalidParams } from './errors.js';

/** Longest URI that a client may send, in bytes. */
export const MAX_URI_BYTES = 2_048;

/**
 * Checks the length of a URI from a client.
 *
 * @throws ProtocolError if it is empty or too long
 */
export function checkUri(uri: string): void {
  if (uri === '' || Buffer.byteLength(uri) > MAX_URI_BYTES) {
    throw invalidParams(`uri must have 1 to ${MAX_URI_BYTES} bytes`);
  }
}
