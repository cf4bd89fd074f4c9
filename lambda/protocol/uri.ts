import { MAX_URI_BYTES } from '../registry/uri-template.js';
import { invalidParams } from './errors.js';

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
