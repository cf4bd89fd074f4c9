/** Converts schemas of older drafts, and schemas of OpenAPI documents, to JSON Schema 2020-12 where their meaning is unambiguous. */
import { child, isObject } from './checks';
import { isKeyword, SCHEMA, SCHEMA_ARRAY, SCHEMA_MAP } from './schema-keywords';

type SchemaObject = { [key: string]: unknown };

/** The result of a conversion. */
export interface ConvertedSchema {
  /** The same value if there is nothing to convert. */
  readonly schema: unknown;
  /** The JSON pointer, in the original schema, of a pointer into the converted one. */
  originalPointer(pointer: string): string;
}

const CURRENT = 'https://json-schema.org/draft/2020-12/schema';
/** Drafts that are always converted. `schema#` without a draft named the newest one until 2019. */
const ALWAYS_CONVERTED = /^https?:\/\/json-schema\.org\/(?:draft-0[46]\/)?schema#?$/;
/** Drafts in which `$ref` hides the keywords beside it. */
const REF_HIDES_SIBLINGS = /^https?:\/\/json-schema\.org\/draft-0[467]\/schema#?$/;
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+#?$/;
const ANCHOR = /^#([A-Za-z_][A-Za-z0-9._-]*)$/;
/** An id that names the place of its schema, as some generators write it. */
const OWN_POINTER = /^#(?:\/|$)/;

/** Keywords that do not restrict a value. */
const ANNOTATIONS = [
  ...['title', 'description', 'default', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['$schema', '$id', 'id', '$anchor', '$defs', 'definitions'],
];
/** Keywords beside which `nullable` cannot become a type. */
const COMPOSITION = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'const', 'if'];

/**
 * Converts a schema: tuples, `dependencies`, boolean `exclusiveMinimum` and `exclusiveMaximum`, `id` and plain-name fragments of older
 * drafts; `nullable` and `example` of OpenAPI. What is ambiguous or wrong stays as it is, for the rules to report.
 *
 * @param root `input` if the value is never null, because it is the arguments of a tool
 */
export function convertSchema(schema: unknown, root: 'input' | 'output'): ConvertedSchema {
  const dialect = isObject(schema) ? String(schema.$schema ?? '') : '';
  const conversion = new Conversion(root, dialect, JSON.stringify(schema)?.includes('"$ref"') ?? false);
  const converted = conversion.run(schema);
  return {
    schema: conversion.changed ? converted : schema,
    originalPointer: (pointer) => (conversion.changed ? conversion.originalPointer(pointer) : pointer),
  };
}

class Conversion {
  changed = false;
  /** Pointers of the subschemas that moved: from the original to the converted one. */
  private readonly moved = new Map<string, string>();

  constructor(
    private readonly root: 'input' | 'output',
    private readonly dialect: string,
    private readonly hasReferences: boolean,
  ) {}

  run(schema: unknown): unknown {
    const inlined = this.inlineRoot(schema);
    const converted = this.convert(inlined, '', '');
    if (ALWAYS_CONVERTED.test(this.dialect)) this.changed = true;
    if (!this.changed || !isObject(converted)) return schema;
    if (this.dialect.startsWith('http')) converted.$schema = CURRENT;
    this.moveReferences(converted);
    return converted;
  }

  originalPointer(pointer: string): string {
    let [from, to] = ['', ''];
    for (const [original, converted] of this.moved) {
      const isWithin = pointer === converted || pointer.startsWith(`${converted}/`);
      if (isWithin && converted.length > to.length) [from, to] = [original, converted];
    }
    return from + pointer.slice(to.length);
  }

  /** Generators of draft-07 schemas put the type itself into `definitions` and refer to it at the root. */
  private inlineRoot(schema: unknown): unknown {
    if (!isObject(schema) || typeof schema.$ref !== 'string' || !REF_HIDES_SIBLINGS.test(this.dialect)) return schema;
    const [, keyword, name] = /^#\/(definitions|\$defs)\/([^/]+)$/.exec(schema.$ref) ?? [];
    const definitions = keyword ? schema[keyword] : undefined;
    const target = isObject(definitions) ? definitions[decodePointer(name!)] : undefined;
    if (!isObject(target) || target.$ref !== undefined) return schema;
    this.changed = true;
    const { $ref: _, ...rest } = schema;
    return { ...target, ...rest };
  }

  private convert(schema: unknown, from: string, to: string): unknown {
    if (from !== to) this.moved.set(from, to);
    if (!isObject(schema)) return schema;
    const kept = this.keywordsOf(schema);
    const nullable = this.takeNullable(kept, from);
    if (!nullable) return this.convertKeywords(kept, from, to);
    this.changed = true;
    if (addNull(kept)) return this.convertKeywords(kept, from, to);
    const entries = Object.entries(kept);
    const annotations = Object.fromEntries(entries.filter(([key]) => isAnnotation(key)));
    const rules = Object.fromEntries(entries.filter(([key]) => !isAnnotation(key)));
    if (Object.keys(rules).length === 0) return this.convertKeywords(kept, from, to);
    const nested = this.convertKeywords(rules, from, child(child(to, 'anyOf'), 0));
    return { ...this.convertKeywords(annotations, from, to), anyOf: [nested, { type: 'null' }] };
  }

  /** The keywords that apply: in older drafts, none beside a `$ref`. */
  private keywordsOf(schema: SchemaObject): SchemaObject {
    if (typeof schema.$ref !== 'string' || !REF_HIDES_SIBLINGS.test(this.dialect)) return { ...schema };
    return Object.fromEntries(
      Object.entries(schema).filter(([key]) => key === '$ref' || ANNOTATIONS.includes(key) || !isKeyword(key)),
    );
  }

  private takeNullable(schema: SchemaObject, from: string): boolean {
    const { nullable } = schema;
    if (typeof nullable !== 'boolean') return false;
    this.changed = true;
    delete schema.nullable;
    return nullable && (from !== '' || this.root === 'output');
  }

  private convertKeywords(schema: SchemaObject, from: string, to: string): SchemaObject {
    const converted: SchemaObject = {};
    const isTuple = Array.isArray(schema.items) && schema.prefixItems === undefined;
    for (const [key, value] of Object.entries(schema)) {
      const [source, target] = [child(from, key), child(to, key)];
      if (key === 'items' && isTuple) this.convertTuple(value as unknown[], source, to, converted);
      else if (key === 'additionalItems' && isTuple) {
        converted.items = this.convert(value, source, child(to, 'items'));
      } else if (key === 'dependencies' && isObject(value)) this.convertDependencies(value, source, to, converted);
      else if (key === 'exclusiveMinimum' || key === 'exclusiveMaximum') this.convertLimit(schema, key, converted);
      else if (key === 'example') this.convertExample(value, schema, converted);
      else if (key === 'examples' && 'example' in schema) continue;
      else if (key === 'id' || key === '$id') this.convertId(key, value, from, converted);
      else if (SCHEMA.includes(key)) converted[key] = this.convert(value, source, target);
      else if (SCHEMA_ARRAY.includes(key) && Array.isArray(value)) {
        converted[key] = value.map((each, n) => this.convert(each, child(source, n), child(target, n)));
      } else if (SCHEMA_MAP.includes(key) && isObject(value)) {
        const members = Object.entries(value).map(([name, each]) => {
          return [name, this.convert(each, child(source, name), child(target, name))];
        });
        converted[key] = { ...(converted[key] as object | undefined), ...Object.fromEntries(members) };
      } else converted[key] = value;
    }
    for (const limit of ['minimum', 'maximum']) if (isExclusive(schema, limit)) delete converted[limit];
    return converted;
  }

  private convertTuple(items: unknown[], source: string, to: string, converted: SchemaObject): void {
    this.changed = true;
    if (items.length === 0) return; // restricts nothing
    const target = child(to, 'prefixItems');
    converted.prefixItems = items.map((each, n) => this.convert(each, child(source, n), child(target, n)));
  }

  private convertDependencies(dependencies: SchemaObject, source: string, to: string, converted: SchemaObject): void {
    this.changed = true;
    for (const [name, value] of Object.entries(dependencies)) {
      const keyword = Array.isArray(value) ? 'dependentRequired' : 'dependentSchemas';
      const target = child(child(to, keyword), name);
      const member = Array.isArray(value) ? value : this.convert(value, child(source, name), target);
      converted[keyword] = { ...(converted[keyword] as object | undefined), [name]: member };
    }
  }

  /** In draft-04 and OpenAPI 3.0, `exclusiveMinimum: true` says that `minimum` is exclusive. */
  private convertLimit(
    schema: SchemaObject,
    key: 'exclusiveMinimum' | 'exclusiveMaximum',
    converted: SchemaObject,
  ): void {
    const limit = key === 'exclusiveMinimum' ? 'minimum' : 'maximum';
    if (schema[key] === false) this.changed = true;
    else if (isExclusive(schema, limit)) {
      this.changed = true;
      converted[key] = schema[limit];
    } else converted[key] = schema[key];
  }

  private convertExample(example: unknown, { examples }: SchemaObject, converted: SchemaObject): void {
    this.changed = true;
    converted.examples = [...(Array.isArray(examples) ? examples : []), example];
  }

  /** Converts the `id` of draft-04, and the plain-name fragments of draft-04 to draft-07. */
  private convertId(key: 'id' | '$id', value: unknown, from: string, converted: SchemaObject): void {
    const id = typeof value === 'string' ? value : '';
    const anchor = ANCHOR.exec(id)?.[1];
    const isRootId = from === '' && ABSOLUTE_URI.test(id);
    if (anchor !== undefined) converted.$anchor = anchor;
    else if (isRootId && (key === 'id' || id.endsWith('#'))) converted.$id = id.replace(/#$/, '');
    else if (isRootId || typeof value !== 'string' || !this.isWithoutEffect(id, from)) {
      converted[key] = value;
      return;
    }
    this.changed = true;
  }

  /** Whether an id of an older draft changes no reference: these begin with `#`, and only ids of subschemas change what that means. */
  private isWithoutEffect(id: string, from: string): boolean {
    const isOlderDraft = REF_HIDES_SIBLINGS.test(this.dialect) || ALWAYS_CONVERTED.test(this.dialect);
    return isOlderDraft && (from === '' || OWN_POINTER.test(id) || !this.hasReferences);
  }

  /** Lets references point to where their subschemas have moved. */
  private moveReferences(schema: unknown): void {
    if (Array.isArray(schema)) for (const each of schema) this.moveReferences(each);
    if (!isObject(schema)) return;
    const target = typeof schema.$ref === 'string' ? this.moved.get(decodePointer(schema.$ref.slice(1))) : undefined;
    if (target !== undefined) schema.$ref = `#${encodeURI(target)}`;
    for (const key of Object.keys(schema)) {
      const value = schema[key];
      if (SCHEMA.includes(key) || SCHEMA_ARRAY.includes(key)) this.moveReferences(value);
      else if (SCHEMA_MAP.includes(key) && isObject(value))
        for (const each of Object.values(value)) this.moveReferences(each);
    }
  }
}

function isExclusive(schema: SchemaObject, limit: string): boolean {
  const keyword = limit === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  return schema[keyword] === true && typeof schema[limit] === 'number';
}

function isAnnotation(key: string): boolean {
  return ANNOTATIONS.includes(key) || !isKeyword(key);
}

/** Adds null to the type, and to the values of an `enum`. Returns false if the schema has no type of its own. */
function addNull(schema: SchemaObject): boolean {
  const types = [schema.type].flat();
  if (schema.type === undefined || COMPOSITION.some((key) => key in schema)) return false;
  schema.type = [...new Set([...types, 'null'])];
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  return true;
}

/** Decodes a JSON pointer of a URI fragment. */
function decodePointer(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
