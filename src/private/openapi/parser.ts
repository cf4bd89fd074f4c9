/** The YAML parser that ships with the package (assets/openapi), behind the one function of it that is used here. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The package `yaml`, as far as it is used. */
interface YamlParser {
  parse(text: string, options: { readonly merge: boolean; readonly logLevel: 'error' }): unknown;
}

/** Seen from src/private/openapi as from lib/private/openapi. */
const BUNDLE = join(__dirname, '..', '..', '..', 'assets', 'openapi', 'index.cjs');

let parser: YamlParser | undefined;

/** Parses JSON or YAML text. */
export function parseText(text: string): unknown {
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
