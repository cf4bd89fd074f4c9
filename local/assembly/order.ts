import { references } from './intrinsics.js';
import type { ResourceDefinition } from './template.js';

/** Returns the logical ids that a resource depends on. */
export function dependencies(resource: ResourceDefinition): Set<string> {
  const found = references(resource.Properties);
  for (const id of [resource.DependsOn ?? []].flat()) found.add(id);
  return found;
}

/**
 * Sorts ids topologically: each follows its dependencies, otherwise the given order is kept. Dependencies outside the given ids are
 * ignored.
 * @throws if the dependencies are circular
 */
export function sortByDependency(ids: Iterable<string>, dependenciesOf: (id: string) => Iterable<string>): string[] {
  const known = new Set(ids);
  const sorted = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): void => {
    if (sorted.has(id)) return;
    if (path.includes(id)) {
      throw new Error(`circular dependency: ${[...path.slice(path.indexOf(id)), id].join(' -> ')}`);
    }
    path.push(id);
    for (const dependency of dependenciesOf(id)) if (known.has(dependency)) visit(dependency);
    path.pop();
    sorted.add(id);
  };
  for (const id of known) visit(id);
  return [...sorted];
}
