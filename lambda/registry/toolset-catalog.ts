import { type Catalog, filterCatalog } from './catalog.js';

/** The catalogs of toolsets, while their catalog is in use. */
const catalogs = new WeakMap<Catalog, Map<string, Catalog>>();

/**
 * The catalog of a toolset: the registrations that name it. Without a toolset, the whole catalog. This is the only place that applies
 * toolsets, so that lists and calls cannot differ (docs/adr/043-toolsets.md).
 */
export function toolsetCatalog(whole: Catalog, toolset: string | undefined): Catalog {
  if (toolset === undefined) return whole;
  const known = catalogs.get(whole)?.get(toolset);
  if (known) return known;
  const catalog = filterCatalog(whole, ({ toolsets = [] }) => toolsets.includes(toolset), { whole });
  // not those of names that only a client has chosen: their number has no limit
  const { tools, resources, templates, prompts } = catalog;
  if ([tools, resources, templates, prompts].some((each) => each.length > 0)) {
    const ofCatalog = catalogs.get(whole) ?? new Map<string, Catalog>();
    catalogs.set(whole, ofCatalog.set(toolset, catalog));
  }
  return catalog;
}
