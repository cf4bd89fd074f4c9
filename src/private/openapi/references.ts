import { isObject } from '../validation/checks';
import type { ConversionContext } from './context';
import { at, type Place } from './place';

/** Where a reference leads. In OpenAPI 3.1, it can have another description; anything else beside it has no effect, and is named. */
export function resolveReference(place: Place, { documents, findings }: ConversionContext): Place {
  const target = documents.resolve(place);
  if (!isObject(place.value) || typeof place.value.$ref !== 'string') return target;
  const { $ref: _, ...beside } = place.value;
  const description = documents.is30 ? undefined : beside.description;
  for (const key of Object.keys(beside)) {
    if (key.startsWith('x-') || (!documents.is30 && ['summary', 'description'].includes(key))) continue;
    findings.warn(at(place, key), 'has no effect, because it is beside a $ref');
  }
  return isObject(target.value) && typeof description === 'string'
    ? { ...target, value: { ...target.value, description } }
    : target;
}
