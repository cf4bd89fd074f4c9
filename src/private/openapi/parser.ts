/** The YAML parser that ships with the package (assets/openapi), behind the one function of it that is used here. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withoutHiddenCharacters } from '../validation/characters';

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
  const document = parse(text);
  cleanTexts(document, new WeakSet());
  return document;
}

function cleanTexts(value: unknown, visited: WeakSet<object>): void {
  if (typeof value !== 'object' || value === null || visited.has(value)) return;
  visited.add(value);
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'string' && TEXTS.has(key))
      (value as Record<string, unknown>)[key] = withoutHiddenCharacters(each);
    else cleanTexts(each, visited);
  }
}

function parse(text: string): unknown {
  const content = text.replace(/^\uFEFF/, '');
  if (/^\s*\{/.test(content)) {
    try {
      return JSON.parse(content);
    } catch {
      // YAML has braces too
    }
  }
  parser ??= createRequire(__filename)(BUNDLE) as YamlParser; // loaded only by apps that use OpenAPI
  return parser.parse(content, { merge: true, logLevel: 'error' });
}
