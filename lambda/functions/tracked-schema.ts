/** Copies of schemas that record which keyword is being validated, so that a validation that is stopped can name it. */
import { format as formats, type Schema, type SchemaDraft } from '@cfworker/json-schema';
import type { JsonObject } from '../../src/private/registration.js';
import { isObject } from '../shared/json.js';

/** The keyword that is being validated. */
export interface KeywordTracker {
  /** JSON pointer of the keyword, or of several that may be running. */
  current?: string;
}

const SCHEMA_KEYWORDS = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const SCHEMA_ARRAY_KEYWORDS = new Set(['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']);
const SCHEMA_MAP_KEYWORDS = new Set(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties']);

/** Returns the dialect that a schema declares. Defaults to 2020-12, as in MCP. */
export function draftOf({ $schema }: JsonObject): SchemaDraft {
  const declared = String($schema ?? '');
  if (/draft-0[67]/.test(declared)) return '7';
  return declared.includes('2019-09') ? '2019-09' : '2020-12';
}

/** Copies a schema. The validator of the copy sets `tracker.current` before each keyword that can take long. */
export function trackKeywords(schema: JsonObject, tracker: KeywordTracker): Schema {
  return new SchemaCopy(tracker).copy(schema, '', []) as Schema;
}

class SchemaCopy {
  constructor(private readonly tracker: KeywordTracker) {}

  /** @param unique pointers of the `uniqueItems` that compare arrays around this schema's value */
  copy(schema: unknown, pointer: string, unique: readonly string[]): unknown {
    if (!isObject(schema)) return schema;
    const uniqueHere = schema.uniqueItems === true ? [...unique, `${pointer}/uniqueItems`] : unique;
    const copy: JsonObject = {};
    for (const [keyword, value] of Object.entries(schema)) {
      const at = `${pointer}/${escapeToken(keyword)}`;
      if (keyword === 'uniqueItems' && value === true) this.defineTracked(copy, keyword, at, value);
      else define(copy, keyword, this.copyValue(keyword, value, at, uniqueHere));
    }
    return copy;
  }

  private copyValue(keyword: string, value: unknown, at: string, unique: readonly string[]): unknown {
    if (typeof value === 'string' && keyword === 'pattern') return this.tracked(value, at, unique);
    if (keyword === 'format') {
      // the validator would also find the methods that its table of formats inherits
      return typeof value === 'string' && Object.hasOwn(formats, value) ? this.tracked(value, at, unique) : undefined;
    }
    if (Array.isArray(value)) {
      if (!SCHEMA_ARRAY_KEYWORDS.has(keyword)) return value;
      return value.map((each, index) => this.copy(each, `${at}/${index}`, unique));
    }
    if (SCHEMA_KEYWORDS.has(keyword)) return this.copy(value, at, unique);
    return SCHEMA_MAP_KEYWORDS.has(keyword) && isObject(value) ? this.copyMap(keyword, value, at, unique) : value;
  }

  private copyMap(keyword: string, schemas: JsonObject, at: string, unique: readonly string[]): JsonObject {
    const copy: JsonObject = {};
    const names = Object.keys(schemas);
    for (const name of names) {
      const pointer = `${at}/${escapeToken(name)}`;
      const copied = this.copy(schemas[name], pointer, unique);
      // the validator reads the schemas of all patterns before it tries the first pattern
      if (keyword !== 'patternProperties') define(copy, name, copied);
      else this.defineTracked(copy, name, among(names.length === 1 ? pointer : at, unique), copied);
    }
    return copy;
  }

  /** A text that the validator converts to a string when it begins to use it. */
  private tracked(text: string, at: string, unique: readonly string[]): object {
    const { tracker } = this;
    const current = among(at, unique);
    return {
      toString() {
        tracker.current = current;
        return text;
      },
    };
  }

  private defineTracked(object: JsonObject, key: string, at: string, value: unknown): void {
    const { tracker } = this;
    Object.defineProperty(object, key, {
      enumerable: true,
      get() {
        tracker.current = at;
        return value;
      },
    });
  }
}

/** A keyword, and the `uniqueItems` around it, which may be running instead: it compares an array after its items are validated. */
function among(pointer: string, unique: readonly string[]): string {
  return [pointer, ...unique].join(' or ');
}

/** Defines a member. An assignment to `__proto__` would set the prototype. */
function define(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

function escapeToken(key: string): string {
  return key.replace(/~/g, '~0').replace(/\//g, '~1');
}
