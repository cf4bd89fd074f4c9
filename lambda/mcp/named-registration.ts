import type { Registration } from '../../src/private/registration.js';
import type { Catalog } from '../registry/catalog.js';
import { isObject } from '../shared/json.js';
import { findResource } from './find-resource.js';

/** The registration that a message calls, reads or gets; undefined for any other message, and if the caller has no such registration. */
export async function namedRegistration(
  message: unknown,
  catalog: () => Promise<Catalog>,
): Promise<Registration | undefined> {
  if (!isObject(message) || message.id === undefined || !isObject(message.params)) return undefined;
  const { name, uri } = message.params;
  switch (message.method) {
    case 'tools/call':
      return (await catalog()).tools.find((each) => each.name === name);
    case 'prompts/get':
      return (await catalog()).prompts.find((each) => each.name === name);
    case 'resources/read':
      return typeof uri === 'string' ? findResource(await catalog(), uri)?.registration : undefined;
    default:
      return undefined;
  }
}
