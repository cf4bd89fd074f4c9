import { randomInt } from 'node:crypto';

/** The rules of `GetRandomPassword` and of `GenerateSecretString`. */
export interface PasswordRules {
  readonly PasswordLength?: number | string;
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean | string;
  readonly ExcludeUppercase?: boolean | string;
  readonly ExcludeNumbers?: boolean | string;
  readonly ExcludePunctuation?: boolean | string;
  readonly IncludeSpace?: boolean | string;
}

const DEFAULT_LENGTH = 32;
const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Generates a password by the rules of Secrets Manager. It has a character of each type that the rules allow. */
export function randomPassword(rules: PasswordRules = {}): string {
  const isSet = (value: boolean | string | undefined) => String(value) === 'true';
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const sets = [
    isSet(rules.ExcludeLowercase) ? '' : LOWERCASE,
    isSet(rules.ExcludeUppercase) ? '' : LOWERCASE.toUpperCase(),
    isSet(rules.ExcludeNumbers) ? '' : '0123456789',
    isSet(rules.ExcludePunctuation) ? '' : PUNCTUATION,
    isSet(rules.IncludeSpace) ? ' ' : '',
  ]
    .map((set) => [...set].filter((character) => !excluded.has(character)))
    .filter((set) => set.length > 0);
  const length = Number(rules.PasswordLength ?? DEFAULT_LENGTH);
  const all = sets.flat();
  const pick = (set: readonly string[]) => set[randomInt(set.length)];
  const characters = Array.from({ length }, (_, i) => pick(sets[i] ?? all));
  for (let i = characters.length - 1; i > 0; i -= 1) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j], characters[i]];
  }
  return characters.join('');
}
