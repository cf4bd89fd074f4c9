import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, McpRequest } from '../../calls/exchange.js';
import type { Console } from '../../console/console.js';
import { LOOPBACK } from '../../environment.js';
import { LoopbackServer } from '../http/loopback-server.js';
import type { ApiDefinition } from './definition.js';
import { Deployment, type DeploymentOptions } from './deployment.js';
import { GatewayError, internalError, requestTooLarge } from './gateway-error.js';
import { respondTo } from './gateway-response.js';
import type { MappingContext } from './mapping.js';
import { locate, publicPath } from './public-path.js';
import { decodeBody, readRequestBody } from './request-body.js';
import { matchRoute, withoutTrailingSlash } from './route.js';
import { startPage, unknownPathHint } from './start-page.js';

export type { IntegrationRequest } from './deployment.js';

export interface RestApiServerOptions extends DeploymentOptions {
  readonly api: ApiDefinition;
  /** Records the requests to an MCP server. */
  readonly record?: (request: McpRequest, res: ServerResponse) => Exchange;
  /** The console of MCP servers. */
  readonly console?: Pick<Console, 'handles' | 'handle'>;
  /** Receives details that are not sent to the client, such as the reason of a 502 response. */
  readonly onLog: (text: string) => void;
}

/** The requests to MCP servers that are recorded. */
const RECORDED_METHODS = ['POST', 'GET', 'DELETE'];
const RECORDED_PATHS = ['/mcp', '/mcp/{toolset}', '/sse', '/message'];
/** API Gateway's payload limit, in bytes. */
const MAX_REQUEST = 10_485_760;

/** An HTTP server for one stage of a REST API. */
export class RestApiServer extends LoopbackServer {
  private deployment: Deployment;

  constructor(private readonly options: RestApiServerOptions) {
    super(options.onLog);
    this.deployment = new Deployment(options.api, options);
  }

  /** URL of the stage, without a trailing slash. */
  get url(): string {
    return this.origin + publicPath(this.deployment.api);
  }

  /** Deploys another definition. Requests in progress finish with the previous one. */
  deploy(api: ApiDefinition): void {
    this.deployment = new Deployment(api, this.options);
  }

  protected async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { deployment } = this;
    const { method = 'GET', url = '/' } = req;
    const path = url.split('?')[0];
    const located = locate(deployment.api, path);
    const match = located && matchRoute(deployment.api.routes, method, withoutTrailingSlash(located.path));
    if (!match && this.options.console?.handles(req)) return this.options.console.handle(req, res);
    if (path === '/' && method === 'GET') {
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(startPage(deployment.api, this.origin));
      return;
    }
    if (!match) throw this.unknownPath(deployment.api, path, located !== undefined);
    const receivedBody = await readRequestBody(req, MAX_REQUEST, requestTooLarge);
    const body = await decodeBody(receivedBody, req.headers['content-encoding'], MAX_REQUEST);
    const requestId = randomUUID();
    const { resourcePath } = match.route;
    const { headers } = req;
    const exchange =
      RECORDED_METHODS.includes(method) && RECORDED_PATHS.includes(resourcePath)
        ? this.options.record?.(
            { apiId: deployment.api.apiId, method, resourcePath, url, headers, body, requestId },
            res,
          )
        : undefined;
    await deployment.handle(
      {
        method,
        url,
        ...located,
        rawHeaders: req.rawHeaders,
        headers: req.headers,
        sourceIp: req.socket.remoteAddress ?? LOOPBACK,
        body,
        receivedBody,
        match,
        requestId,
        exchange,
      },
      res,
    );
  }

  /** Returns the error of API Gateway for an unknown path or stage, with a hint. */
  private unknownPath(api: ApiDefinition, path: string, inApi: boolean): GatewayError {
    const hint = unknownPathHint(api, this.origin, path);
    return inApi
      ? new GatewayError(403, 'MissingAuthenticationTokenException', { message: 'Missing Authentication Token', hint })
      : new GatewayError(403, 'ForbiddenException', { message: 'Forbidden', hint });
  }

  /** Returns what the gateway response of a failed request can read. */
  private mappingOf({ method, url = '/', headers, socket }: IncomingMessage): MappingContext {
    const { api } = this.deployment;
    const [path] = url.split('?');
    return {
      context: {
        requestId: randomUUID(),
        accountId: this.options.accountId,
        apiId: api.apiId,
        stage: api.stage,
        httpMethod: method,
        path,
        domainName: headers.host,
        identity: { sourceIp: socket.remoteAddress, userAgent: headers['user-agent'] },
      },
      stageVariables: api.stageVariables ?? {},
      headers,
      url,
      pathParameters: {},
    };
  }

  protected sendError(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    const { gatewayResponses = {} } = this.deployment.api;
    const known = error instanceof GatewayError ? error : internalError(500, '');
    const response = respondTo(known, gatewayResponses, this.mappingOf(req));
    res.writeHead(response.statusCode, response.headers).end(response.body);
  }
}
