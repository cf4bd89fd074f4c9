import type { ContentBlock } from '@modelcontextprotocol/server';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';
import { storeResult } from './bucket.js';
import { MAX_RESULT_BYTES } from './limits.js';

/** What is stored of a content item. */
interface Body {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

/**
 * Content that fits into one result: where it does not, the largest items become links to what the bucket then holds of them.
 * @param name what the links are called
 */
export async function withinLimits(
  content: readonly ContentBlock[],
  name: string,
  signal: AbortSignal,
): Promise<ContentBlock[]> {
  const sizes = content.map(sizeOf);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  const result = [...content];
  if (!optionalEnv(ENV.RESULT_BUCKET)) return result; // nothing larger got here
  const largestFirst = [...content.keys()].sort((a, b) => sizes[b]! - sizes[a]!);
  for (const index of largestFirst) {
    if (total <= MAX_RESULT_BYTES) break;
    const item = content[index]!;
    const body = bodyOf(item);
    if (!body) continue;
    result[index] = await linkTo(item, body, name, signal);
    total -= sizes[index]!;
  }
  return result;
}

async function linkTo(item: ContentBlock, body: Body, name: string, signal: AbortSignal): Promise<ContentBlock> {
  const { url, expiresAt } = await storeResult(body.bytes, body.mimeType, signal);
  const { annotations, _meta } = item;
  return {
    type: 'resource_link',
    uri: url,
    name: item.type === 'resource' ? item.resource.uri : name,
    description: `Too large to be sent; can be downloaded until ${expiresAt.toISOString()}`,
    mimeType: body.mimeType,
    size: body.bytes.length,
    ...(annotations ? { annotations } : {}),
    ...(_meta ? { _meta } : {}),
  };
}

/** Bytes of an item, its envelope left aside. */
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
      return undefined; // a link is small already
  }
}
