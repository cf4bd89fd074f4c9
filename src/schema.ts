import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Token } from 'aws-cdk-lib';
import { inStableOrder } from './private/registration/map-order';

/**
 * A JSON Schema (draft 2020-12) of a tool's arguments or its result. The root is an object schema; `$ref` stays inside the
 * document, and it has at most 100 KB (a limit of this library). It is checked where it is used, at synth, by the rules of the
 * Registration API.
 *
 * @example
 * McpSchema.fromFile('schemas/lookup-order.json');
 * McpSchema.fromString('{ "type": "object", "properties": { "orderId": { "type": "string" } } }');
 */
export abstract class McpSchema {
  /**
   * A schema as a literal. Strings in it may hold tokens, property names may not. Clients see its keys in the order written;
   * in Java, whose `Map.of` has none, by their names (`fromString` and `fromFile` keep the text's order).
   * Members whose value is null (`default`, `const`) get lost on the way from Python and other languages: write those as text, too.
   *
   * @param schema the schema's root object
   */
  public static fromObject(schema: { [key: string]: any }): McpSchema {
    return new LiteralSchema(inStableOrder(schema));
  }

  /**
   * A schema as JSON text.
   *
   * @param json the text, known at synth
   * @throws if it is no JSON text of an object
   */
  public static fromString(json: string): McpSchema {
    if (Token.isUnresolved(json)) {
      throw new Error('a schema must be known at synth, and this text holds a token; use McpSchema.fromObject()');
    }
    return new LiteralSchema(parse(json, 'McpSchema.fromString()'));
  }

  /**
   * A schema in a file of JSON text, read at synth.
   *
   * @param path of the file, relative to the working directory of the CDK app (where `cdk.json` is)
   * @throws if there is no such file, or it is no JSON text of an object
   */
  public static fromFile(path: string): McpSchema {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new Error(`cannot read the schema file '${path}' (${resolve(path)}): ${(error as Error).message}`);
    }
    return new LiteralSchema(parse(text, `schema file '${path}'`));
  }

  /**
   * The schema's root object.
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

function parse(text: string, origin: string): { [key: string]: any } {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new Error(`${origin} is not JSON: ${(error as Error).message}`);
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new Error(
      `${origin} holds ${Array.isArray(schema) ? 'an array' : `'${String(schema)}'`}; a schema is a JSON object`,
    );
  }
  return schema as { [key: string]: any };
}
