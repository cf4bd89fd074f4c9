/** Rules for user-defined JSON Schemas: well-formed, limited in size, self-contained, and safe to validate in bounded time. */
import { child, has, isObject, type Report, show } from './checks';
import { checkHeaderParameters } from './header-parameters';
import { checkDiscriminators } from './openapi-keywords';
import { convertSchema } from './schema-conversion';
import { isKeyword, REFERENCES, subschemas, VALUES } from './schema-keywords';

const MAX_BYTES = 102_400;
const MAX_SUBSCHEMAS = 2_000;
/** Most schemas that apply to the same value, including references: limits how far `allOf` of `$ref`s can multiply. */
const MAX_IN_PLACE = 1_000;

/** A subschema. */
interface SchemaNode {
  /** Pointers to the schemas that apply to the same value. */
  readonly inPlace: string[];
  readonly references: Array<{ readonly keyword: string; readonly target: string }>;
}

/** The subschemas of a schema, by their JSON pointers from its root, and the pointers of its anchors. */
interface SchemaIndex {
  readonly nodes: Map<string, SchemaNode>;
  readonly anchors: Map<string, string>;
}

/** Checks the `inputSchema` of a tool. Returns it as a schema of JSON Schema 2020-12. */
export function checkInputSchema(original: unknown, path: string, reportOriginal: Report): unknown {
  const { schema, originalPointer } = convertSchema(original, 'input');
  const report = reportAt(originalPointer, path, reportOriginal);
  checkSchema(schema, path, report);
  if (!isObject(schema)) return schema;
  if (schema.type !== 'object') {
    report(
      child(path, 'type'),
      `must be "object", because the arguments of a tool are an object; got ${show(schema.type)}`,
    );
  }
  checkHeaderParameters(schema, path, report);
  return schema;
}

/** Checks the `outputSchema` of a tool. Returns it as a schema of JSON Schema 2020-12. */
export function checkOutputSchema(original: unknown, path: string, report: Report): unknown {
  const { schema, originalPointer } = convertSchema(original, 'output');
  checkSchema(schema, path, reportAt(originalPointer, path, report));
  return schema;
}

/** Reports errors of a converted schema where its author wrote it. */
function reportAt(originalPointer: (pointer: string) => string, path: string, report: Report): Report {
  return (pointer, message) => report(path + originalPointer(pointer.slice(path.length)), message);
}

function checkSchema(schema: unknown, path: string, report: Report): void {
  if (!isObject(schema)) {
    report(path, `must be a JSON Schema object; got ${show(schema)}`);
    return;
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_BYTES) {
    report(path, `has ${bytes} bytes of JSON, at most ${MAX_BYTES} are allowed in a schema`);
    return;
  }
  const index: SchemaIndex = { nodes: new Map(), anchors: new Map() };
  visit(schema, '', index, (pointer, message) => report(path + pointer, message));
  if (index.nodes.size > MAX_SUBSCHEMAS) {
    report(path, `has more than ${MAX_SUBSCHEMAS} subschemas, which is the limit`);
    return;
  }
  resolveReferences(index, (pointer, message) => report(path + pointer, message));
  checkDiscriminators(schema, (pointer, message) => report(path + pointer, message));
}

function visit(schema: unknown, location: string, index: SchemaIndex, report: Report): void {
  if (index.nodes.size > MAX_SUBSCHEMAS) return;
  const node: SchemaNode = { inPlace: [], references: [] };
  index.nodes.set(location, node);
  if (typeof schema === 'boolean') return;
  if (!isObject(schema)) {
    report(location, `must be a schema (an object, true or false); got ${show(schema)}`);
    return;
  }
  checkIdentifiers(schema, location, index, report);
  for (const [keyword, value] of Object.entries(schema)) {
    const pointer = child(location, keyword);
    if (REFERENCES.includes(keyword)) addReference(value, keyword, location, node, report);
    else if (!isKeyword(keyword)) checkUnknownKeyword(value, pointer, report);
    if (has(VALUES, keyword)) VALUES[keyword]!(value, pointer, report);
  }
  for (const { schema: each, pointer, inPlace } of subschemas(schema)) {
    visit(each, location + pointer, index, report);
    if (inPlace) node.inPlace.push(location + pointer);
  }
}

/** Checks `$id` and anchors. An `$id` below the root would change the base URI of the references under it. */
function checkIdentifiers(
  schema: { [key: string]: unknown },
  location: string,
  index: SchemaIndex,
  report: Report,
): void {
  for (const keyword of ['$id', 'id']) {
    const id = schema[keyword];
    if (id === undefined) continue;
    if (keyword === 'id') report(child(location, keyword), 'is a draft-04 keyword: remove it, or use $id at the root');
    else if (location !== '')
      report(child(location, keyword), 'is only allowed at the root: use $anchor, or refer to the schema by #/…');
    else if (typeof id !== 'string' || !/^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/.test(id) || !URL.canParse(id)) {
      report(child(location, keyword), `must be an absolute URI without a fragment; got ${show(id)}`);
    }
  }
  for (const keyword of ['$anchor', '$dynamicAnchor']) {
    const anchor = schema[keyword];
    if (typeof anchor !== 'string') continue;
    if (index.anchors.has(anchor)) report(child(location, keyword), `${show(anchor)} is a duplicate`);
    index.anchors.set(anchor, location);
  }
}

function addReference(value: unknown, keyword: string, location: string, node: SchemaNode, report: Report): void {
  if (typeof value !== 'string') report(child(location, keyword), `must be a string; got ${show(value)}`);
  else if (!value.startsWith('#')) {
    report(
      child(location, keyword),
      `${show(value)} is outside this schema: copy the referenced schema into $defs and refer to it by #/$defs/…`,
    );
  } else node.references.push({ keyword, target: value });
}

/** Reports identifiers and references inside an unknown keyword, where validators find them too. */
function checkUnknownKeyword(value: unknown, location: string, report: Report): void {
  if (!isObject(value)) return;
  for (const [key, each] of Object.entries(value)) {
    if (['$id', 'id', ...REFERENCES, '$anchor'].includes(key)) {
      report(child(location, key), `${key} is not allowed inside an unknown keyword: move it or rename it`);
    } else checkUnknownKeyword(each, child(location, key), report);
  }
}

/** Checks that every reference has a target, and that validation of a value terminates within the limit. */
function resolveReferences({ nodes, anchors }: SchemaIndex, report: Report): void {
  for (const [location, node] of nodes) {
    for (const { keyword, target } of node.references) {
      const resolved = resolve(target, { nodes, anchors });
      if (resolved === undefined) report(child(location, keyword), missing(target));
      else node.inPlace.push(resolved);
    }
  }
  const costs = new Map<string, number>();
  const open = new Set<string>();
  const cost = (location: string): number => {
    const known = costs.get(location);
    if (known !== undefined) return known;
    if (open.has(location)) {
      report(location, 'refers to itself for the same value, so validation would not terminate');
      return 0;
    }
    open.add(location);
    const { inPlace } = nodes.get(location)!;
    const sum = inPlace.reduce((total, next) => total + cost(next), 1);
    open.delete(location);
    costs.set(location, sum);
    if (sum > MAX_IN_PLACE && inPlace.every((next) => costs.get(next)! <= MAX_IN_PLACE)) {
      report(
        location,
        `applies ${sum} schemas to one value, including references; at most ${MAX_IN_PLACE} are allowed`,
      );
    }
    return sum;
  };
  for (const location of nodes.keys()) cost(location);
}

function missing(target: string): string {
  const problem = `${show(target)} does not exist in this schema`;
  return target.startsWith('#/components/')
    ? `${problem}: copy the referenced schema of the OpenAPI document into $defs and refer to it by #/$defs/…`
    : problem;
}

function resolve(target: string, { nodes, anchors }: SchemaIndex): string | undefined {
  let fragment: string;
  try {
    fragment = decodeURIComponent(target.slice(1));
  } catch {
    return undefined;
  }
  return nodes.has(fragment) ? fragment : anchors.get(fragment);
}
