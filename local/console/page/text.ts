/** Control characters, except for line breaks and tabs, and characters that hide text or change its direction. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A part of a text. */
export interface TextPart {
  readonly text: string;
  /** Whether the part names a character that would not be visible. */
  readonly escaped: boolean;
}

/** Splits text of functions and clients, so that hidden characters are shown by their codes. */
export function visibleParts(text: string): TextPart[] {
  const normalized = text.replaceAll('\r\n', '\n');
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of normalized.matchAll(HIDDEN)) {
    if (match.index > at) parts.push({ text: normalized.slice(at, match.index), escaped: false });
    parts.push({ text: escapeOf(match[0]), escaped: true });
    at = match.index + match[0].length;
  }
  if (at < normalized.length) parts.push({ text: normalized.slice(at), escaped: false });
  return parts;
}

/** Returns text with hidden characters as codes, for attributes and titles. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => part.text)
    .join('');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 65_536 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

export function duration(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (ms < 1) return '< 1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function clock(epochMs: number, withMilliseconds = false): string {
  const date = new Date(epochMs);
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** Shortens an ARN to what tells principals apart: `role/name/session`, `user/admin`. */
export function shortArn(arn: string): string {
  const match = /^arn:[^:]*:([^:]*):[^:]*:[^:]*:(.+)$/.exec(arn);
  if (!match) return arn;
  return match[2]!.replace(/^assumed-role\//, '');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names of the transports. */
export const TRANSPORTS = { http: 'Streamable HTTP', sse: 'HTTP+SSE' } as const;
