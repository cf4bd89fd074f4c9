import { PRIVATE_CACHE } from '../protocol/pagination.js';
import { revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import type { Catalog } from '../registry/catalog.js';

/** The cache hints of a list that differ from the default: lists of a catalog that depends on the caller must not be shared. */
export function listCache(instance: ServerInstance, { full }: Catalog): Partial<typeof PRIVATE_CACHE> {
  return full && isModern(revisionOf(instance)) ? PRIVATE_CACHE : {};
}
