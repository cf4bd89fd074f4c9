import { references } from './intrinsics.js';
import type { ResourceDefinition } from './template.js';

/** The logical ids that a resource needs before it can be made. */
export function dependencies(resource: ResourceDefinition): Set<string> {
  const found = references(resource.Properties);
  for (const id of [resource.DependsOn ?? []].flat()) found.add(id);
  return found;
}

/**
 * Orders ids so that each comes after those it depends on; where that leaves a choice, the given order stays.
 * Names that are not among the given ids are ignored.
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
