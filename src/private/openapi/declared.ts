/** The tools that `addOpenApi()` declares. */
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { McpEvent } from '../../event';
import type { McpOpenApiOptions } from '../../open-api';
import { McpSchema } from '../../schema';
import type { McpTool, McpToolOptions } from '../../tool';
import { invalid } from '../errors';
import type { HttpEvent } from '../event';
import { type OperationTool, toolsOf } from './index';

const EVENT_TYPES: { readonly [version: string]: HttpEvent['type'] } = { '1.0': 'apiGateway', '2.0': 'httpApi' };

/** Declares a tool for each chosen operation; returns the tools by operation. */
export function declareOperations(
  server: IConstruct,
  options: McpOpenApiOptions,
  addTool: (tool: McpToolOptions) => McpTool,
): { [operation: string]: McpTool } {
  const tools = convert(server, options).map(({ operation, tool, warnings }) => {
    const { inputSchema, outputSchema, event, ...texts } = tool;
    const declared = addTool({
      ...texts,
      inputSchema: asWritten(inputSchema),
      outputSchema: outputSchema && asWritten(outputSchema),
      timeout: options.timeout,
      toolsets: options.toolsets,
      event: McpEvent._of(event),
    });
    if (warnings.length > 0) {
      const lines = warnings.map((warning) => `\n  ${warning}`).join('');
      Annotations.of(declared).addWarningV2(
        'cdk-mcp-lambda:openApi',
        `not carried over from the operation ${operation}:${lines}`,
      );
    }
    return [operation, declared] as const;
  });
  return Object.fromEntries(tools);
}

function convert(server: IConstruct, options: McpOpenApiOptions): OperationTool[] {
  const { spec, operations, basePath = '', outputSchemas = true } = options;
  const version = options.payloadFormatVersion?.version ?? '1.0';
  const eventType = EVENT_TYPES[version];
  if (eventType === undefined) {
    throw invalid(server, `payloadFormatVersion: '${version}' is not supported; use VERSION_1_0 or VERSION_2_0`);
  }
  if (basePath !== '' && !/^(?:\/[^/?#{}\s]+)+$/.test(basePath)) {
    throw invalid(
      server,
      `basePath: '${basePath}' must be a path that begins with a slash and does not end with one, such as /v1`,
    );
  }
  try {
    return toolsOf(spec._documents, operations, { eventType, basePath, outputSchemas });
  } catch (error) {
    throw invalid(server, `addOpenApi(): ${(error as Error).message}`);
  }
}

/** A schema with its keys in the order of the document, in every language. */
function asWritten(schema: object): McpSchema {
  return McpSchema.fromString(JSON.stringify(schema));
}
