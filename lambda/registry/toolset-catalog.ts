import type { Registration } from '../../src/private/registration.js';
import { type Catalog, digestsOf } from './catalog.js';

/** The catalogs of toolsets, while their catalog is in use. */
const catalogs = new WeakMap<Catalog, Map<string, Catalog>>();

/** Whether a toolset has a registration. Without a toolset, all registrations are meant. */
export function isInToolset({ toolsets }: Pick<Registration, 'toolsets'>, toolset: string | undefined): boolean {
  return toolset === undefined || (toolsets ?? []).includes(toolset);
}

/**
 * The catalog of a toolset: the registrations that name it. Without a toolset, the whole catalog. This is the only place that applies
 * toolsets, so that lists and calls cannot differ (docs/adr/043-toolsets.md).
 */
export function toolsetCatalog(whole: Catalog, toolset: string | undefined): Catalog {
  if (toolset === undefined) return whole;
  const known = catalogs.get(whole)?.get(toolset);
  if (known) return known;
  const named = (registrations: readonly Registration[]) => registrations.filter((each) => isInToolset(each, toolset));
  const lists = {
    tools: named(whole.tools),
    resources: named(whole.resources),
    templates: named(whole.templates),
    prompts: named(whole.prompts),
  };
  let digest: Catalog['digest'] | undefined;
  const catalog: Catalog = {
    revision: whole.revision,
    ...lists,
    whole,
    get digest() {
      digest ??= digestsOf(lists);
      return digest;
    },
  };
  // not those of names that only a client has chosen: their number has no limit
  if (Object.values(lists).some((each) => each.length > 0)) {
    const ofCatalog = catalogs.get(whole) ?? new Map<string, Catalog>();
    catalogs.set(whole, ofCatalog.set(toolset, catalog));
  }
  return catalog;
}
