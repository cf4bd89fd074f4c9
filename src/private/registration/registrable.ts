import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { OPT_IN_TAG } from '../contract';
import { invalid } from '../errors';
import { FUNCTION_PERMIT, FUNCTION_POLICY_READ, FUNCTION_REVOKE } from '../infrastructure/permissions';
import { knownToDiffer } from './environments';

/** The functions that the Registration API can register, and the role that may invoke them. */
export interface RegistrableProps {
  readonly serverName: string;
  readonly runtimeRoleArn: string;
  /** ARN patterns; undefined: the functions of this account and region with the opt-in tag. */
  readonly patterns?: string[];
}

const PATTERN = /^arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+(:[^:]+)?$/;

/** Validates `registrableFunctions`. */
export function checkPatterns(scope: Construct, patterns: string[] | undefined): void {
  if (patterns?.length === 0) {
    throw invalid(
      scope,
      'registrableFunctions is empty; add functions, or remove the property so that owners opt in by tag',
    );
  }
  for (const pattern of patterns ?? []) {
    if (!Token.isUnresolved(pattern) && !PATTERN.test(pattern)) {
      throw invalid(
        scope,
        `registrableFunctions: '${pattern}' is not a Lambda function ARN; use the full ARN, with * as a wildcard, ` +
          'such as arn:aws:lambda:us-east-1:111122223333:function:orders-*',
      );
    }
    const account = pattern.split(':')[4];
    if (account && knownToDiffer(account, Stack.of(scope).account) && !account.includes('*')) {
      throw invalid(
        scope,
        `registrableFunctions: '${pattern}' is in another account, where the server cannot add permissions; declare its functions with addTool()`,
      );
    }
  }
}

/** The registrable functions as IAM resources. */
export function registrableResources(scope: Construct, patterns: string[] | undefined): string[] {
  // a pattern that ends in * matches qualified ARNs too
  const arns = patterns?.flatMap((arn) => (arn.endsWith('*') ? [arn] : [arn, `${arn}:*`]));
  return arns ?? [Stack.of(scope).formatArn({ service: 'lambda', resource: 'function:*' })];
}

/** Allows a role to permit the runtime role, and no other principal, to invoke registrable functions. */
export function allowPermitting(role: iam.Role, props: RegistrableProps): void {
  allowOnRegistrable(role, FUNCTION_PERMIT, props, { 'lambda:Principal': props.runtimeRoleArn });
}

/**
 * Allows a role to remove statements that name the runtime role, from any function: its owner may have removed the opt-in tag.
 *
 * @param former patterns of principals that the statements of an earlier runtime role name
 */
export function allowRevoking(role: iam.Role, runtimeRoleArn: string, former: string[] = []): void {
  const principals = former.length > 0 ? [runtimeRoleArn, ...former] : runtimeRoleArn;
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: FUNCTION_REVOKE,
      resources: [Stack.of(role).formatArn({ service: 'lambda', resource: 'function:*' })],
      conditions: { [former.length > 0 ? 'StringLike' : 'StringEquals']: { 'lambda:Principal': principals } },
    }),
  );
}

/** Beginning of a stack's name that CloudFormation keeps in the names of its roles, which have 64 characters at most. */
const KEPT_CHARACTERS = 20;

/**
 * Patterns of the principals that statements of replaced runtime roles name: a role of the same stack until it is deleted, then its unique id.
 * A statement of a deleted role permits nothing.
 */
export function formerRoles(scope: Construct): string[] {
  const stack = Stack.of(scope);
  const { stackName } = stack;
  const prefix = Token.isUnresolved(stackName) ? stackName : stackName.slice(0, KEPT_CHARACTERS);
  return [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${prefix}*` }), 'AROA*'];
}

/** Allows a role to read the resource policies of registrable functions, to explain why a permission cannot be added. */
export function allowReadingPolicies(role: iam.Role, props: RegistrableProps): void {
  allowOnRegistrable(role, FUNCTION_POLICY_READ, props);
}

function allowOnRegistrable(
  role: iam.Role,
  actions: string[],
  { serverName, patterns }: RegistrableProps,
  condition: { [key: string]: string } = {},
): void {
  const equals = { ...condition, ...(patterns ? {} : { [`aws:ResourceTag/${OPT_IN_TAG}`]: serverName }) };
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions,
      resources: registrableResources(role, patterns),
      ...(Object.keys(equals).length > 0 && { conditions: { StringEquals: equals } }),
    }),
  );
}
