/** Placeholders in the strings of a template event: `{{arguments}}`, `{{arguments.NAME}}`, `{{caller}}`, `{{caller.id}}`, `{{time}}`. */

/** What a placeholder stands for. */
export type Placeholder =
  | { readonly kind: 'arguments' }
  | { readonly kind: 'argument'; readonly name: string }
  | { readonly kind: 'caller' }
  | { readonly kind: 'callerId' }
  | { readonly kind: 'time' };

/** A string of a template: literals and placeholders alternate, from literal to literal. An unknown placeholder is undefined. */
export interface ParsedString {
  readonly literals: string[];
  readonly placeholders: ReadonlyArray<Placeholder | undefined>;
}

export const PLACEHOLDERS = '{{arguments}}, {{arguments.NAME}}, {{caller}}, {{caller.id}} and {{time}}';

export function parseString(text: string): ParsedString {
  const parts = text.split(/\{\{([^{}]*)\}\}/);
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    placeholders: parts.filter((_, index) => index % 2 === 1).map((each) => placeholderOf(each.trim())),
  };
}

function placeholderOf(text: string): Placeholder | undefined {
  const [, argument] = /^arguments\.(.+)$/.exec(text) ?? [];
  if (argument !== undefined) return { kind: 'argument', name: argument };
  switch (text) {
    case 'arguments':
    case 'caller':
    case 'time':
      return { kind: text };
    case 'caller.id':
      return { kind: 'callerId' };
    default:
      return undefined;
  }
}
