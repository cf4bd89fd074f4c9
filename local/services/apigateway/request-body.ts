import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { badRequest, type GatewayError, requestTooLarge, unsupportedMediaType } from './gateway-error.js';

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/**
 * Reads a request body.
 * @param limit limit of the body in bytes
 * @param tooLarge returns the error for a larger body. The rest is still read and discarded, because a client does not see the response if the
 * connection is closed early.
 */
export function readRequestBody(
  req: IncomingMessage,
  limit: number,
  tooLarge: (limit: number) => GatewayError,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(tooLarge(limit));
    });
    req.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
  });
}

/**
 * Decodes a request body with a content encoding, as API Gateway does.
 * @param limit limit of the decoded body in bytes
 * @throws GatewayError if the encoding is unknown, or the body is invalid or too large
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '' || body.length === 0) return body;
  if (!isSupported(name)) {
    throw unsupportedMediaType(`unsupported Content-Encoding ${encoding}: use gzip or deflate`);
  }
  try {
    return await DECODERS[name](body, { maxOutputLength: limit });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? requestTooLarge(limit) : badRequest();
  }
}

function isSupported(name: string): name is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, name);
}
