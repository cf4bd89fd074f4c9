/** Characters and links that could deceive people and models who read a definition (docs/guides/security.md). */
import { child, isObject, type Report } from './checks';

/**
 * Characters that are not visible, or that change the order in which others are: control characters except tab and line breaks, bidirectional
 * controls, zero-width characters, fillers, tags, and halves of surrogate pairs.
 */
const HIDDEN = /(?![\t\n\r]|[\ufe00-\ufe0f]|\u200c|\u200d)[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;
/**
 * Joiners beside an ASCII character, and series of variation selectors. Scripts such as Persian and emoji need them between their own
 * characters only.
 */
const MISPLACED = /(?<!\P{ASCII})(?:\u200c|\u200d)|(?:\u200c|\u200d)(?!\P{ASCII})|[\ufe00-\ufe0f](?=[\ufe00-\ufe0f])/u;
/** Schemes that run code or open files where a client follows a link. */
const UNSAFE_SCHEME = /^(?:javascript|vbscript|file):/i;
/** Characters that browsers remove from a link before they read its scheme. */
const IGNORED_IN_LINKS = /[\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/** Keys of `_meta` that MCP reserves for itself: the first or second label of their prefix is `modelcontextprotocol` or `mcp`. */
const RESERVED_META_KEY = /^(?:[a-z0-9-]+\.)?(?:modelcontextprotocol|mcp)(?:\.[a-z0-9.-]*)?\//i;

/** Keys of a definition that clients do not see. */
const INVISIBLE_KEYS = ['event', 'lambdaArn', 'completionHandler'];

/** Whether a client that follows a link could run code or open a file of its own machine. */
export function isUnsafeLink(link: string): boolean {
  return UNSAFE_SCHEME.test(link.replace(IGNORED_IN_LINKS, ''));
}

/** Whether MCP reserves a key of `_meta`. */
export function isReservedMetaKey(key: string): boolean {
  return RESERVED_META_KEY.test(key);
}

/** Returns the first hidden character of a text in the form `U+200B`; undefined if there is none. */
export function hiddenCharacterIn(text: string): string | undefined {
  const character = HIDDEN.exec(text)?.[0] ?? MISPLACED.exec(text)?.[0];
  return character && `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Removes hidden characters. */
export function withoutHiddenCharacters(text: string): string {
  return text.replace(new RegExp(HIDDEN, 'gu'), '').replace(new RegExp(MISPLACED, 'gu'), '');
}

/** Reports hidden characters in the keys and values of a definition. */
export function checkCharacters(definition: { [key: string]: unknown }, report: Report): void {
  for (const [key, value] of Object.entries(definition)) {
    if (!INVISIBLE_KEYS.includes(key)) checkValue(value, child('', key), report);
  }
}

/** Reports keys of `_meta` that MCP reserves. */
export function checkMetaKeys(meta: unknown, path: string, report: Report): void {
  for (const key of Object.keys(isObject(meta) ? meta : {})) {
    if (isReservedMetaKey(key)) report(child(path, key), 'is reserved for MCP: use a prefix of your own domain');
  }
}

function checkValue(value: unknown, path: string, report: Report): void {
  if (typeof value === 'string') {
    const hidden = hiddenCharacterIn(value);
    if (hidden) report(path, `contains the hidden character ${hidden}: remove it${inPattern(path, hidden)}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      const hidden = hiddenCharacterIn(key);
      if (hidden) report(path, `has a key with the hidden character ${hidden}: remove it`);
      checkValue(each, child(path, key), report);
    }
  }
}

function inPattern(path: string, character: string): string {
  return path.endsWith('/pattern') ? `, or write it as \\u{${character.slice(2)}}` : '';
}
