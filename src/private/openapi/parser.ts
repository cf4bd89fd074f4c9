/** The YAML parser that ships with the package (assets/openapi), behind the one function of it that is used here. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withoutHiddenCharacters } from '../validation/characters';
import { child } from '../validation/checks';

/** The package `yaml`, as far as it is used. */
interface YamlParser {
  parse(text: string, options: { readonly merge: boolean; readonly logLevel: 'error' }): unknown;
}

/** Seen from src/private/openapi as from lib/private/openapi. */
const BUNDLE = join(__dirname, '..', '..', '..', 'assets', 'openapi', 'index.cjs');

let parser: YamlParser | undefined;

/** Keys whose values are texts for people. */
const TEXTS = new Set(['description', 'summary', 'title']);

/** Parses JSON or YAML text. Removes hidden characters from texts, which word processors and web pages leave in them. */
export function parseText(text: string): unknown {
  const value = parseJsonOrYaml(text.replace(/^\uFEFF/, ''));
  checkJson(value, '', []);
  cleanTexts(value);
  return value;
}

function cleanTexts(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'string' && TEXTS.has(key))
      (value as Record<string, unknown>)[key] = withoutHiddenCharacters(each);
    else cleanTexts(each);
  }
}

function parseJsonOrYaml(text: string): unknown {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // YAML has braces too
    }
  }
  parser ??= createRequire(__filename)(BUNDLE) as YamlParser; // loaded only by apps that use OpenAPI
  return parser.parse(text, { merge: true, logLevel: 'error' });
}

/** Checks that the value is JSON again: YAML has aliases inside their own anchors, and both have numbers that become infinite. */
function checkJson(value: unknown, pointer: string, around: readonly object[]): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`${pointer}: ${value} is not a number of JSON`);
  if (typeof value !== 'object' || value === null) return;
  if (around.includes(value)) throw new Error(`${pointer}: an alias inside its own anchor: use $ref`);
  for (const [key, each] of Object.entries(value)) checkJson(each, child(pointer, key), [...around, value]);
}
