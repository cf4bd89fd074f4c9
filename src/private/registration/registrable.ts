import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { OPT_IN_TAG } from '../contract';
import { invalid } from '../errors';
import { FUNCTION_PERMIT, FUNCTION_REVOKE } from '../infrastructure/permissions';
import { differ } from './environments';

/** Which functions the Registration API may register, and for whom. */
export interface RegistrableProps {
  readonly serverName: string;
  readonly runtimeRoleArn: string;
  /** ARN patterns; absent = the functions of account and region whose owner opted in by tag. */
  readonly patterns?: string[];
}

const PATTERN = /^arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+(:[^:]+)?$/;

/** Refuses what is no pattern of function ARNs. */
export function checkPatterns(scope: Construct, patterns: string[] | undefined): void {
  if (patterns?.length === 0) {
    throw invalid(scope, 'registrableFunctions is empty; leave it out to let owners opt in by tag, or name functions');
  }
  for (const pattern of patterns ?? []) {
    if (!Token.isUnresolved(pattern) && !PATTERN.test(pattern)) {
      throw invalid(
        scope,
        `registrableFunctions: '${pattern}' is no ARN of a Lambda function; write it whole, with * for what varies, ` +
          'such as arn:aws:lambda:us-east-1:111122223333:function:orders-*',
      );
    }
    const account = pattern.split(':')[4];
    if (account && differ(account, Stack.of(scope).account) && !account.includes('*')) {
      throw invalid(
        scope,
        `registrableFunctions: '${pattern}' is in another account, where no permission can be added from here; declare its functions with addTool()`,
      );
    }
  }
}

/** The functions as IAM names them. */
export function registrableResources(scope: Construct, patterns: string[] | undefined): string[] {
  // a pattern that ends in * takes qualified ARNs in
  const named = patterns?.flatMap((arn) => (arn.endsWith('*') ? [arn] : [arn, `${arn}:*`]));
  return named ?? [Stack.of(scope).formatArn({ service: 'lambda', resource: 'function:*' })];
}

/** Lets a role permit the runtime role, and nobody else, to invoke registrable functions, and take that back. */
export function allowPermitting(role: iam.Role, { serverName, runtimeRoleArn, patterns }: RegistrableProps): void {
  const resources = registrableResources(role, patterns);
  const optedIn = patterns ? {} : { [`aws:ResourceTag/${OPT_IN_TAG}`]: serverName };
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: FUNCTION_PERMIT,
      resources,
      conditions: { StringEquals: { 'lambda:Principal': runtimeRoleArn, ...optedIn } },
    }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: FUNCTION_REVOKE,
      resources,
      ...(!patterns && { conditions: { StringEquals: optedIn } }),
    }),
  );
}
