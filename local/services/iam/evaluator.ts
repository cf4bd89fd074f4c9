import { conditionsMatch } from './conditions.js';
import { matchesAction, matchesArn } from './match.js';
import {
  list,
  type PolicyDocument,
  type Principals,
  type RequestContext,
  type Statement,
  statements,
} from './policy.js';

/** The principal that makes a request. */
export interface Caller {
  /** ARN of the role or user, as in policies. */
  readonly arn: string;
  /** ARN of the role session, as in error messages and `sts:GetCallerIdentity`; the same as `arn` for a user. */
  readonly sessionArn: string;
  readonly accountId: string;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  /** ARNs of attached policies whose documents are unknown: AWS managed policies outside the table, and policies of other apps. */
  readonly unknownPolicies?: readonly string[];
  /** ARN of a permissions boundary whose document is unknown. */
  readonly unknownBoundary?: string;
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

export type AccessDecision = Grant | Denial;

/** The statement that decided, and the kind of its policy. */
interface Deciding {
  readonly statement?: Statement;
  readonly policy?: PolicyKind;
}

type PolicyKind = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'role trust policy';

interface Grant extends Deciding {
  readonly allowed: true;
  /** ARN of a policy that was assumed to allow the request, because its document is unknown. */
  readonly assumedPolicy?: string;
}

export interface Denial extends Deciding {
  readonly allowed: false;
  /** The end of AWS's message "… is not authorized to perform …". */
  readonly reason: string;
  /** Set for an implicit deny because no identity-based policy allows the action. */
  readonly missingGrant?: boolean;
  /** Set if the trust policy of the role to assume does not allow the caller. */
  readonly missingTrust?: boolean;
}

/** Articles of the kinds of policies in messages of AWS, other than `a`. */
const ARTICLES: Partial<Record<PolicyKind, string>> = { 'identity-based policy': 'an', 'role trust policy': 'the' };
const ALLOWED: AccessDecision = { allowed: true };

/**
 * Evaluates a request as IAM does within one account: an explicit deny overrides; otherwise an identity-based policy (limited by the
 * permissions boundary) or the resource-based policy must allow the request. A policy whose document is unknown counts as one that allows.
 * @throws UnsupportedPolicyError if a policy uses an unsupported feature
 */
export function evaluateAccess(
  caller: Caller,
  request: AccessRequest,
  resourcePolicy?: PolicyDocument,
): AccessDecision {
  const identityStatements = caller.policies.flatMap(statements).filter((statement) => matches(statement, request));
  const resourceMatches = (resourcePolicy ? statements(resourcePolicy) : [])
    .filter((statement) => matches(statement, request))
    .map((statement) => ({ statement, match: principalMatch(statement, caller) }))
    .filter(({ match }) => match !== undefined);
  const boundary = caller.boundary && statements(caller.boundary).filter((statement) => matches(statement, request));

  const denial =
    explicitDeny(identityStatements, 'identity-based policy') ??
    explicitDeny(
      resourceMatches.map(({ statement }) => statement),
      'resource-based policy',
    ) ??
    explicitDeny(boundary ?? [], 'permissions boundary');
  if (denial) return denial;

  const grants = resourceMatches.filter(({ statement }) => isAllow(statement));
  // a permissions boundary limits grants to the role, but not grants to the session
  const toSession = grants.find(({ match }) => match === 'session');
  if (toSession) return allowedBy(toSession.statement, 'resource-based policy');
  const own = identityStatements.find(isAllow);
  const toRole = grants.find(({ match }) => match === 'role');
  if (own || toRole) {
    const decision = limitedByBoundary(caller, boundary, request);
    if (!decision.allowed || decision.assumedPolicy) return decision;
    return own ? allowedBy(own, 'identity-based policy') : allowedBy(toRole!.statement, 'resource-based policy');
  }
  const [assumedPolicy] = caller.unknownPolicies ?? [];
  if (assumedPolicy) {
    const decision = limitedByBoundary(caller, boundary, request);
    return decision.allowed ? { allowed: true, assumedPolicy } : decision;
  }
  const reason = `because no identity-based policy allows the ${request.action} action`;
  return { allowed: false, reason, missingGrant: true };
}

/**
 * Evaluates `sts:AssumeRole` within one account. The trust policy must allow the caller. If it allows the account of the caller, an
 * identity-based policy of the caller must allow the request, too.
 * @throws UnsupportedPolicyError if a policy uses an unsupported feature
 */
export function evaluateTrust(caller: Caller, request: AccessRequest, trustPolicy: PolicyDocument): AccessDecision {
  const matching = statements(trustPolicy).filter(
    (statement) => matches(statement, request) && principalMatch(statement, caller) !== undefined,
  );
  const denial = explicitDeny(matching, 'role trust policy');
  if (denial) return denial;
  if (matching.some(isAllow)) return evaluateAccess(caller, request, trustPolicy);
  return {
    allowed: false,
    reason: `because no role trust policy allows the ${request.action} action`,
    missingTrust: true,
  };
}

function limitedByBoundary(
  { unknownBoundary }: Caller,
  boundary: readonly Statement[] | undefined,
  { action }: AccessRequest,
): AccessDecision {
  if (unknownBoundary) return { allowed: true, assumedPolicy: unknownBoundary };
  if (!boundary || boundary.some(isAllow)) return ALLOWED;
  return { allowed: false, reason: `because no permissions boundary allows the ${action} action` };
}

/** Evaluates whether a resource-based policy (of a function, or the trust policy of a role) allows an AWS service. */
export function evaluateServiceAccess(
  service: string,
  request: AccessRequest,
  resourcePolicy: PolicyDocument | undefined,
): AccessDecision {
  const matching = (resourcePolicy ? statements(resourcePolicy) : []).filter(
    (statement) =>
      matches(statement, request) &&
      (matchesEveryone(statement.Principal) || principals(statement.Principal, 'Service').includes(service)),
  );
  const denial = explicitDeny(matching, 'resource-based policy');
  if (denial) return denial;
  const allowing = matching.find(isAllow);
  if (allowing) return allowedBy(allowing, 'resource-based policy');
  return { allowed: false, reason: `because no resource-based policy allows the ${request.action} action` };
}

function matches(statement: Statement, { action, resource, context }: AccessRequest): boolean {
  const isAction = (pattern: string) => matchesAction(pattern, action);
  const isResource = (pattern: string) => matchesArn(pattern, resource, context);
  return (
    (statement.NotAction ? !list(statement.NotAction).some(isAction) : list(statement.Action).some(isAction)) &&
    // trust policies have no Resource element: they apply to their role
    (statement.NotResource
      ? !list(statement.NotResource).some(isResource)
      : statement.Resource === undefined || list(statement.Resource).some(isResource)) &&
    conditionsMatch(statement.Condition, context)
  );
}

type PrincipalMatch = 'role' | 'session' | 'account';

/**
 * Returns how the principal of a resource-based policy matches the caller, if it does. An account principal delegates to the identity-based
 * policies of the account: as an allow it grants nothing by itself, but as a deny it applies.
 */
function principalMatch(statement: Statement, caller: Caller): PrincipalMatch | undefined {
  if (statement.NotPrincipal) return principalMatchOf(statement.NotPrincipal, caller) ? undefined : 'session';
  return principalMatchOf(statement.Principal, caller);
}

function principalMatchOf(named: Principals | undefined, caller: Caller): PrincipalMatch | undefined {
  if (matchesEveryone(named)) return 'session';
  const arns = principals(named, 'AWS');
  if (arns.includes(caller.sessionArn)) return 'session';
  if (arns.includes(caller.arn)) return 'role';
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  return arns.some((arn) => account.includes(arn)) ? 'account' : undefined;
}

function matchesEveryone(named: Principals | undefined): boolean {
  return named === '*' || principals(named, 'AWS').includes('*');
}

function principals(named: Principals | undefined, kind: string): string[] {
  return typeof named === 'object' ? list(named[kind]) : [];
}

function isDeny({ Effect }: Statement): boolean {
  return Effect === 'Deny';
}

function isAllow({ Effect }: Statement): boolean {
  return Effect === 'Allow';
}

function allowedBy(statement: Statement, policy: PolicyKind): AccessDecision {
  return { allowed: true, statement, policy };
}

function explicitDeny(statements: readonly Statement[], policy: PolicyKind): AccessDecision | undefined {
  const statement = statements.find(isDeny);
  if (!statement) return undefined;
  const article = ARTICLES[policy] ?? 'a';
  return { allowed: false, reason: `with an explicit deny in ${article} ${policy}`, statement, policy };
}
