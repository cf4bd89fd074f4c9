import type { ContentBlock } from '@modelcontextprotocol/server';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';
import { storeResult } from './bucket.js';
import { MAX_RESULT_BYTES } from './limits.js';

/**
 * Replaces the largest content items by result links until the content fits into one result. Without a result bucket the content is
 * returned as it is: the limits of a call are lower then.
 *
 * @param name the name of the links
 */
export async function offloadLargeContent(
  content: readonly ContentBlock[],
  name: string,
  signal: AbortSignal,
): Promise<ContentBlock[]> {
  const result = [...content];
  if (!optionalEnv(ENV.RESULT_BUCKET)) return result;
  const sizes = content.map(sizeOf);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  const largestFirst = [...content.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
  for (const index of largestFirst) {
    if (total <= MAX_RESULT_BYTES) break;
    const item = content[index]!;
    const body = bodyOf(item);
    if (!body) continue;
    result[index] = await resultLink(item, body, name, signal);
    total -= sizes[index]!;
  }
  return result;
}

/** The part of a content item that is stored. */
interface Body {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

async function resultLink(item: ContentBlock, body: Body, name: string, signal: AbortSignal): Promise<ContentBlock> {
  const { url, expiresAt } = await storeResult(body.bytes, body.mimeType, signal);
  const { annotations, _meta } = item;
  return {
    type: 'resource_link',
    uri: url,
    name: item.type === 'resource' ? item.resource.uri : name,
    description: `Too large to send: can be downloaded until ${expiresAt.toISOString()}`,
    mimeType: body.mimeType,
    size: body.bytes.length,
    ...(annotations ? { annotations } : {}),
    ...(_meta ? { _meta } : {}),
  };
}

/** Returns the bytes of an item without its envelope. */
function sizeOf(item: ContentBlock): number {
  switch (item.type) {
    case 'text':
      return Buffer.byteLength(item.text);
    case 'image':
    case 'audio':
      return item.data.length;
    case 'resource':
      return 'text' in item.resource ? Buffer.byteLength(item.resource.text) : item.resource.blob.length;
    default:
      return JSON.stringify(item).length;
  }
}

/** Returns the body of an item; undefined for a link. */
function bodyOf(item: ContentBlock): Body | undefined {
  switch (item.type) {
    case 'text':
      return { bytes: Buffer.from(item.text), mimeType: 'text/plain; charset=utf-8' };
    case 'image':
    case 'audio':
      return { bytes: Buffer.from(item.data, 'base64'), mimeType: item.mimeType };
    case 'resource': {
      const { resource } = item;
      if ('text' in resource)
        return { bytes: Buffer.from(resource.text), mimeType: resource.mimeType ?? 'text/plain; charset=utf-8' };
      return { bytes: Buffer.from(resource.blob, 'base64'), mimeType: resource.mimeType ?? 'application/octet-stream' };
    }
    default:
      return undefined;
  }
}
