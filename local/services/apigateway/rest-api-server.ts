import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange, McpRequest } from '../../calls/exchange.js';
import type { Console } from '../../console/console.js';
import { LOOPBACK } from '../../environment.js';
import type { ApiDefinition } from './definition.js';
import { Deployment, type DeploymentOptions } from './deployment.js';
import { GatewayError, internalError, requestTooLarge } from './gateway-error.js';
import { respondTo } from './gateway-response.js';
import type { MappingContext } from './mapping.js';
import { locate, publicPath } from './public-path.js';
import { decodeBody } from './request-body.js';
import { matchRoute, withoutTrailingSlash } from './route.js';
import { startPage, unknownPathHint } from './start-page.js';

export type { IntegrationRequest } from './deployment.js';

export interface RestApiServerOptions extends DeploymentOptions {
  readonly api: ApiDefinition;
  /** Port to listen on; 0 for any free port. */
  readonly port: number;
  /** Records the requests to an MCP server. */
  readonly record?: (request: McpRequest, res: ServerResponse) => Exchange;
  /** The console of MCP servers. */
  readonly console?: Pick<Console, 'handles' | 'handle'>;
  /** Receives details that are not sent to the client, such as the reason of a 502 response. */
  readonly onLog: (text: string) => void;
}

/** An HTTP server for one stage of a REST API. */
export interface RestApiServer {
  readonly port: number;
  /** URL of the stage, without a trailing slash. */
  readonly url: string;
  /** Deploys another definition. Requests in progress finish with the previous one. */
  deploy(api: ApiDefinition): void;
  close(): Promise<void>;
}

/** The requests to MCP servers that are recorded. */
const RECORDED_METHODS = ['POST', 'GET', 'DELETE'];
const RECORDED_PATHS = ['/mcp', '/mcp/{toolset}', '/sse', '/message'];
/** API Gateway's payload limit, in bytes. */
const MAX_REQUEST = 10_485_760;

/** Starts a server for a REST API. */
export async function startRestApiServer(options: RestApiServerOptions): Promise<RestApiServer> {
  const server = new HttpRestApiServer(options);
  await server.listen(options.port);
  return server;
}

class HttpRestApiServer implements RestApiServer {
  private readonly server: Server;
  private deployment: Deployment;

  constructor(private readonly options: RestApiServerOptions) {
    this.deployment = new Deployment(options.api, options);
    this.server = createServer((req, res) => {
      const { deployment } = this;
      this.handle(deployment, req, res).catch((error) => this.fail(error, req, res));
    });
    // streams can be idle for longer than the default timeouts
    Object.assign(this.server, { requestTimeout: 0, timeout: 0, keepAliveTimeout: 60_000 });
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, LOOPBACK, () => resolve());
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.origin + publicPath(this.deployment.api);
  }

  deploy(api: ApiDefinition): void {
    this.deployment = new Deployment(api, this.options);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get origin(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  private async handle(deployment: Deployment, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = req;
    this.checkHost(req);
    const path = url.split('?')[0];
    const located = locate(deployment.api, path);
    const match = located && matchRoute(deployment.api.routes, method, withoutTrailingSlash(located.path));
    if (!match && this.options.console?.handles(req)) return this.options.console.handle(req, res);
    if (path === '/' && method === 'GET') {
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(startPage(deployment.api, this.origin));
      return;
    }
    if (!match) throw this.unknownPath(deployment.api, path, located !== undefined);
    const receivedBody = await readRequestBody(req);
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

  /** Rejects unknown Host headers, to protect from DNS rebinding. */
  private checkHost({ headers: { host } }: IncomingMessage): void {
    const names = [LOOPBACK, 'localhost', '[::1]'].map((name) => `${name}:${this.port}`);
    if (host !== undefined && names.includes(host)) return;
    throw new GatewayError(403, 'ForbiddenException', {
      message: 'Forbidden',
      hint: `the Host header must be one of ${names.join(', ')}`,
    });
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

  private fail(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    if (req.destroyed && !req.complete) return; // the client disconnected while sending
    const known = error instanceof GatewayError ? error : undefined;
    const reason = known ? known.reason : String(error instanceof Error ? error.stack : error);
    if (reason) this.options.onLog(`${req.method} ${req.url}: ${reason}`);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const { gatewayResponses = {} } = this.deployment.api;
    const response = respondTo(known ?? internalError(500, ''), gatewayResponses, this.mappingOf(req));
    res.writeHead(response.statusCode, response.headers).end(response.body);
  }
}

/**
 * Reads the request body.
 * @throws GatewayError if the body is too large. The rest is still read and discarded, because a client does not see the response if the
 * connection is closed early.
 */
function readRequestBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_REQUEST) chunks.push(chunk);
      else reject(requestTooLarge(MAX_REQUEST));
    });
    req.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
  });
}
