/**
 * What a handler's result cannot do: speak for the server in `_meta`, or send links that run code or open files at the client. Text and
 * structured content are data and stay as they are (docs/guides/security.md).
 */
import type { ContentBlock } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { isReservedMetaKey, isUnsafeLink, withoutHiddenCharacters } from '../../src/private/validation/characters.js';
import { isObject } from '../shared/json.js';

/** Sources of icons that a client may load. */
const ICON_SOURCE = /^(?:https:\/\/|data:image\/)/i;

/** Returns an object without the keys of its `_meta` that MCP reserves. */
export function withoutReservedMeta<T extends object>(value: T): T {
  const { _meta } = value as { _meta?: unknown };
  if (!isObject(_meta) || !Object.keys(_meta).some(isReservedMetaKey)) return value;
  const kept = Object.entries(_meta).filter(([key]) => !isReservedMetaKey(key));
  const { _meta: _, ...rest } = value as JsonObject;
  return (kept.length > 0 ? { ...rest, _meta: Object.fromEntries(kept) } : rest) as T;
}

/**
 * Returns content that a client can show without harm: an unsafe link becomes a text, and an embedded resource with one gets another URI.
 *
 * @param fallbackUri the URI of such a resource
 */
export function safeContent(item: ContentBlock, fallbackUri: string): ContentBlock {
  const content = withoutReservedMeta(item);
  if (content.type === 'resource_link') {
    if (!isUnsafeLink(content.uri)) return safeResource(content);
    const label = withoutHiddenCharacters(content.title ?? content.name);
    return { type: 'text', text: `[link removed: ${schemeOf(content.uri)}: links are not allowed] ${label}` };
  }
  if (content.type !== 'resource') return content;
  const resource = withoutReservedMeta(content.resource);
  const uri = isUnsafeLink(resource.uri) ? fallbackUri : resource.uri;
  return resource === content.resource && uri === resource.uri
    ? content
    : { ...content, resource: { ...resource, uri } };
}

/** Returns a link or an entry of a list without hidden characters in the texts that clients display, and without unsafe icons. */
export function safeResource<T extends object>(entry: T): T {
  const result = { ...withoutReservedMeta(entry) } as JsonObject;
  for (const key of ['name', 'title', 'description']) {
    if (typeof result[key] === 'string') result[key] = withoutHiddenCharacters(result[key]);
  }
  if (Array.isArray(result.icons)) {
    result.icons = result.icons.filter((icon) => isObject(icon) && ICON_SOURCE.test(String(icon.src)));
  }
  return result as T;
}

function schemeOf(uri: string): string {
  return withoutHiddenCharacters(uri).replace(/\s/g, '').split(':', 1)[0]!.toLowerCase();
}
