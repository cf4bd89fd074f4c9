import type { RestApis } from './services/apigateway/rest-apis.js';

/** An MCP server of the app, with its URLs. */
export interface McpServerInfo {
  readonly name: string;
  /** URL of the stage. */
  readonly url: string;
  readonly mcp: string;
  readonly register: string;
  /** Absent without the HTTP+SSE transport. */
  readonly sse?: string;
  readonly message?: string;
  /** Values for `x-api-key`; empty if the server does not use API keys. */
  readonly apiKeys: readonly string[];
}

/** Finds the MCP servers among the REST APIs: those with the paths `/mcp` and `/register`. */
export function findMcpServers(restApis: RestApis): McpServerInfo[] {
  return restApis.served.flatMap(({ model, url }) => {
    const paths = new Set([...model.methods.values()].map(({ ResourceId }) => model.path(ResourceId)));
    if (!paths.has('/mcp') || !paths.has('/register')) return [];
    return [
      {
        name: String(model.properties.Name),
        url,
        mcp: `${url}/mcp`,
        register: `${url}/register`,
        ...(paths.has('/sse') && { sse: `${url}/sse`, message: `${url}/message` }),
        apiKeys: restApis.apiKeysOf(model.id).map(({ value }) => value),
      },
    ];
  });
}
