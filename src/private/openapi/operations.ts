import type { HttpMethod } from '../event';
import { isObject, show } from '../validation/checks';
import type { Documents } from './documents';
import { Problem } from './findings';
import { derivedName, toolName } from './names';
import { at, keyOf, members, type Place, where } from './place';
import { closest } from './suggestions';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** An operation of a document. */
export interface Operation {
  /** By what `operations` chooses it: `operationId`, or a name derived from method and path. */
  readonly key: string;
  readonly method: HttpMethod;
  readonly path: string;
  /** The path item, and the one that it refers to, if it does. All operations of the item have their parameters. */
  readonly items: readonly Place[];
  readonly operation: Place;
}

/** All operations, in the order of the document. */
export function operationsOf(documents: Documents): Operation[] {
  return members(at(documents.root, 'paths'))
    .filter((path) => !keyOf(path).startsWith('x-'))
    .flatMap((path) => {
      const target = documents.resolve(path);
      const items = where(target) === where(path) ? [path] : [target, path]; // an item can add to the one that it refers to
      return METHODS.flatMap((method) => {
        const place = items.map((item) => at(item, method)).findLast(({ value }) => isObject(value));
        return place === undefined ? [] : [operation(keyOf(path), items, method, documents.resolve(place))];
      });
    });
}

function operation(path: string, items: readonly Place[], method: string, place: Place): Operation {
  const id = at(place, 'operationId').value ?? '';
  const key = isObject(id) || id === '' ? derivedName(method, path) : String(id); // YAML reads 404 as a number
  return { key, method: method.toUpperCase() as HttpMethod, path, items, operation: place };
}

/** The operations that an app has chosen. */
export function chosen(all: readonly Operation[], keys: readonly string[]): Operation[] {
  if (all.length === 0) throw new Error('the document has no operations under "paths"');
  if (keys.length === 0) throw new Error(`no operations are chosen; choose from these:\n${listed(all)}`);
  const operations = [...new Set(keys)].map((key) => {
    const [found, second] = all.filter((each) => each.key === key);
    if (found === undefined) throw new Error(unknown(key, all));
    if (second === undefined) return found;
    const [here, there] = [found, second].map((each) => where(each.operation));
    throw new Error(`two operations are named ${show(key)}, ${here} and ${there}: give each its own operationId`);
  });
  operations.forEach((each, index) => {
    const same = operations.findIndex((other) => toolName(other.key) === toolName(each.key));
    if (same === index) return;
    const [a, b] = [operations[same].key, each.key].map(show);
    throw new Error(`${a} and ${b} both give a tool named ${show(toolName(each.key))}: change one operationId`);
  });
  return operations;
}

function unknown(key: string, all: readonly Operation[]): string {
  const names = closest(
    key,
    all.map((each) => each.key),
  );
  const known = all.filter((each) => names.includes(each.key));
  return `unknown operation ${show(key)}; the closest are:\n${listed(known)}\nwith operations: [], an error lists all ${all.length}`;
}

function listed(operations: readonly Operation[]): string {
  return operations.map(({ key, method, path }) => `  ${key} (${method} ${path})`).join('\n');
}

/** Checks that the root is an OpenAPI document of a version that is read here. */
export function checkVersion(root: Place): void {
  const { value } = root;
  if (!isObject(value)) throw new Problem(root, `must be an OpenAPI document, which is an object; got ${show(value)}`);
  const { openapi, swagger } = value;
  if (typeof openapi === 'string' && /^3\.[01]\b/.test(openapi)) return;
  if (swagger !== undefined) {
    throw new Problem(
      at(root, 'swagger'),
      `Swagger ${show(swagger)} is not supported: convert the document to OpenAPI 3.0 or 3.1`,
    );
  }
  throw new Problem(at(root, 'openapi'), `must be a version 3.0 or 3.1, such as "3.1.0"; got ${show(openapi)}`);
}
