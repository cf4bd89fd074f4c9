import type { ServerResponse } from 'node:http';
import { readBody } from '../forward.js';
import { type Invocation, MAX_SYNCHRONOUS_EVENT } from '../lambda/invocation.js';
import { LambdaAuthorizer } from './authorizer.js';
import { callerName } from './caller-name.js';
import { CognitoAuthorizer, type VerifyToken } from './cognito-authorizer.js';
import type { ApiDefinition, ApiKey, AuthorizerDefinition, Route } from './definition.js';
import {
  type ApiContext,
  type AuthorizedCaller,
  type GatewayRequest,
  isBinary,
  mappingContext,
  proxyEvent,
} from './event.js';
import { GatewayError, invalidApiKey, tooManyRequests, unauthorized } from './gateway-error.js';
import { authorizeIam, type IamOptions, LOCAL_PRINCIPAL } from './iam.js';
import { bufferedIntegration, streamIntegration } from './integration.js';
import { renderMock } from './mock.js';
import { parseProxyResponse } from './proxy-response.js';
import { withoutTrailingSlash } from './route.js';
import { inTurn } from './stream-openings.js';
import { TokenBucket } from './token-bucket.js';

/** An invocation of a function by API Gateway. */
export interface IntegrationRequest {
  readonly functionArn: string;
  readonly payload: Buffer;
  /** ARN of the method or authorizer: the `aws:SourceArn` that the function's policy must allow. */
  readonly sourceArn: string;
  /** Stops waiting for the response. */
  readonly signal?: AbortSignal;
  /** Value of `X-Amzn-Trace-Id`, if the request is recorded. */
  readonly trace?: string;
}

export interface DeploymentOptions extends IamOptions {
  /** Invokes a function. Rejects if it cannot be invoked: missing permission, throttled, not found. */
  readonly invoke: (request: IntegrationRequest) => Promise<Invocation>;
  /** Idle timeout of STREAM integrations, in milliseconds. API Gateway: 5 minutes for Regional endpoints. */
  readonly idleTimeoutMs?: number;
  /** Whether integrations have no timeouts, because a debugger may hold their functions. */
  readonly unlimited?: boolean;
  /** Verifies tokens of Cognito user pools; absent if none of them is replaced. */
  readonly verifyToken?: VerifyToken;
}

/** An authorizer of the API, of any kind. */
interface Authorizer {
  authorize(request: GatewayRequest, methodArn: string, api: ApiContext): Promise<AuthorizedCaller>;
}

const IDLE_TIMEOUT_MS = 300_000;
/** A day, in milliseconds. */
const UNLIMITED_MS = 86_400_000;
/** Names of the kinds of authorization. */
const AUTHORIZATIONS = {
  NONE: undefined,
  AWS_IAM: 'IAM authorization',
  CUSTOM: 'Lambda authorizer',
  COGNITO_USER_POOLS: 'Cognito authorizer',
} as const;

/** A deployed API definition, with its authorizer caches and throttling state. */
export class Deployment {
  private readonly eventApi: ApiContext;
  private readonly authorizers = new Map<string, Authorizer>();
  private readonly buckets = new Map<Route, TokenBucket>();

  constructor(
    readonly api: ApiDefinition,
    private readonly options: DeploymentOptions,
  ) {
    const { apiId, stage, stageVariables, binaryMediaTypes = [], authorizers = {} } = api;
    this.eventApi = { apiId, stage, stageVariables, binaryMediaTypes, accountId: options.accountId };
    for (const [id, definition] of Object.entries(authorizers)) {
      const authorizer = this.createAuthorizer(id, definition);
      if (authorizer) this.authorizers.set(id, authorizer);
    }
    for (const route of api.routes) {
      if (route.throttle) this.buckets.set(route, new TokenBucket(route.throttle));
    }
  }

  async handle(request: GatewayRequest, res: ServerResponse): Promise<void> {
    const { route } = request.match;
    const caller = await this.recordAuthorization(request);
    if (this.buckets.get(route)?.take() === false) throw tooManyRequests();
    if (route.mock) {
      const { statusCode, headers, body } = renderMock(route.mock, mappingContext(request, this.eventApi, caller));
      res.writeHead(statusCode, headers).end(body);
      return;
    }
    const payload = Buffer.from(JSON.stringify(proxyEvent(request, this.eventApi, caller)));
    if (payload.length > MAX_SYNCHRONOUS_EVENT) {
      throw new GatewayError(413, 'RequestTooLargeException', { message: 'Request Too Long' });
    }
    const call = {
      res,
      requestId: request.requestId,
      timeoutMs: this.options.unlimited ? UNLIMITED_MS : route.timeoutMs,
      invoke: inTurn(request, (signal) =>
        this.options.invoke({
          functionArn: route.functionArn,
          payload,
          sourceArn: this.sourceArn(request),
          signal,
          trace: request.exchange?.span.header,
        }),
      ),
    };
    if (route.transferMode === 'STREAM') {
      await streamIntegration(call, { idleMs: this.idleMs });
    } else {
      const decode = isBinary(this.eventApi.binaryMediaTypes, request.headers.accept);
      await bufferedIntegration(call, parseProxyResponse, decode);
    }
  }

  private get idleMs(): number {
    return this.options.unlimited ? UNLIMITED_MS : (this.options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  }

  /** Returns undefined if the authorizer does not run here. */
  private createAuthorizer(id: string, definition: AuthorizerDefinition): Authorizer | undefined {
    const { verifyToken, enforceAuth } = this.options;
    if (definition.type === 'COGNITO_USER_POOLS') {
      return verifyToken && enforceAuth ? new CognitoAuthorizer(definition, verifyToken) : undefined;
    }
    const { functionArn, developer } = definition;
    const sourceArn = this.arn(`authorizers/${id}`);
    const authorizer = new LambdaAuthorizer(definition, (event, trace) =>
      this.invokeAuthorizer(functionArn, sourceArn, event, trace),
    );
    if (enforceAuth || !developer) return authorizer;
    return {
      async authorize(request, methodArn, api) {
        if (request.headers.authorization !== undefined) return authorizer.authorize(request, methodArn, api);
        return { identity: {}, authorizer: developer };
      },
    };
  }

  /** Authorizes a request, and records who the caller is. */
  private async recordAuthorization(request: GatewayRequest): Promise<AuthorizedCaller> {
    const { exchange, match } = request;
    const { type } = match.route.authorization;
    const span = exchange?.authorization(
      type === 'NONE' && match.route.apiKeyRequired ? 'API key' : AUTHORIZATIONS[type],
    );
    try {
      const caller = await this.authorize(span ? { ...request, trace: span.header } : request);
      const name = callerName(caller);
      if (name !== undefined) exchange?.authorized(name);
      span?.end({ detail: name });
      return caller;
    } catch (error) {
      span?.end({ detail: (error as Error).message, failed: true });
      throw error;
    }
  }

  private async authorize(request: GatewayRequest): Promise<AuthorizedCaller> {
    const { authorization, apiKeyRequired } = request.match.route;
    const methodArn = this.arn(`${this.api.stage}/${request.method}${withoutTrailingSlash(request.path)}`);
    let caller: AuthorizedCaller = { identity: {} };
    if (authorization.type === 'AWS_IAM') {
      caller = await authorizeIam(
        { ...request, body: request.receivedBody, path: request.url },
        methodArn,
        this.options,
      );
    } else if (authorization.type !== 'NONE') {
      const authorizer = this.authorizers.get(authorization.authorizerId ?? '');
      caller = authorizer ? await authorizer.authorize(request, methodArn, this.eventApi) : this.withoutAuthorizer();
    }
    if (!apiKeyRequired) return caller;
    const key = checkApiKey(this.api.apiKeys ?? [], request.headers['x-api-key'], this.options.enforceAuth);
    return { ...caller, identity: { ...caller.identity, ...key } };
  }

  private async invokeAuthorizer(functionArn: string, sourceArn: string, event: unknown, trace?: string) {
    const invocation = await this.options.invoke({
      functionArn,
      sourceArn,
      trace,
      payload: Buffer.from(JSON.stringify(event)),
    });
    const response: unknown = JSON.parse((await readBody(invocation.body)).toString('utf8'));
    if (!(await invocation.ended)) return { response };
    return { errorMessage: (response as { errorMessage?: unknown }).errorMessage };
  }

  /**
   * Returns the caller of a method whose authorizer does not run here: Cognito user pools, and authorizers of other apps.
   * @throws GatewayError if authorization is enforced
   */
  private withoutAuthorizer(): AuthorizedCaller {
    if (this.options.enforceAuth) throw unauthorized();
    return { identity: {}, authorizer: { claims: { sub: LOCAL_PRINCIPAL } } };
  }

  /** Returns the method ARN as in Lambda permissions: with the resource path, not the path of the request. */
  private sourceArn({ method, match }: GatewayRequest): string {
    return this.arn(`${this.api.stage}/${method}${match.route.resourcePath}`);
  }

  private arn(path: string): string {
    const { region, accountId } = this.options;
    return `arn:aws:execute-api:${region}:${accountId}:${this.api.apiId}/${path}`;
  }
}

/**
 * Checks `x-api-key` for a method that requires an API key. A wrong key is always rejected.
 * @param enforceAuth whether a missing key is rejected, too; otherwise the caller is `local`
 */
function checkApiKey(
  keys: readonly ApiKey[],
  header: string | string[] | undefined,
  enforceAuth: boolean,
): AuthorizedCaller['identity'] {
  if (header === undefined && !enforceAuth) return { apiKeyId: LOCAL_PRINCIPAL };
  const key = keys.find(({ value }) => value === header);
  if (!key) throw invalidApiKey();
  return { apiKey: key.value, apiKeyId: key.id };
}
