import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpAuth } from '../../auth';
import { invalid } from '../errors';
import type { AccessRule } from '../registration';
import { accessRule } from '../validation/access';

/** How the authorization of a server identifies callers, and what access rules can decide by. */
export interface CallerIdentity {
  /** The call that creates the authorization, for messages. */
  readonly auth: string;
  readonly kinds: readonly AccessKind[];
  /** The claims of callers; undefined if any claim is possible. */
  readonly claims?: readonly string[];
  /** The scopes that the authorization server can have; undefined for any. */
  readonly scopePattern?: RegExp;
  /** Whether API Gateway joins the names of groups with commas. */
  readonly joinsGroups?: boolean;
}

/** What a rule decides by. */
export type AccessKind = 'scopes' | 'groups' | 'claim' | 'principals';

/** Rejects `defaultAccess` that is invalid, or that applies to no caller. */
export function checkDefaultAccess(scope: Construct, rule: AccessRule, auth: McpAuth): void {
  accessRule(rule, '', (path, message) => {
    throw invalid(scope, `defaultAccess${path}: ${message}`);
  });
  checkAccess(scope, 'defaultAccess', rule, auth);
}

/** Rejects a rule that can apply to no caller of a server. */
export function checkAccess(scope: Construct, what: string, rule: AccessRule, auth: McpAuth): void {
  const identity = auth._identity();
  const problem = problemOf(rule, identity);
  if (problem) throw invalid(scope, `${what} applies to no caller: ${problem}`);
  if (identity.joinsGroups && usesGroups(rule)) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:joinedGroups',
      `${what} depends on groups, whose names a Cognito authorizer joins with commas: a name with a comma counts as several groups; ` +
        'use McpAuth.cognito(…), or no such names',
    );
  }
}

/** Why a rule can never apply; undefined if it can. */
function problemOf(rule: AccessRule, identity: CallerIdentity): string | undefined {
  if ('allOf' in rule) return rule.allOf.map((each) => problemOf(each, identity)).find((each) => each !== undefined);
  if ('anyOf' in rule) {
    const problems = rule.anyOf.map((each) => problemOf(each, identity));
    return problems.includes(undefined) ? undefined : problems[0];
  }
  const { auth, kinds, claims } = identity;
  const kind = Object.keys(rule)[0] as AccessKind;
  if (kinds.length === 0) return `with ${auth}, callers have no identity; use another auth, or remove the rule`;
  if (!kinds.includes(kind)) return `with ${auth}, callers have no ${NOUNS[kind]}; use ${suggest(kinds)}`;
  if ('claim' in rule && claims && !claims.includes(rule.claim.name)) {
    return `the claim '${rule.claim.name}' is not one of claims of ${auth}; add it there`;
  }
  const impossible =
    'scopes' in rule && identity.scopePattern && rule.scopes.find((each) => !identity.scopePattern!.test(each));
  if (impossible)
    return `'${impossible}' is not a scope that ${auth} can have; use visible ASCII characters without / and '`;
  return undefined;
}

const NOUNS: { readonly [kind in AccessKind]: string } = {
  scopes: 'scopes',
  groups: 'groups',
  claim: 'claims',
  principals: 'ARN or API key',
};

function suggest(kinds: readonly AccessKind[]): string {
  return kinds.map((each) => `McpAccess.${each}(…)`).join(' or ');
}

function usesGroups(rule: AccessRule): boolean {
  if ('anyOf' in rule) return rule.anyOf.some(usesGroups);
  if ('allOf' in rule) return rule.allOf.some(usesGroups);
  return 'groups' in rule;
}
