/** The content types of bodies, by how their values travel. */
import { keyOf, members, type Place } from './place';

/** How a body is written, in the order in which an operation's content types are preferred. */
const KINDS = [
  { kind: 'json', pattern: /^application\/json\b/i },
  { kind: 'json', pattern: /^[^;]+[/+.-]json\b/i },
  { kind: 'json', pattern: /^(?:\*|application)\/\*/ },
  { kind: 'form', pattern: /^application\/x-www-form-urlencoded\b/i },
  { kind: 'text', pattern: /^text\/(?!xml\b)/i },
  { kind: 'base64', pattern: /^(?!multipart\/|.*[/+]xml\b)/i },
] as const;

export interface MediaType {
  readonly kind: (typeof KINDS)[number]['kind'];
  readonly contentType: string;
  readonly place: Place;
}

/** The media type of `content` that is used; undefined if none can be. */
export function preferred(content: Place): MediaType | undefined {
  const places = members(content);
  for (const { kind, pattern } of KINDS) {
    const place = places.find((each) => pattern.test(keyOf(each)));
    if (place) return { kind, contentType: keyOf(place), place };
  }
  return undefined;
}
