/** Control characters, except for line breaks and tabs, and characters that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Escape sequences for colours and other styles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they start with one
const COLOURS = /(?:\u001b\[|\u009b)[\d;:]*m/g;

/**
 * Returns text for the terminal. Text of functions, templates and servers can contain escape sequences, which would change the terminal or
 * what it shows. Colours are removed; the control characters of all other sequences are printed as `\x1b`.
 */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(COLOURS, '')
    .replace(UNPRINTABLE, (character) => {
      const code = character.charCodeAt(0);
      return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
    });
}
