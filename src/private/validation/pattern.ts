import { type Check, show } from './checks';

/** Long patterns slow down every call of a tool. */
const MAX_PATTERN_LENGTH = 512;
/** Escapes that are valid with the flag `u`: syntax characters, classes, control characters, references and code points. */
const VALID_ESCAPE =
  /\\(?:[\^$\\.*+?()[\]{}|/dDsSwWbBfnrtv]|0(?!\d)|[1-9]\d*|c[A-Za-z]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|u\{[\dA-Fa-f]+\}|[pP]\{[^{}]+\}|k<[^>]+>)/y;
/** Escapes that need more characters than the pattern has. */
const INCOMPLETE: Readonly<Record<string, string>> = {
  c: '\\cA',
  x: '\\x41',
  u: '\\u0041',
  p: '\\p{L}',
  P: '\\P{L}',
  k: '\\k<name>',
};
/** A class of POSIX, which JavaScript reads as a list of its letters. */
const POSIX_CLASS = /\[:\^?[a-z]+:\]/;
/** Syntax of other languages, with what to write in JavaScript. */
const OTHER_LANGUAGES: ReadonlyArray<readonly [syntax: RegExp, remedy: string]> = [
  [/\(\?P</, 'write "(?<" instead of "(?P<"'],
  [/\(\?P=(\w+)\)/, `write ${show('\\k<name>')} instead of "(?P=name)"`],
  [/[*+?}]\+|\(\?>/, 'possessive quantifiers and atomic groups are not part of JavaScript'],
];

/** A regular expression of JavaScript with the flag `u`, as JSON Schema recommends. */
export const pattern: Check = (value, path, report) => {
  if (typeof value !== 'string') return report(path, `must be a string; got ${show(value)}`);
  if (value.length > MAX_PATTERN_LENGTH) {
    return report(path, `has ${value.length} characters, at most ${MAX_PATTERN_LENGTH} are allowed in a pattern`);
  }
  if (isRegExp(value, 'u')) return undefined;
  const remedy = isRegExp(value, '') ? remedyOf(value) : otherLanguageRemedy(value);
  const problem = `${show(value)} is not a valid JavaScript regular expression (with the flag u)`;
  report(path, remedy === undefined ? problem : `${problem}: ${remedy}`);
};

/** Anchors of other languages, which JavaScript reads as letters. */
const ANCHORS: Readonly<Record<string, string>> = { A: '^', Z: '$', z: '$' };

function otherLanguageRemedy(source: string): string | undefined {
  return OTHER_LANGUAGES.find(([syntax]) => syntax.test(source))?.[1];
}

/** Returns what to write instead in a pattern that is valid without the flag `u`. */
function remedyOf(source: string): string {
  const [posixClass] = POSIX_CLASS.exec(source) ?? [];
  if (posixClass) return `list the characters instead of ${show(posixClass)}`;
  const remedies = new Set<string>();
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (char === '\\') {
      const sequence = source.slice(at, at + 2);
      VALID_ESCAPE.lastIndex = at;
      const valid = VALID_ESCAPE.exec(source)?.[0];
      if (valid === undefined && !(inClass && sequence === '\\-')) remedies.add(remedyOfEscape(sequence));
      at += (valid ?? sequence).length - 1;
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
  return 'in brackets, escape a hyphen beside a class such as \\w; refer only to groups that exist';
}

function remedyOfEscape(sequence: string): string {
  const char = sequence[1]!;
  if (INCOMPLETE[char]) return `complete ${show(sequence)}, as in ${show(INCOMPLETE[char])}`;
  if (char === '0') return `write ${show('\\u0000')} and digits instead of an octal escape such as ${show('\\01')}`;
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
