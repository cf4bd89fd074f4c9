import { conditionsHold } from './conditions.js';
import { matchesAction, matchesArn } from './match.js';
import {
  list,
  type PolicyDocument,
  type Principals,
  type RequestContext,
  type Statement,
  statements,
} from './policy.js';

/** Who asks. */
export interface Caller {
  /** ARN of the role or user, which policies name. */
  readonly arn: string;
  /** ARN of the role's session, which error messages and `sts:GetCallerIdentity` show; the user's ARN again for a user. */
  readonly sessionArn: string;
  readonly accountId: string;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

export type Decision = { readonly allowed: true } | Refusal;

export interface Refusal {
  readonly allowed: false;
  /** The end of the sentence "… is not authorized to perform …", as AWS has it. */
  readonly because: string;
  /** Nobody has denied it: no policy of the caller allows it. */
  readonly ungranted?: boolean;
}

const ALLOWED: Decision = { allowed: true };

/**
 * Decides as IAM does within one account: an explicit deny wins; then either the caller's own policies (within the
 * permissions boundary) or the resource's policy must allow.
 */
export function judge(caller: Caller, request: AccessRequest, resourcePolicy?: PolicyDocument): Decision {
  const identity = caller.policies.flatMap(statements).filter((statement) => applies(statement, request));
  const onResource = (resourcePolicy ? statements(resourcePolicy) : [])
    .filter((statement) => applies(statement, request))
    .map((statement) => ({ statement, match: principalMatch(statement, caller) }))
    .filter(({ match }) => match !== undefined);
  const boundary = caller.boundary && statements(caller.boundary).filter((statement) => applies(statement, request));

  if (identity.some(denies)) return explicitDeny('an identity-based policy');
  if (onResource.some(({ statement }) => denies(statement))) return explicitDeny('a resource-based policy');
  if (boundary?.some(denies)) return explicitDeny('a permissions boundary');

  const grants = onResource.filter(({ statement }) => allows(statement));
  // a grant to the role is limited by its boundary, one to the session is not
  if (grants.some(({ match }) => match === 'session')) return ALLOWED;
  if (identity.some(allows) || grants.some(({ match }) => match === 'role')) {
    if (!boundary || boundary.some(allows)) return ALLOWED;
    return { allowed: false, because: `because no permissions boundary allows the ${request.action} action` };
  }
  const because = `because no identity-based policy allows the ${request.action} action`;
  return { allowed: false, because, ungranted: true };
}

/** Whether a resource's policy (a function's, or a role's trust policy) lets an AWS service act on it. */
export function judgeService(
  service: string,
  request: AccessRequest,
  resourcePolicy: PolicyDocument | undefined,
): Decision {
  const matching = (resourcePolicy ? statements(resourcePolicy) : []).filter(
    (statement) =>
      applies(statement, request) &&
      (isEveryone(statement.Principal) || principals(statement.Principal, 'Service').includes(service)),
  );
  if (matching.some(denies)) return explicitDeny('a resource-based policy');
  if (matching.some(allows)) return ALLOWED;
  return { allowed: false, because: `because no resource-based policy allows the ${request.action} action` };
}

function applies(statement: Statement, { action, resource, context }: AccessRequest): boolean {
  const isAction = (pattern: string) => matchesAction(pattern, action);
  const isResource = (pattern: string) => matchesArn(pattern, resource, context);
  return (
    (statement.NotAction ? !list(statement.NotAction).some(isAction) : list(statement.Action).some(isAction)) &&
    // trust policies have no resource: they are about the role they are part of
    (statement.NotResource
      ? !list(statement.NotResource).some(isResource)
      : statement.Resource === undefined || list(statement.Resource).some(isResource)) &&
    conditionsHold(statement.Condition, context)
  );
}

type PrincipalMatch = 'role' | 'session' | 'account';

/**
 * How a resource policy's statement names the caller, if it does. Naming the account only lets the account's own
 * policies decide: it grants nothing by itself, though a deny of it holds.
 */
function principalMatch(statement: Statement, caller: Caller): PrincipalMatch | undefined {
  if (statement.NotPrincipal) return nameOf(statement.NotPrincipal, caller) ? undefined : 'session';
  return nameOf(statement.Principal, caller);
}

function nameOf(named: Principals | undefined, caller: Caller): PrincipalMatch | undefined {
  if (isEveryone(named)) return 'session';
  const arns = principals(named, 'AWS');
  if (arns.includes(caller.sessionArn)) return 'session';
  if (arns.includes(caller.arn)) return 'role';
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  return arns.some((arn) => account.includes(arn)) ? 'account' : undefined;
}

function isEveryone(named: Principals | undefined): boolean {
  return named === '*' || principals(named, 'AWS').includes('*');
}

function principals(named: Principals | undefined, kind: string): string[] {
  return typeof named === 'object' ? list(named[kind]) : [];
}

function denies({ Effect }: Statement): boolean {
  return Effect === 'Deny';
}

function allows({ Effect }: Statement): boolean {
  return Effect === 'Allow';
}

function explicitDeny(where: string): Decision {
  return { allowed: false, because: `with an explicit deny in ${where}` };
}
