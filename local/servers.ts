import type { RestApis } from './resources/apigateway/rest-apis.js';

/** An MCP server of the app, and where it is. */
export interface Server {
  readonly name: string;
  /** With the stage. */
  readonly url: string;
  readonly mcp: string;
  readonly register: string;
  /** Absent without the HTTP+SSE transport. */
  readonly sse?: string;
  readonly message?: string;
  /** Values for `x-api-key`, where the server wants one. */
  readonly apiKeys: readonly string[];
}

/** The MCP servers among the APIs: those that have `/mcp` and `/register`. */
export function findServers(restApis: RestApis): Server[] {
  return restApis.serving.flatMap(({ model, url }) => {
    const paths = new Set([...model.methods.values()].map(({ ResourceId }) => model.path(ResourceId)));
    if (!paths.has('/mcp') || !paths.has('/register')) return [];
    return [
      {
        name: String(model.properties.Name),
        url,
        mcp: `${url}/mcp`,
        register: `${url}/register`,
        ...(paths.has('/sse') && { sse: `${url}/sse`, message: `${url}/message` }),
        apiKeys: restApis.keysOf(model.id).map(({ value }) => value),
      },
    ];
  });
}
