import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Names of tools that the APIs of the large model providers accept. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Names of arguments that they accept. */
const ARGUMENT_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Warns about names that MCP allows and that clients refuse, often with the whole list of tools. */
export function warnAboutNames(scope: Construct, toolName: string, inputSchema: { [key: string]: any } = {}): void {
  if (!TOOL_NAME.test(toolName)) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:toolName',
      `some clients refuse the tool name '${toolName}': they accept 1 to 64 of the characters A-Z a-z 0-9 _ -`,
    );
  }
  const { properties } = inputSchema;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const refused = names.filter((name) => !ARGUMENT_NAME.test(name)).map((name) => `'${name}'`);
  if (refused.length > 0) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:argumentName',
      `some clients refuse the argument names ${refused.join(', ')}: they accept 1 to 64 of the characters A-Z a-z 0-9 _ . -`,
    );
  }
}
