import { type Check, show } from './checks';

/** Long patterns slow down every call of a tool. */
const MAX_PATTERN_LENGTH = 512;
/** Escapes that are valid with the flag `u`: syntax characters, classes, control characters, references and code points. */
const VALID_ESCAPE = /^\\(?:[\^$\\.*+?()[\]{}|/dDsSwWbBfnrtv0-9]|[cxupPk])/;

/** A regular expression of JavaScript with the flag `u`, as JSON Schema recommends. */
export const pattern: Check = (value, path, report) => {
  if (typeof value !== 'string') return report(path, `must be a string; got ${show(value)}`);
  if (value.length > MAX_PATTERN_LENGTH) {
    return report(path, `has ${value.length} characters, at most ${MAX_PATTERN_LENGTH} are allowed in a pattern`);
  }
  if (isRegExp(value, 'u')) return undefined;
  const remedy = isRegExp(value, '') ? remedyOf(value) : undefined;
  const problem = `${show(value)} is not a valid JavaScript regular expression (with the flag u)`;
  report(path, remedy === undefined ? problem : `${problem}: ${remedy}`);
};

/** Anchors of other languages, which JavaScript reads as letters. */
const ANCHORS: Readonly<Record<string, string>> = { A: '^', Z: '$', z: '$' };

/** Returns what to write instead in a pattern that is valid without the flag `u`. */
function remedyOf(source: string): string {
  const remedies = new Set<string>();
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (char === '\\') {
      const sequence = source.slice(at, at + 2);
      if (!VALID_ESCAPE.test(sequence) && !(inClass && sequence === '\\-')) remedies.add(remedyOfEscape(sequence));
      at += 1;
    } else if (inClass) {
      inClass = char !== ']';
    } else if (char === '[') {
      inClass = true;
    } else if ('{}]'.includes(char)) {
      const quantifier = /^\{\d+(?:,\d*)?\}/.exec(source.slice(at))?.[0];
      if (quantifier) at += quantifier.length - 1;
      else remedies.add(`write ${show(`\\${char}`)} instead of ${show(char)}`);
    }
  }
  if (remedies.size > 0) return [...remedies].join(', ');
  return 'in brackets, escape a hyphen beside a class such as \\w; write references to groups that exist only';
}

function remedyOfEscape(sequence: string): string {
  const char = sequence[1]!;
  const isLetter = /[A-Za-z]/.test(char);
  if (isLetter && !ANCHORS[char]) return `${show(sequence)} is not an escape sequence of JavaScript`;
  return `write ${show(ANCHORS[char] ?? char)} instead of ${show(sequence)}`;
}

function isRegExp(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}
