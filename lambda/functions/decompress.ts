import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { formatMegabytes, maxStreamBytes, streamLimitAdvice } from '../results/limits.js';

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;

/** Content codings of HTTP. Clients accept `deflate` with and without the header of zlib. */
const CODINGS: Readonly<Record<string, Decompress>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: (bytes, options) => (hasZlibHeader(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options)),
  br: brotliDecompressSync,
};

/**
 * Reverses the content codings of a body, at most up to the size limit of a response.
 *
 * @param contentEncoding the value of the header, such as `gzip`
 */
export function decompress(
  bytes: Buffer,
  contentEncoding = '',
): { readonly bytes: Buffer } | { readonly problem: string } {
  const codings = contentEncoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (bytes.length === 0) return { bytes }; // status 204, or a response to HEAD
  let decompressed = bytes;
  for (const coding of codings.reverse()) {
    if (!Object.hasOwn(CODINGS, coding)) {
      return {
        problem: `the handler's response has the unsupported content-encoding ${JSON.stringify(coding)}: expected gzip, deflate or br`,
      };
    }
    try {
      decompressed = CODINGS[coding]!(decompressed, { maxOutputLength: maxStreamBytes() });
    } catch (error) {
      return { problem: problemOf(error, coding) };
    }
  }
  return { bytes: decompressed };
}

function problemOf(error: unknown, coding: string): string {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    ? `the response, decompressed, is larger than ${formatMegabytes(maxStreamBytes())}: ${streamLimitAdvice()}`
    : `the handler's response has content-encoding ${coding}, but its body is not ${coding} data`;
}

/** Whether bytes begin with the header of RFC 1950: the method deflate, and a checksum of the header. */
function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
