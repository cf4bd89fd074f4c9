import type { KnownAccess } from './services/authorization-server/oauth-config.js';

/**
 * Finds the scopes and groups that access rules name, in the order of the rules.
 *
 * @param definitions definitions of tools, resources and prompts, as JSON text
 * @param rules further rules, as JSON text
 */
export function declaredAccess(definitions: readonly string[], rules: readonly string[] = []): KnownAccess {
  const scopes = new Set<string>();
  const groups = new Set<string>();
  const visit = (rule: unknown): void => {
    if (typeof rule !== 'object' || rule === null) return;
    const { anyOf = [], allOf = [], ...own } = rule as Record<string, unknown>;
    for (const scope of texts(own.scopes)) scopes.add(scope);
    for (const group of texts(own.groups)) groups.add(group);
    for (const each of [anyOf, allOf].flat()) visit(each);
  };
  for (const text of definitions) visit((JSON.parse(text) as { access?: unknown }).access);
  for (const text of rules) visit(JSON.parse(text));
  return { scopes: [...scopes], groups: [...groups] };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
