import type { ContentBlock } from '@modelcontextprotocol/server';
import { STRUCTURED } from './exchange.js';

/** First revision with audio. */
const AUDIO = '2025-03-26';
/** First revision with links to resources. */
const RESOURCE_LINK = STRUCTURED;

/** Content as a revision knows it: clients refuse a whole result for one item of a type that is new to them, so that one becomes text. */
export function knownContent(item: ContentBlock, revision: string): ContentBlock {
  if (item.type === 'audio' && revision < AUDIO) {
    const bytes = Buffer.byteLength(item.data, 'base64');
    return asText(
      item,
      `[audio, ${item.mimeType}, ${bytes} bytes: protocol revision ${AUDIO} is the first to carry it]`,
    );
  }
  if (item.type === 'resource_link' && revision < RESOURCE_LINK) {
    const { uri, name, title = name, mimeType, description } = item;
    const type = mimeType ? ` (${mimeType})` : '';
    return asText(item, `${title}${type}: ${uri}${description ? `\n${description}` : ''}`);
  }
  return item;
}

function asText({ annotations, _meta }: ContentBlock, text: string): ContentBlock {
  return { type: 'text', text, ...(annotations ? { annotations } : {}), ...(_meta ? { _meta } : {}) };
}
