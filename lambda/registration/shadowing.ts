import type { RegistrationItem } from '../../src/private/registration.js';
import { definitionOf } from '../shared/stored-registration.js';
import { idOf } from './item.js';
import { all } from './store.js';

/** Ids of registrations, each with the id of the one that is served in its place, having the same uri. */
export async function shadows(items: readonly RegistrationItem[]): Promise<ReadonlyMap<string, string>> {
  if (!items.some(({ type }) => type === 'resource')) return new Map();
  const served = new Map<string, string>();
  const shadowed = new Map<string, string>();
  for (const item of await all('resource')) {
    const { uri, uriTemplate, enabled } = definitionOf(item);
    if (enabled === false) continue;
    const address = JSON.stringify([uri, uriTemplate]);
    const first = served.get(address); // they come in the order of their ids
    if (first === undefined) served.set(address, idOf(item));
    else shadowed.set(idOf(item), first);
  }
  return shadowed;
}
