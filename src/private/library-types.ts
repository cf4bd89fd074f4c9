/** Checks of values that TypeScript, Python and Java check by their type. JavaScript and `any` let other values pass. */
import { show } from './validation/checks';

/** A class of this library, with a method of its instances and the functions that create them. */
interface LibraryClass {
  readonly method: string;
  /** The remedy for a plain object, by the type of the value. */
  readonly fromObject: string;
  /** The remedy for a text. */
  readonly fromText: string;
}

const CLASSES = {
  McpSchema: {
    method: '_render',
    fromObject: 'McpSchema.fromObject()',
    fromText: 'McpSchema.fromString() or McpSchema.fromFile()',
  },
  McpEvent: {
    method: '_render',
    fromObject: 'a function of McpEvent, such as McpEvent.apiGateway()',
    fromText: 'a function of McpEvent, such as McpEvent.request()',
  },
  McpAccess: {
    method: '_render',
    fromObject: 'a function of McpAccess, such as McpAccess.groups()',
    fromText: 'a function of McpAccess, such as McpAccess.groups()',
  },
  McpAuth: {
    method: 'bind',
    fromObject: 'a function of McpAuth, such as McpAuth.oauth()',
    fromText: 'a function of McpAuth, such as McpAuth.iam()',
  },
  McpEndpoint: {
    method: '_define',
    fromObject: 'a function of McpEndpoint, such as McpEndpoint.restApi()',
    fromText: 'a function of McpEndpoint, such as McpEndpoint.restApi()',
  },
} satisfies { [name: string]: LibraryClass };

/**
 * Checks that the value of a property is an instance of a class of this library.
 *
 * @param path the path of the construct that has the property
 * @throws if it is anything else, with the function that makes an instance of it
 */
export function requireInstance(path: string, property: string, className: keyof typeof CLASSES, value: unknown): void {
  const { method, fromObject, fromText }: LibraryClass = CLASSES[className];
  if (value === undefined || value === null) return;
  if (typeof (value as { [name: string]: unknown })[method] === 'function') return;
  const kind = typeof value === 'object' ? 'a plain object' : describe(value);
  const remedy = typeof value === 'object' ? fromObject : fromText;
  throw new Error(`${path}: ${property} is ${kind}, but must be an ${className}: use ${remedy}`);
}

function describe(value: unknown): string {
  return typeof value === 'function' ? 'a function' : show(value);
}
