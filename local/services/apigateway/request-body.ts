import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { badRequest, requestTooLarge, unsupportedMediaType } from './gateway-error.js';

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };

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
