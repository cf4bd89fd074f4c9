import type { Registration } from '../../src/private/registration.js';
import { allOf, type Catalog } from '../registry/catalog.js';
import { matchTemplate, type UriVariables } from '../registry/uri-template.js';

/** A resource or template that serves a URI, with the variables of the template. */
interface FoundResource {
  readonly registration: Registration;
  readonly variables: UriVariables;
}

/**
 * Finds what serves a URI for the caller of a catalog. Which registration serves a URI depends neither on the caller nor on the toolset: if
 * the caller may not use it, or the toolset does not have it, a less specific template does not serve the URI either.
 */
export function findResource(catalog: Catalog, uri: string): FoundResource | undefined {
  const found = findIn(allOf(catalog) ?? catalog, uri);
  return found && isVisible(catalog, found.registration) ? found : undefined;
}

/** Whether a registration serves a URI that the caller of a catalog may not use, or that its toolset does not have. */
export function withholdsResource(catalog: Catalog, uri: string): boolean {
  const all = allOf(catalog);
  const found = all && findIn(all, uri);
  return found !== undefined && !isVisible(catalog, found.registration);
}

function findIn({ resources, templates }: Catalog, uri: string): FoundResource | undefined {
  const exact = resources.find((resource) => resource.uri === uri);
  return exact ? { registration: exact, variables: {} } : matchTemplate(templates, uri);
}

function isVisible({ resources, templates }: Catalog, registration: Registration): boolean {
  return resources.includes(registration) || templates.includes(registration);
}
