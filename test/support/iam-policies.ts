import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PolicyDocument } from '../../local/services/iam/policy.js';

const DIRECTORY = join(import.meta.dirname, '..', '..', 'docs', 'iam');
const PLACEHOLDER = /\$\{(\w+)\}/g;

/** Names of the policies in docs/iam. */
export const POLICIES = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.json'))
  .map((file) => basename(file, '.json'));

/** The text of a policy, including placeholders. */
export function policyText(name: string): string {
  return readFileSync(join(DIRECTORY, `${name}.json`), 'utf8');
}

/** Names of the placeholders in a policy. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name))];
}

/** Reads a policy and replaces its placeholders. @throws if a placeholder has no value */
export function policy(name: string, values: Readonly<Record<string, string>>): PolicyDocument {
  const text = policyText(name).replace(PLACEHOLDER, (_, placeholder: string) => {
    const value = values[placeholder];
    if (value === undefined) throw new Error(`docs/iam/${name}.json: no value for ${placeholder}`);
    return value;
  });
  return JSON.parse(text) as PolicyDocument;
}
