import type { ParameterValues } from './parameters.js';
import type { Template } from './template.js';

const LOOP = 'Fn::ForEach::';

/**
 * Expands `Fn::ForEach` of the transform `AWS::LanguageExtensions` in all sections of a template. A collection is a list, or the `Ref` of a list
 * parameter.
 */
export function expandLoops(template: Template, parameters: ParameterValues): Template {
  if (!JSON.stringify(template).includes(LOOP)) return template;
  const items = (collection: unknown): string[] => {
    if (Array.isArray(collection)) return collection.map(String);
    const name = (collection as { Ref?: string } | null)?.Ref ?? '';
    const value = parameters[name] ?? template.Parameters?.[name]?.Default ?? '';
    return String(value)
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  };
  return expand(template, items) as Template;
}

function expand(value: unknown, items: (collection: unknown) => string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, items));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]): Array<[string, unknown]> => {
    if (!key.startsWith(LOOP) || !Array.isArray(item)) return [[key, expand(item, items)]];
    const [identifier, collection, body] = item as [string, unknown, object];
    return items(collection).flatMap((each) => Object.entries(expand(bind(body, identifier, each), items) as object));
  });
  return Object.fromEntries(entries);
}

/** Replaces the identifier of a loop: `${Name}`, `&{Name}` without other characters than letters and digits, and `Ref`. */
function bind(value: unknown, identifier: string, item: string): unknown {
  if (typeof value === 'string') {
    return value
      .replaceAll(`\${${identifier}}`, item)
      .replaceAll(`&{${identifier}}`, item.replace(/[^A-Za-z0-9]/g, ''));
  }
  if (Array.isArray(value)) return value.map((each) => bind(each, identifier, item));
  if (typeof value !== 'object' || value === null) return value;
  if ((value as { Ref?: unknown }).Ref === identifier) return item;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [bind(key, identifier, item), bind(each, identifier, item)]),
  );
}
