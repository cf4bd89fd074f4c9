/** Schemas of OpenAPI as JSON Schema 2020-12. What they refer to becomes `$defs`, so that circular references stay references. */
import { parse } from 'node:path';
import { child, isObject, show } from '../validation/checks';
import { isKeyword, subschemas, VALUES } from '../validation/schema-keywords';
import { discriminatorRule } from './discriminator';
import type { Documents } from './documents';
import { type Findings, TooLarge } from './findings';
import { type Direction, hiddenProperties } from './hidden';
import { at, keyOf, type Place, where } from './place';
import { ANNOTATIONS, isNullable, modernised, nullable, unicodePattern } from './schema-3-0';

export type Schema = { [key: string]: unknown };

/** Not JSON Schema: they describe XML and other pages, or are converted apart from the other keywords. */
const APART = ['xml', 'externalDocs', 'nullable', 'discriminator', '$schema', '$defs', 'definitions'];
/** They change what references mean. */
const IDENTITY = [
  '$id',
  'id',
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$recursiveAnchor',
  '$recursiveRef',
  '$vocabulary',
];
/** Far more than a schema may have: a document whose schemas all refer to each other is not converted to its end. */
const MAX_CONVERTED = 5_000;

/** What a schema knows of the schema around it. */
interface Surroundings {
  /** Whether it is a part of an `allOf`. */
  readonly part: boolean;
  /** The hidden properties of the whole that it is a part of. */
  readonly hidden: readonly string[];
}
const ALONE: Surroundings = { part: false, hidden: [] };

/** Converts the schemas of one tool's input or of its output. */
export class SchemaConverter {
  public readonly defs: Schema = {};
  private readonly names = new Map<string, string>();
  private converted = 0;

  public constructor(
    private readonly documents: Documents,
    private readonly direction: Direction,
    private readonly findings: Findings,
  ) {}

  /** A schema, with references to `$defs`. */
  public convert(place: Place, around: Surroundings = ALONE): Schema | boolean {
    const { value } = place;
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) {
      this.findings.error(place, `must be a schema; got ${show(value)}`);
      return {};
    }
    if (++this.converted > MAX_CONVERTED) {
      throw new TooLarge(`refers to more than ${MAX_CONVERTED} schemas`);
    }
    if (typeof value.$ref !== 'string') return this.object(place, value, around);
    return this.findings.attempt({}, () => this.reference(place, value, around));
  }

  /** The root of a schema: not a reference, but what it names. */
  public root(place: Place): Schema {
    const target = isPureReference(place) ? this.documents.resolve(place) : place;
    const schema = this.convert(target);
    return isObject(schema) ? schema : {};
  }

  private reference(place: Place, value: Schema, around: Surroundings): Schema {
    const target = this.documents.target(place);
    const $ref = `#/$defs/${this.define(target, around.part)}`;
    const { $ref: _, ...rest } = value;
    const beside = this.documents.is30 ? this.annotationsOnly(place, rest) : rest;
    const { nullable: isNull, ...siblings } = beside;
    const schema = { $ref, ...this.object(place, siblings, around) };
    return isNull === true ? nullable(schema) : schema;
  }

  /** In OpenAPI 3.0 a reference replaces what is beside it. Annotations do no harm; anything else is named. */
  private annotationsOnly(place: Place, siblings: Schema): Schema {
    const kept = [...ANNOTATIONS, 'example', 'nullable', 'type'];
    const lost = Object.keys(siblings).filter((key) => !kept.includes(key) && !isIgnored(key));
    for (const key of lost) {
      this.findings.warn(
        at(place, key),
        'has no effect in OpenAPI 3.0, because it is beside a $ref: wrap the $ref in allOf',
      );
    }
    const { type: _, ...rest } = siblings;
    return Object.fromEntries(Object.entries(rest).filter(([key]) => kept.includes(key)));
  }

  /** Converts a schema into `$defs` when it is met first, and returns its name there. */
  private define(target: Place, part: boolean): string {
    const known = this.names.get(where(target));
    if (known !== undefined) return known;
    const key = (keyOf(target) || parse(target.file).name).replace(/[^A-Za-z0-9_.-]+/g, '_');
    const base = key === '' || key === '__proto__' ? 'schema' : key;
    let name = base;
    for (let count = 2; Object.hasOwn(this.defs, name); count++) name = `${base}_${count}`;
    this.names.set(where(target), name);
    this.defs[name] = {}; // takes the name, and its place in the order
    this.defs[name] = this.convert(target, { part, hidden: [] });
    return name;
  }

  private object(place: Place, value: Schema, around: Surroundings): Schema {
    const schema = modernised(value);
    const hidden = [...around.hidden, ...hiddenProperties({ ...place, value }, this.direction, this.documents)];
    const result: Schema = {};
    const schemas = subschemas(schema);
    for (const [keyword, each] of Object.entries(schema)) {
      const here = at(place, keyword);
      if (isIgnored(keyword)) continue;
      if (IDENTITY.includes(keyword)) this.findings.warn(here, 'is not supported: left out');
      else if (schemas.some((inside) => inside.keyword === keyword)) {
        const single = schemas.some(({ pointer }) => pointer === child('', keyword));
        result[keyword] = single ? this.convert(here) : this.inside(here, hidden);
      } else if (!isKeyword(keyword)) this.findings.warn(here, 'is not a keyword of JSON Schema: left out');
      else if (keyword === 'required' && Array.isArray(each)) addRequired(result, each, hidden);
      else this.addValue(result, keyword, keyword === 'pattern' ? unicodePattern(each) : each, here);
    }
    this.discriminate(place, value, result, around);
    return isNullable(value) ? nullable(result) : result;
  }

  /** The value of a keyword that holds an array or an object of schemas. */
  private inside(place: Place, hidden: readonly string[]): unknown {
    const { value } = place;
    const keyword = keyOf(place);
    if (Array.isArray(value)) {
      const around = keyword === 'allOf' ? { part: true, hidden } : ALONE;
      return value.map((_, index) => this.convert(at(place, index), around));
    }
    const names = Object.keys(value as object).filter((name) => keyword !== 'properties' || !hidden.includes(name));
    return Object.fromEntries(names.map((name) => [name, this.convert(at(place, name))]));
  }

  private addValue(schema: Schema, keyword: string, value: unknown, place: Place): void {
    const problems: string[] = [];
    VALUES[keyword]?.(value, '', (_path, message) => problems.push(message));
    if (problems.length === 0) schema[keyword] = value;
    else this.findings.warn(place, `${problems.join('; ')}: left out`);
  }

  private discriminate(place: Place, { discriminator }: Schema, schema: Schema, { part }: Surroundings): void {
    if (discriminator === undefined || this.direction === 'response') return; // it restricts nothing
    const here = at(place, 'discriminator');
    const keyword = ['oneOf', 'anyOf'].find((each) => Array.isArray(schema[each]));
    if (keyword === undefined) {
      if (!part)
        this.findings.warn(here, 'names no alternatives without oneOf or anyOf: only the schema itself is left');
      return;
    }
    schema[keyword] = (schema[keyword] as (Schema | boolean)[]).map((alternative, index) => {
      const rule = this.findings.attempt(undefined, () =>
        discriminatorRule(here, at(place, keyword, index), this.documents),
      );
      return isObject(alternative) && rule ? { allOf: [alternative, rule] } : alternative;
    });
  }
}

function addRequired(schema: Schema, names: readonly unknown[], hidden: readonly string[]): void {
  const left = [...new Set(names)].filter((name) => typeof name === 'string' && !hidden.includes(name));
  if (left.length > 0) schema.required = left;
}

function isIgnored(keyword: string): boolean {
  return APART.includes(keyword) || keyword.startsWith('x-');
}

function isPureReference({ value }: Place): boolean {
  return isObject(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1;
}
