import { AUTHORIZATION, ENV, PATHS, type ServerInfo } from '../src/private/contract.js';
import { functionOf } from './services/apigateway/rest-api-model.js';
import type { RestApis } from './services/apigateway/rest-apis.js';
import type { FunctionUrls, ServedUrl } from './services/function-url/function-urls.js';
import type { LambdaService } from './services/lambda/service.js';

/** An MCP server of the app, with its URLs. */
export interface McpServerInfo {
  readonly name: string;
  /** Name of the stack that defines the server. */
  readonly stack?: string;
  /** URL of the stage, or of the function that serves `/mcp`, without a trailing slash. */
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
  /** Whether its endpoint is a function URL, for which requests are signed differently. */
  readonly isFunctionUrl?: boolean;
}

/** A REST API or function URL of the app that is not part of an MCP server. */
export interface OtherApi {
  readonly name: string;
  /** URL of the stage, or of the function without its trailing slash. */
  readonly url: string;
}

/** The paths that MCP clients use, without toolsets. */
const CLIENT_PATHS: readonly string[] = [PATHS.MCP, PATHS.SSE, PATHS.MESSAGE];

/** Where MCP servers are found. */
export interface McpSources {
  readonly restApis: RestApis;
  readonly functionUrls: FunctionUrls;
  readonly lambda: LambdaService;
}

/** Returns the REST APIs and function URLs that are not part of MCP servers. */
export function findOtherApis(sources: McpSources, pathOf: (functionName: string) => string): OtherApi[] {
  const { restApis, functionUrls, lambda } = sources;
  const servers = new Set(findMcpServers(sources).map(({ url }) => url));
  const apis = restApis.served
    .filter(({ url }) => !servers.has(url))
    .map(({ model, url }) => ({ name: String(model.properties.Name ?? model.id), url }));
  const urls = functionUrls.served
    .filter(({ role }) => role === undefined)
    .map(({ server }) => ({
      name: pathOf(lambda.find(server.definition.functionArn)?.name ?? server.definition.functionArn),
      url: server.origin,
    }));
  return [...apis, ...urls];
}

/** Starts the processes of the servers' functions before the first request, so that no client waits for them. */
export function warmServers(sources: McpSources): void {
  const { lambda } = sources;
  for (const arn of clientFunctions(sources)) if (lambda.get(arn)) lambda.warm(arn);
}

/** Returns the ARNs of the functions that serve MCP clients: those of the paths for clients, and the authorizers of their APIs. */
function clientFunctions({ restApis, functionUrls }: McpSources): Set<string> {
  const ofRestApis = restApis.served
    .filter(({ isMcpServer }) => isMcpServer)
    .flatMap(({ model }) => [
      ...[...model.methods.values()]
        .filter(({ ResourceId }) => CLIENT_PATHS.includes(model.path(ResourceId)))
        .map(({ Integration = {} }) => functionOf(Integration.Uri)),
      ...[...model.authorizers.values()].map(({ AuthorizerUri }) => functionOf(AuthorizerUri)),
    ]);
  const ofUrls = functionUrls.served
    .filter(({ role }) => role === 'mcp')
    .map(({ server }) => server.definition.functionArn);
  return new Set([...ofRestApis, ...ofUrls].filter((arn) => arn !== undefined));
}

/** Returns the ids of the REST APIs and function URLs, by the URLs of {@link McpServerInfo}. */
export function idsByUrl({ restApis, functionUrls }: McpSources): Map<string, string> {
  return new Map([
    ...restApis.served.map(({ model, url }) => [url, model.id] as const),
    ...functionUrls.served.map(({ id, server }) => [server.origin, id] as const),
  ]);
}

/** Finds the MCP servers: REST APIs with the paths `/mcp` and `/register`, and pairs of function URLs. */
export function findMcpServers(
  { restApis, functionUrls, lambda }: McpSources,
  stackOf: (type: string, physicalId: string) => string | undefined = () => undefined,
): McpServerInfo[] {
  return [
    ...restApiServers(restApis, (apiId) => stackOf('AWS::ApiGateway::RestApi', apiId)),
    ...functionUrlServers(functionUrls, lambda, (functionArn) => stackOf('AWS::Lambda::Url', functionArn)),
  ];
}

function restApiServers(restApis: RestApis, stackOf: (apiId: string) => string | undefined): McpServerInfo[] {
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

/** Pairs the function URLs of each MCP server by its id. */
function functionUrlServers(
  functionUrls: FunctionUrls,
  lambda: LambdaService,
  stackOf: (functionArn: string) => string | undefined,
): McpServerInfo[] {
  const environmentOf = ({ server }: ServedUrl) => lambda.find(server.definition.functionArn)?.environment ?? {};
  const registers = new Map(
    functionUrls.served
      .filter(({ role }) => role === 'register')
      .map((url) => [environmentOf(url)[ENV.SERVER_ID], url.server.origin]),
  );
  return functionUrls.served.flatMap((url) => {
    const environment = environmentOf(url);
    const register = registers.get(environment[ENV.SERVER_ID]);
    if (url.role !== 'mcp' || register === undefined) return [];
    const { origin, definition } = url.server;
    const { name } = JSON.parse(environment[ENV.SERVER_INFO] ?? '{}') as Partial<ServerInfo>;
    return [
      {
        name: String(name),
        stack: stackOf(definition.functionArn),
        url: origin,
        mcp: `${origin}/mcp`,
        register: `${register}/register`,
        authorization: environment[ENV.OAUTH] === undefined ? definition.authType : AUTHORIZATION.CUSTOM,
        apiKeys: [],
        isFunctionUrl: true,
      },
    ];
  });
}
