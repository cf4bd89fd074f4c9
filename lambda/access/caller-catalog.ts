import { allOf, type Catalog, filterCatalog, type ReadCatalog } from '../registry/catalog.js';
import { toolsetCatalog } from '../registry/toolset-catalog.js';
import type { Principal } from '../shared/principal.js';
import { accessOf, allows } from './rules.js';

/** The kinds of registrations in a catalog. */
const KINDS = ['tools', 'resources', 'templates', 'prompts'] as const;

/** The catalogs of callers, while caller and catalog are in use. */
const catalogs = new WeakMap<Catalog, WeakMap<Principal, Catalog>>();

/** Reads the catalog as a caller sees it, all of it or that of a toolset. */
export function catalogFor(read: ReadCatalog, principal: Principal | null, toolset?: string): ReadCatalog {
  return async (maxAgeMs) => callerCatalog(toolsetCatalog(await read(maxAgeMs), toolset), principal);
}

/**
 * The catalog as a caller sees it: without the registrations that the caller may not use. This is the only place that applies access
 * rules, so that lists and calls cannot differ (docs/adr/034-one-access-rule.md).
 */
export function callerCatalog(full: Catalog, principal: Principal | null): Catalog {
  const restricted = KINDS.some((kind) => full[kind].some((registration) => accessOf(registration) !== undefined));
  if (!restricted) return full;
  const known = principal && catalogs.get(full)?.get(principal);
  if (known) return known;
  const catalog = filterCatalog(full, (each) => allows(each, principal), { full, whole: full.whole });
  if (principal) {
    const ofCatalog = catalogs.get(full) ?? new WeakMap<Principal, Catalog>();
    catalogs.set(full, ofCatalog.set(principal, catalog));
  }
  return catalog;
}

/** Whether a tool exists that the caller of a catalog may not use, in any toolset. */
export function withholdsTool(catalog: Catalog, name: string, principal: Principal | null): boolean {
  const tool = allOf(catalog)?.tools.find((each) => each.name === name);
  return tool !== undefined && !allows(tool, principal);
}
