import type { RestApis } from './services/apigateway/rest-apis.js';

/** An MCP server of the app, with its URLs. */
export interface McpServerInfo {
  readonly name: string;
  /** Name of the stack that defines the server. */
  readonly stack?: string;
  /** URL of the stage. */
  readonly url: string;
  readonly mcp: string;
  readonly register: string;
  /** Absent without the HTTP+SSE transport. */
  readonly sse?: string;
  readonly message?: string;
  /** Values for `x-api-key`; empty if the server does not use API keys. */
  readonly apiKeys: readonly string[];
  /** Authorization type of `/mcp`, such as `AWS_IAM`. */
  readonly authorization: string;
}

/** A REST API of the app that is not an MCP server. */
export interface OtherApi {
  readonly name: string;
  /** URL of the stage. */
  readonly url: string;
}

/** Returns the REST APIs that are not MCP servers. */
export function findOtherApis(restApis: RestApis): OtherApi[] {
  const servers = new Set(findMcpServers(restApis).map(({ url }) => url));
  return restApis.served
    .filter(({ url }) => !servers.has(url))
    .map(({ model, url }) => ({ name: String(model.properties.Name ?? model.id), url }));
}

/** Finds the MCP servers among the REST APIs: those with the paths `/mcp` and `/register`. */
export function findMcpServers(
  restApis: RestApis,
  stackOf: (apiId: string) => string | undefined = () => undefined,
): McpServerInfo[] {
  return restApis.served.flatMap(({ model, url }) => {
    const paths = new Set([...model.methods.values()].map(({ ResourceId }) => model.path(ResourceId)));
    if (!paths.has('/mcp') || !paths.has('/register')) return [];
    const methods = [...model.methods.values()].filter(({ ResourceId }) => model.path(ResourceId) === '/mcp');
    const types = methods.map(({ AuthorizationType = 'NONE' }) => String(AuthorizationType));
    return [
      {
        name: String(model.properties.Name),
        stack: stackOf(model.id),
        url,
        mcp: `${url}/mcp`,
        register: `${url}/register`,
        ...(paths.has('/sse') && { sse: `${url}/sse`, message: `${url}/message` }),
        authorization: types.find((type) => type !== 'NONE') ?? 'NONE',
        apiKeys: restApis.apiKeysOf(model.id).map(({ value }) => value),
      },
    ];
  });
}
