import { judge } from '../iam/judge.js';
import type { PolicyDocument } from '../iam/policy.js';
import type { AuthorizerDefinition } from './definition.js';
import { type Caller, type EventApi, type FrontRequest, requestPart } from './event.js';
import { GatewayError, unauthorized } from './gateway-error.js';

/** Invokes the authorizer's function and returns what it answered, or the error that it failed with. */
export type InvokeAuthorizer = (event: unknown) => Promise<{ answer: unknown } | { errorMessage: unknown }>;

interface Verdict {
  readonly principalId: string;
  readonly policyDocument: PolicyDocument;
  readonly context: Readonly<Record<string, string>>;
}

/** A Lambda authorizer of the API, with the decisions it remembers. */
export class LambdaAuthorizer {
  private readonly remembered = new Map<string, { verdict: Verdict; until: number }>();

  constructor(
    private readonly definition: AuthorizerDefinition,
    private readonly invoke: InvokeAuthorizer,
  ) {}

  async authorize(request: FrontRequest, methodArn: string, api: EventApi): Promise<Caller> {
    const identity = this.identity(request);
    const verdict = await this.verdict(identity, () => this.ask(request, methodArn, api, identity));
    checkAllowed(verdict, request, methodArn, api);
    return {
      identity: {},
      authorizer: { ...verdict.context, principalId: verdict.principalId, integrationLatency: 0 },
    };
  }

  /** Values of the identity sources; without one of them the function is not even asked. */
  private identity(request: FrontRequest): string[] {
    const fallback = this.definition.type === 'TOKEN' ? 'method.request.header.Authorization' : '';
    const sources = (this.definition.identitySource ?? fallback).split(',').map((source) => source.trim());
    const values = sources.filter((source) => source !== '').map((source) => readSource(source, request));
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

  private async ask(request: FrontRequest, methodArn: string, api: EventApi, identity: string[]): Promise<Verdict> {
    const outcome = await this.invoke(
      this.definition.type === 'TOKEN'
        ? { type: 'TOKEN', methodArn, authorizationToken: identity[0] }
        : { type: 'REQUEST', methodArn, ...requestPart(request, api, { identity: {} }) },
    );
    if ('errorMessage' in outcome) {
      if (outcome.errorMessage === 'Unauthorized') throw unauthorized();
      throw misconfigured(`the authorizer failed: ${String(outcome.errorMessage)}`);
    }
    return readVerdict(outcome.answer);
  }

  /** The remembered decision for these identity values, or a new one. */
  private async verdict(identity: string[], ask: () => Promise<Verdict>): Promise<Verdict> {
    const key = JSON.stringify(identity);
    const known = this.remembered.get(key);
    if (known && known.until > Date.now()) return known.verdict;
    const verdict = await ask();
    const until = Date.now() + this.definition.ttlSeconds * 1000;
    if (identity.length > 0) this.remembered.set(key, { verdict, until }); // without identity all callers would be one
    return verdict;
  }
}

function checkAllowed(verdict: Verdict, { sourceIp }: FrontRequest, methodArn: string, { accountId }: EventApi): void {
  const { principalId, policyDocument } = verdict;
  const caller = { arn: principalId, sessionArn: principalId, accountId, policies: [policyDocument] };
  const context = { 'aws:SourceIp': sourceIp };
  const decision = judge(caller, { action: 'execute-api:Invoke', resource: methodArn, context });
  if (decision.allowed) return;
  const explicit = decision.because.startsWith('with an explicit deny') ? ` ${decision.because}` : '';
  const Message = `User is not authorized to access this resource${explicit}`;
  throw new GatewayError(403, 'AccessDeniedException', { Message });
}

function readSource(source: string, request: FrontRequest): string | undefined {
  const [, place, name] = /^method\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (place === 'header') {
    const value = request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.at(-1) : value;
  }
  if (place === 'querystring') return new URL(request.url, 'http://localhost').searchParams.get(name) ?? undefined;
  throw misconfigured(
    `identity source ${source} is not known here: use method.request.header.X or method.request.querystring.X`,
  );
}

function readVerdict(answer: unknown): Verdict {
  const { principalId, policyDocument, context = {} } = (answer ?? {}) as Record<string, unknown>;
  if (typeof principalId !== 'string' || !isPolicy(policyDocument)) {
    throw misconfigured('the authorizer must answer { principalId, policyDocument, context? }');
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
