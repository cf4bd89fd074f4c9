import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import { readBody } from '../forward.js';
import type { Invocation } from '../lambda/invocation.js';
import { checkApiKey } from './api-keys.js';
import { LambdaAuthorizer } from './authorizer.js';
import type { ApiDefinition, Route } from './definition.js';
import { type Caller, type EventApi, type FrontRequest, isBinary, proxyEvent } from './event.js';
import { GatewayError, tooManyRequests } from './gateway-error.js';
import { authorizeIam, type IamOptions } from './iam.js';
import { bufferedIntegration, streamIntegration } from './integration.js';
import { landingPage, wrongPathHint } from './landing.js';
import { matchRoute } from './route.js';
import { TokenBucket } from './token-bucket.js';

/** A call of a function by API Gateway. */
export interface IntegrationRequest {
  readonly functionArn: string;
  readonly payload: Buffer;
  /** ARN of the method or authorizer: the `aws:SourceArn` that the function's policy has to allow. */
  readonly sourceArn: string;
  /** Ends the wait for the answer. */
  readonly signal?: AbortSignal;
}

export interface FrontOptions extends IamOptions {
  readonly api: ApiDefinition;
  /** 0 for any that is free. */
  readonly port: number;
  /** Rejects when the function cannot be invoked: no permission, throttled, not there. */
  readonly invoke: (request: IntegrationRequest) => Promise<Invocation>;
  /** What the client is not told: why a response is 502, say. */
  readonly onLog: (text: string) => void;
  /** Longest silence of a STREAM integration, in milliseconds. API Gateway: 5 minutes at Regional endpoints. */
  readonly idleTimeoutMs?: number;
}

/** One stage of a REST API, on a port of this machine. */
export interface Front {
  readonly port: number;
  /** With the stage, without a slash at the end. */
  readonly url: string;
  /** Puts another definition in the place of the current one; requests on the way keep theirs. */
  define(api: ApiDefinition): void;
  close(): Promise<void>;
}

/** API Gateway's limit for requests, in bytes. */
const MAX_REQUEST = 10_485_760;
/** Lambda's limit for events, in bytes. */
const MAX_EVENT = 6_291_456;
const IDLE_TIMEOUT_MS = 300_000;

/** Starts API Gateway's part of the local runner. */
export async function createFront(options: FrontOptions): Promise<Front> {
  const front = new HttpFront(options);
  await front.listen(options.port);
  return front;
}

class HttpFront implements Front {
  private readonly server: Server;
  private live: LiveApi;

  constructor(private readonly options: FrontOptions) {
    this.live = new LiveApi(options.api, options);
    this.server = createServer((req, res) => {
      const { live } = this;
      this.handle(live, req, res).catch((error) => this.fail(error, req, res));
    });
    // streams may be silent for longer than any of these
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
    return `${this.origin}/${this.live.api.stage}`;
  }

  define(api: ApiDefinition): void {
    this.live = new LiveApi(api, this.options);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get origin(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  private async handle(live: LiveApi, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = req;
    this.checkHost(req);
    const path = url.split('?')[0];
    if (path === '/' && method === 'GET') {
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(landingPage(live.api, this.origin));
      return;
    }
    const stagePath = `/${live.api.stage}`;
    const inStage = path === stagePath || path.startsWith(`${stagePath}/`);
    const routed = path.slice(stagePath.length) || '/';
    const match = inStage ? matchRoute(live.api.routes, method, routed) : undefined;
    if (!match) throw this.wrongPath(live.api, path, inStage);
    const body = await read(req);
    await live.serve(
      {
        method,
        url,
        path: routed,
        rawHeaders: req.rawHeaders,
        headers: req.headers,
        sourceIp: req.socket.remoteAddress ?? LOOPBACK,
        body,
        match,
        requestId: randomUUID(),
      },
      res,
    );
  }

  /** A page that has pointed its own name at this machine (DNS rebinding) is foreign. */
  private checkHost({ headers: { host } }: IncomingMessage): void {
    const names = [LOOPBACK, 'localhost', '[::1]'].map((name) => `${name}:${this.port}`);
    if (host !== undefined && names.includes(host)) return;
    throw new GatewayError(403, 'ForbiddenException', {
      message: 'Forbidden',
      hint: `the Host header must be one of ${names.join(', ')}`,
    });
  }

  /** AWS's answers for a wrong path and a wrong stage, and what AWS does not say. */
  private wrongPath(api: ApiDefinition, path: string, inStage: boolean): GatewayError {
    const hint = wrongPathHint(api, this.origin, path);
    return inStage
      ? new GatewayError(403, 'MissingAuthenticationTokenException', { message: 'Missing Authentication Token', hint })
      : new GatewayError(403, 'ForbiddenException', { message: 'Forbidden', hint });
  }

  private fail(error: unknown, req: IncomingMessage, res: ServerResponse): void {
    const known = error instanceof GatewayError ? error : undefined;
    const reason = known ? known.reason : String(error instanceof Error ? error.stack : error);
    if (reason) this.options.onLog(`${req.method} ${req.url}: ${reason}`);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const status = known?.statusCode ?? 500;
    res.writeHead(status, {
      'content-type': 'application/json',
      'x-amzn-errortype': known?.errorType ?? 'InternalServerErrorException',
      ...(req.complete ? {} : { connection: 'close' }), // the rest of a request that is too large is not read
    });
    res.end(JSON.stringify(known?.body ?? { message: 'Internal server error' }));
  }
}

/** A definition in use, with all that is remembered about it. */
class LiveApi {
  private readonly eventApi: EventApi;
  private readonly authorizers = new Map<string, LambdaAuthorizer>();
  private readonly buckets = new Map<Route, TokenBucket>();

  constructor(
    readonly api: ApiDefinition,
    private readonly options: FrontOptions,
  ) {
    const { apiId, stage, binaryMediaTypes = [], authorizers = {} } = api;
    this.eventApi = { apiId, stage, binaryMediaTypes, accountId: options.accountId };
    for (const [id, definition] of Object.entries(authorizers)) {
      const sourceArn = this.arn(`authorizers/${id}`);
      const invoke = (event: unknown) => this.invokeAuthorizer(definition.functionArn, sourceArn, event);
      this.authorizers.set(id, new LambdaAuthorizer(definition, invoke));
    }
    for (const route of api.routes) {
      this.checkRoute(route);
      if (route.throttle) this.buckets.set(route, new TokenBucket(route.throttle));
    }
  }

  async serve(request: FrontRequest, res: ServerResponse): Promise<void> {
    const { route } = request.match;
    const caller = await this.authorize(request);
    if (this.buckets.get(route)?.take() === false) throw tooManyRequests();
    const payload = Buffer.from(JSON.stringify(proxyEvent(request, this.eventApi, caller)));
    if (payload.length > MAX_EVENT) {
      throw new GatewayError(413, 'RequestTooLargeException', { message: 'Request Too Long' });
    }
    const call = {
      res,
      requestId: request.requestId,
      timeoutMs: route.timeoutMs,
      invoke: (signal: AbortSignal) =>
        this.options.invoke({ functionArn: route.functionArn, payload, sourceArn: this.sourceArn(request), signal }),
    };
    if (route.transferMode === 'STREAM') {
      await streamIntegration(call, this.options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
    } else {
      await bufferedIntegration(call, isBinary(this.eventApi.binaryMediaTypes, request.headers.accept));
    }
  }

  private async authorize(request: FrontRequest): Promise<Caller> {
    const { authorization, apiKeyRequired } = request.match.route;
    const methodArn = this.arn(`${this.api.stage}/${request.method}${request.path}`);
    let caller: Caller = { identity: {} };
    if (authorization.type === 'AWS_IAM') {
      caller = await authorizeIam({ ...request, path: request.url }, methodArn, this.options);
    } else if (authorization.type === 'CUSTOM') {
      caller = await this.authorizers.get(authorization.authorizerId!)!.authorize(request, methodArn, this.eventApi);
    }
    if (!apiKeyRequired) return caller;
    const key = checkApiKey(this.api.apiKeys ?? [], request.headers['x-api-key'], this.options.enforceAuth);
    return { ...caller, identity: { ...caller.identity, ...key } };
  }

  private async invokeAuthorizer(functionArn: string, sourceArn: string, event: unknown) {
    const invocation = await this.options.invoke({
      functionArn,
      sourceArn,
      payload: Buffer.from(JSON.stringify(event)),
    });
    const answer: unknown = JSON.parse((await readBody(invocation.body)).toString('utf8'));
    if (!(await invocation.ended)) return { answer };
    return { errorMessage: (answer as { errorMessage?: unknown }).errorMessage };
  }

  private checkRoute({ method, resourcePath, authorization: { type, authorizerId } }: Route): void {
    if (type === 'COGNITO_USER_POOLS') {
      throw new Error(`${method} ${resourcePath} has a Cognito authorizer: user pools do not run locally`);
    }
    if (type === 'CUSTOM' && !(authorizerId !== undefined && this.authorizers.has(authorizerId))) {
      throw new Error(`${method} ${resourcePath} has authorizer ${authorizerId}, which is not in the template`);
    }
  }

  /** As in permissions: with the resource's path, not the request's. */
  private sourceArn({ method, match }: FrontRequest): string {
    return this.arn(`${this.api.stage}/${method}${match.route.resourcePath}`);
  }

  private arn(path: string): string {
    const { region, accountId } = this.options;
    return `arn:aws:execute-api:${region}:${accountId}:${this.api.apiId}/${path}`;
  }
}

async function read(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += (chunk as Buffer).length;
    if (size > MAX_REQUEST) {
      const message = `HTTP content length exceeded ${MAX_REQUEST} bytes.`;
      throw new GatewayError(413, 'RequestTooLargeException', { message });
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
