import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Token } from 'aws-cdk-lib';
import { inStableOrder } from './private/registration/map-order';

/**
 * A JSON Schema (draft 2020-12) of the arguments or the result of a tool.
 *
 * Schemas of older drafts, and the keywords `nullable` and `example` of OpenAPI, are converted to draft 2020-12.
 *
 * The root must be an object schema, `$ref` must stay within the document, and the size is at most 100 KB (a limit of this library).
 * A schema is validated at synthesis, when it is used in a definition, by the rules of the Registration API.
 *
 * @example
 * McpSchema.fromFile('schemas/lookup-order.json');
 * McpSchema.fromString('{ "type": "object", "properties": { "orderId": { "type": "string" } } }');
 */
export abstract class McpSchema {
  /**
   * Creates a schema from an object literal.
   *
   * String values may contain tokens, but keys may not. Clients see the keys in their original order; in Java, where `Map.of` is not
   * ordered, the keys are sorted. `fromString` and `fromFile` keep the order of the text. Members whose value is null (`default`, `const`)
   * do not survive the conversion from Python and other languages: use `fromString` or `fromFile` for such schemas.
   *
   * @param schema the root object of the schema
   */
  public static fromObject(schema: { [key: string]: any }): McpSchema {
    return new LiteralSchema(inStableOrder(schema));
  }

  /**
   * Creates a schema from JSON text.
   *
   * @param json the text; it must not contain tokens
   * @throws if the text is not a JSON object, or contains a token
   */
  public static fromString(json: string): McpSchema {
    if (Token.isUnresolved(json)) {
      throw new Error(
        'McpSchema.fromString() does not accept tokens: a schema must be known at synth; use McpSchema.fromObject() for tokens in strings',
      );
    }
    return new LiteralSchema(parse(json, 'McpSchema.fromString()'));
  }

  /**
   * Creates a schema from a JSON file, which is read at synthesis.
   *
   * @param path the path of the file, relative to the working directory of the CDK app (where `cdk.json` is)
   * @throws if the file cannot be read, or does not contain a JSON object
   */
  public static fromFile(path: string): McpSchema {
    let text: string;
    try {
      text = decode(readFileSync(path));
    } catch (error) {
      throw new Error(`cannot read the schema file '${path}' (${resolve(path)}): ${(error as Error).message}`);
    }
    return new LiteralSchema(parse(text, `schema file '${path}'`));
  }

  /**
   * The root object of the schema.
   *
   * @internal
   */
  public abstract _render(): { [key: string]: any };
}

class LiteralSchema extends McpSchema {
  public constructor(private readonly schema: { [key: string]: any }) {
    super();
  }

  /** @internal */
  public _render(): { [key: string]: any } {
    return this.schema;
  }
}

/** Decodes a file by its byte order mark, as editors and shells of Windows write it; without one it is UTF-8. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8');
}

function parse(text: string, origin: string): { [key: string]: any } {
  let schema: unknown;
  try {
    schema = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`${origin} is not JSON: ${(error as Error).message}`);
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new Error(
      `${origin} contains ${Array.isArray(schema) ? 'an array' : `'${String(schema)}'`}: expected a JSON object`,
    );
  }
  return schema as { [key: string]: any };
}
