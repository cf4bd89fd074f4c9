import type { Registration } from '../../src/private/registration.js';
import type { Catalog } from '../registry/catalog.js';
import { matchTemplate, type UriVariables } from '../registry/uri-template.js';

/** A resource or template that serves a URI, with the variables of the template. */
interface FoundResource {
  readonly registration: Registration;
  readonly variables: UriVariables;
}

/**
 * Finds what serves a URI for the caller of a catalog. Which registration serves a URI does not depend on the caller: if the caller may
 * not use it, a less specific template does not serve the URI either.
 */
export function findResource(catalog: Catalog, uri: string): FoundResource | undefined {
  const found = findIn(catalog.full ?? catalog, uri);
  return found && isVisible(catalog, found.registration) ? found : undefined;
}

/** Whether a registration that the caller of a catalog may not use serves a URI. */
export function withholdsResource(catalog: Catalog, uri: string): boolean {
  const found = catalog.full && findIn(catalog.full, uri);
  return found !== undefined && !isVisible(catalog, found.registration);
}

function findIn({ resources, templates }: Catalog, uri: string): FoundResource | undefined {
  const exact = resources.find((resource) => resource.uri === uri);
  return exact ? { registration: exact, variables: {} } : matchTemplate(templates, uri);
}

function isVisible({ resources, templates }: Catalog, registration: Registration): boolean {
  return resources.includes(registration) || templates.includes(registration);
}
