import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Duration, Token } from 'aws-cdk-lib';
import type { PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { Documents } from './private/openapi/documents';
import { parseText } from './private/openapi/parser';

/**
 * An OpenAPI document, version 3.0 or 3.1, in JSON or YAML.
 *
 * Its operations become tools with `server.addOpenApi()`.
 *
 * @example
 * McpOpenApi.fromFile('openapi.yaml');
 */
export class McpOpenApi {
  /**
   * Reads a document from a file at synth.
   *
   * References (`$ref`) to other files are read, too, if these are in the same folder or below it. Nothing is fetched from URLs.
   *
   * @param path the path of the file, relative to the working directory of the CDK app (where `cdk.json` is)
   * @throws if the file does not exist, or is neither JSON nor YAML
   */
  public static fromFile(path: string): McpOpenApi {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new Error(`cannot read the OpenAPI file '${path}' (${resolve(path)}): ${(error as Error).message}`);
    }
    const content = parse(text, `OpenAPI file '${path}'`);
    return new McpOpenApi(new Documents(content, basename(path), dirname(resolve(path))));
  }

  /**
   * Parses a document. It cannot refer to files.
   *
   * @param text JSON or YAML, without tokens
   * @throws if the text is neither JSON nor YAML, or has a token
   */
  public static fromString(text: string): McpOpenApi {
    if (Token.isUnresolved(text)) {
      throw new Error('McpOpenApi.fromString() has a token; an OpenAPI document must be known at synth');
    }
    return new McpOpenApi(new Documents(parse(text, 'McpOpenApi.fromString()'), ''));
  }

  /**
   * The document, and the files that it refers to.
   *
   * @internal
   */
  public readonly _documents: Documents;

  private constructor(documents: Documents) {
    this._documents = documents;
  }
}

/** Options for `addOpenApi()`. */
export interface McpOpenApiOptions {
  /** The document. */
  readonly spec: McpOpenApi;

  /**
   * The operations that become tools, by `operationId`, or by method and path (`get_orders_orderId`) for an operation without one.
   * An empty list is an error that lists all operations.
   */
  readonly operations: string[];

  /**
   * The path before the paths of the document in the requests that the function expects, such as `/v1`. The `servers` of the document
   * have no effect.
   *
   * @default - none
   */
  readonly basePath?: string;

  /**
   * The format of the events that the function expects: 1.0 for a REST API or a load balancer, 2.0 for an HTTP API or a function URL.
   *
   * @default PayloadFormatVersion.VERSION_1_0
   */
  readonly payloadFormatVersion?: PayloadFormatVersion;

  /**
   * Whether the tools have the JSON Schemas of the responses as output schemas. A response that does not match its schema is then an
   * error. Operations whose successful responses are not JSON objects have no output schema in any case.
   *
   * @default true
   */
  readonly outputSchemas?: boolean;

  /**
   * The toolsets of the tools, as `toolsets` of `addTool()`: at most 16 (a limit of this library).
   *
   * @default - no toolsets; only clients of `…/mcp` and `…/sse` get the tools
   */
  readonly toolsets?: string[];

  /**
   * The time to wait for the function: whole seconds, 1 second to 14 minutes (the 15 minutes of Lambda, less the time to respond).
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;
}

function parse(text: string, origin: string): unknown {
  try {
    return parseText(text);
  } catch (error) {
    throw new Error(`${origin} is neither JSON nor YAML: ${(error as Error).message}`);
  }
}
