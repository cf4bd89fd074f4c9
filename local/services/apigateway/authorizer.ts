import { evaluateAccess } from '../iam/evaluator.js';
import type { PolicyDocument } from '../iam/policy.js';
import type { LambdaAuthorizerDefinition } from './definition.js';
import { type ApiContext, type AuthorizedCaller, type GatewayRequest, mappingContext, requestFields } from './event.js';
import { GatewayError, unauthorized } from './gateway-error.js';
import { parameterValue } from './mapping.js';

/** Invokes the function of the authorizer. Returns its response or its error. */
type InvokeAuthorizer = (event: unknown, trace?: string) => Promise<{ response: unknown } | { errorMessage: unknown }>;

interface AuthorizerOutput {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  readonly context: Readonly<Record<string, string>>;
}

/** A Lambda authorizer of the API, with its cache. */
export class LambdaAuthorizer {
  private readonly cache = new Map<string, { output: AuthorizerOutput; expiresAt: number }>();

  constructor(
    private readonly definition: LambdaAuthorizerDefinition,
    private readonly invoke: InvokeAuthorizer,
  ) {}

  async authorize(request: GatewayRequest, methodArn: string, api: ApiContext): Promise<AuthorizedCaller> {
    const identity = this.identityOf(request, api);
    const output = await this.cachedOutput(identity, () => this.invokeFunction(request, methodArn, api, identity));
    checkAllowed(output, request, methodArn, api);
    return {
      identity: {},
      authorizer: { ...output.context, principalId: output.principalId, integrationLatency: 0 },
    };
  }

  /**
   * Returns the values of the identity sources.
   * @throws GatewayError if a value is missing or invalid; the function is not invoked in this case
   */
  private identityOf(request: GatewayRequest, api: ApiContext): string[] {
    const fallback = this.definition.type === 'TOKEN' ? 'method.request.header.Authorization' : '';
    const sources = (this.definition.identitySource ?? fallback).split(',').map((source) => source.trim());
    const values = sources.filter((source) => source !== '').map((source) => readSource(source, request, api));
    if (values.some((value) => !value)) throw unauthorized();
    const { identityValidationExpression: expression } = this.definition;
    if (
      expression !== undefined &&
      this.definition.type === 'TOKEN' &&
      !new RegExp(`^(?:${expression})$`).test(values[0]!)
    ) {
      throw unauthorized();
    }
    return values as string[];
  }

  private async invokeFunction(
    request: GatewayRequest,
    methodArn: string,
    api: ApiContext,
    identity: string[],
  ): Promise<AuthorizerOutput> {
    const result = await this.invoke(
      this.definition.type === 'TOKEN'
        ? { type: 'TOKEN', methodArn, authorizationToken: identity[0] }
        : { type: 'REQUEST', methodArn, ...requestFields(request, api, { identity: {} }) },
      request.trace,
    );
    if ('errorMessage' in result) {
      if (result.errorMessage === 'Unauthorized') throw unauthorized();
      throw misconfigured(`the authorizer failed: ${String(result.errorMessage)}`);
    }
    return parseOutput(result.response);
  }

  /** Returns the cached output for these identity values, or invokes the function. */
  private async cachedOutput(identity: string[], invoke: () => Promise<AuthorizerOutput>): Promise<AuthorizerOutput> {
    const key = JSON.stringify(identity);
    const cached = this.cache.get(key);
    if (cached && cached.expiresAt > Date.now()) return cached.output;
    const output = await invoke();
    const expiresAt = Date.now() + this.definition.ttlSeconds * 1000;
    if (identity.length > 0) this.cache.set(key, { output, expiresAt }); // without identity sources, all callers would share the entry
    return output;
  }
}

function checkAllowed(
  { principalId, policyDocument, context: authorizerContext }: AuthorizerOutput,
  { sourceIp }: GatewayRequest,
  methodArn: string,
  { accountId }: ApiContext,
): void {
  const caller = { arn: principalId, sessionArn: principalId, accountId, policies: [policyDocument] };
  const context = { 'aws:SourceIp': sourceIp };
  const decision = evaluateAccess(caller, { action: 'execute-api:Invoke', resource: methodArn, context });
  if (decision.allowed) return;
  const explicit = decision.reason.startsWith('with an explicit deny') ? ` ${decision.reason}` : '';
  const Message = `User is not authorized to access this resource${explicit}`;
  throw new GatewayError(403, 'AccessDeniedException', { Message }, undefined, undefined, {
    ...authorizerContext,
    principalId,
  });
}

function readSource(source: string, request: GatewayRequest, api: ApiContext): string | undefined {
  if (/^(method\.request\.(header|querystring)|context|stageVariables)\./.test(source)) {
    return parameterValue(source, mappingContext(request, api, { identity: {} }));
  }
  throw misconfigured(
    `unsupported identity source ${source}: use method.request.header.X, method.request.querystring.X, context.X or stageVariables.X`,
  );
}

function parseOutput(response: unknown): AuthorizerOutput {
  const { principalId, policyDocument, context = {} } = (response ?? {}) as Record<string, unknown>;
  if (typeof principalId !== 'string' || !isPolicy(policyDocument)) {
    throw misconfigured('the authorizer must return { principalId, policyDocument, context? }');
  }
  const entries = Object.entries((context ?? {}) as Record<string, unknown>);
  for (const [key, value] of entries) {
    if (typeof value === 'object')
      throw misconfigured(`context.${key} of the authorizer must be a string, number or boolean`);
  }
  return {
    principalId,
    policyDocument,
    context: Object.fromEntries(entries.map(([key, value]) => [key, String(value)])),
  };
}

function isPolicy(document: unknown): document is PolicyDocument {
  const { Statement } = (document ?? {}) as { Statement?: unknown };
  const statements = [Statement].flat();
  return statements.length > 0 && statements.every((statement) => typeof statement === 'object' && statement !== null);
}

const misconfigured = (reason: string) =>
  new GatewayError(500, 'AuthorizerConfigurationException', { message: null }, reason);
