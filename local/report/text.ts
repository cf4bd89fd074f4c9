import { styleText } from 'node:util';
import { printable } from './printable.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** A part of a line, with or without a style. */
export type Span = string | { readonly style: Style; readonly text: string };

/** Text for the terminal. Spans can have line breaks. */
export type Text = readonly Span[];

/** Applies a style to a text. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

const coloured: Paint = (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }));

export const styled = (style: Style, text: string): Span => ({ style, text });

/**
 * Returns whether text for a stream has colours: on a terminal, unless `NO_COLOR` is set; also elsewhere with `FORCE_COLOR`.
 * @see https://no-color.org, https://force-color.org
 */
export function hasColours(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Returns what applies styles to text for a stream. */
export function paintFor(stream: { readonly isTTY?: boolean }, env?: NodeJS.ProcessEnv): Paint {
  return hasColours(stream, env) ? coloured : plain;
}

/** Renders text. Escape sequences exist only where this function adds them: text of functions cannot change the terminal. */
export function render(text: Text, paint: Paint = plain): string {
  return text
    .map((span) => (typeof span === 'string' ? printable(span) : paintLines(span.style, span.text, paint)))
    .join('');
}

/** Styles each line separately, so that a pager or a narrow terminal keeps the style. */
function paintLines(style: Style, text: string, paint: Paint): string {
  return printable(text)
    .split('\n')
    .map((line) => paint(style, line))
    .join('\n');
}

/** Indents all lines after the first one. */
export function indented(text: Text, columns: number): Text {
  const next = `\n${' '.repeat(columns)}`;
  return text.map((span) =>
    typeof span === 'string' ? span.replaceAll('\n', next) : { ...span, text: span.text.replaceAll('\n', next) },
  );
}

/** Joins texts with line breaks. */
export function lines(texts: readonly Text[]): Text {
  return texts.flatMap((text, i) => (i === 0 ? text : ['\n', ...text]));
}
