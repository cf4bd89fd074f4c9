import { expect, it } from 'vitest';
import { printable } from '../../../local/report/printable.js';

it.each([
  ['cursor movements', 'a\x1b[2Ab', 'a\\x1b[2Ab'],
  ['a new window title', '\x1b]0;title\x07', '\\x1b]0;title\\x07'],
  ['an 8-bit escape sequence', '\x9b2J', '\\x9b2J'],
  ['a carriage return that overwrites the line', 'failed\rok', 'failed\\x0dok'],
  ['backspaces', 'a\b\x7f', 'a\\x08\\x7f'],
  ['text of another direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
])('shows %s as text', (_, text, expected) => expect(printable(text)).toBe(expected));

it('keeps line breaks, tabs and all other characters', () => {
  expect(printable('a\tb\nc\r\nd größe 👋 日本')).toBe('a\tb\nc\nd größe 👋 日本');
});

it('removes colours and other styles', () => {
  expect(printable('\x1b[1;31mred\x1b[0m \x1b[38:2::255:0:0mtoo\x9bm')).toBe('red too');
});
