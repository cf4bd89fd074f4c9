import type { ServerResponse } from 'node:http';
import { readBody } from '../forward.js';
import type { Invocation } from '../lambda/invocation.js';
import { checkApiKey } from './api-keys.js';
import { LambdaAuthorizer } from './authorizer.js';
import type { ApiDefinition, Route } from './definition.js';
import { type Caller, type EventApi, type FrontRequest, isBinary, proxyEvent } from './event.js';
import { GatewayError, tooManyRequests } from './gateway-error.js';
import { authorizeIam, type IamOptions } from './iam.js';
import { bufferedIntegration, streamIntegration } from './integration.js';
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

export interface LiveApiOptions extends IamOptions {
  /** Rejects when the function cannot be invoked: no permission, throttled, not there. */
  readonly invoke: (request: IntegrationRequest) => Promise<Invocation>;
  /** Longest silence of a STREAM integration, in milliseconds. API Gateway: 5 minutes at Regional endpoints. */
  readonly idleTimeoutMs?: number;
}

/** Lambda's limit for events, in bytes. */
const MAX_EVENT = 6_291_456;
const IDLE_TIMEOUT_MS = 300_000;

/** A definition in use, with all that is remembered about it. */
export class LiveApi {
  private readonly eventApi: EventApi;
  private readonly authorizers = new Map<string, LambdaAuthorizer>();
  private readonly buckets = new Map<Route, TokenBucket>();

  constructor(
    readonly api: ApiDefinition,
    private readonly options: LiveApiOptions,
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
