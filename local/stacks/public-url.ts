import type { StackArtifact } from '../assembly/manifest.js';
import { mcpApis } from '../assembly/mcp-apis.js';
import type { Stack } from './stack.js';

/** Output with the MCP URL of a server. */
const MCP_URL_OUTPUT = /McpUrl[0-9A-F]{8}$/;

/** Returns the address of an MCP server that only its output names (`publicUrl`), if the stack has one REST API with a server. */
export function publicUrlOf(stack: Stack, { template }: StackArtifact): { url: string; restApiId: string } | undefined {
  const logicalIds = mcpApis(template);
  const [api, ...others] = stack.ofType('AWS::ApiGateway::RestApi').filter((each) => logicalIds.has(each.logicalId));
  const [url] = Object.entries(stack.outputs).flatMap(([name, value]) =>
    MCP_URL_OUTPUT.test(name) && typeof value === 'string' && value.endsWith('/mcp') ? value.slice(0, -4) : [],
  );
  return api && others.length === 0 && url ? { url, restApiId: api.returnValues.physicalId } : undefined;
}
