import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpFunctionUrlOptions } from '../../endpoint';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { invalid } from '../errors';
import { checkNumber, MAX_RESERVED_CONCURRENCY } from './limits';

/** Why a server at a function URL cannot have a property. */
const REST_API_ONLY = {
  vpc: 'a function URL does not stream from a VPC',
  publicUrl: 'a function URL has no custom domain, and access tokens are for its own address',
  throttlingRateLimit: 'a function URL has no rate limit; reservedConcurrency limits its requests',
  throttlingBurstLimit: 'a function URL has no rate limit; reservedConcurrency limits its requests',
  accessLogDestination: 'a function URL has no access log; the functions log requests',
  maxSessions: 'a function URL does not serve HTTP+SSE',
  maxSessionDuration: 'a function URL does not serve HTTP+SSE',
  sessionIdleTimeout: 'a function URL does not serve HTTP+SSE',
} as const satisfies { [name in keyof McpLambdaServerProps]?: string };

/**
 * Returns the properties of a server at a function URL, which does not serve HTTP+SSE.
 *
 * @throws if it cannot have one of them
 */
export function functionUrlProps(
  scope: Construct,
  props: McpLambdaServerProps,
  options: McpFunctionUrlOptions,
): McpLambdaServerProps {
  for (const [name, reason] of Object.entries(REST_API_ONLY)) {
    if (props[name as keyof typeof REST_API_ONLY] !== undefined) throw restApiOnly(scope, name, reason);
  }
  if (props.legacySse) throw restApiOnly(scope, 'legacySse', 'a function URL does not serve HTTP+SSE');
  if (props.limits?.sessions !== undefined) {
    throw restApiOnly(scope, 'limits.sessions', 'a function URL does not serve HTTP+SSE');
  }
  checkAuth(scope, props);
  return { ...props, legacySse: false, limits: limitsOf(scope, props, options) };
}

function restApiOnly(scope: Construct, name: string, reason: string): Error {
  return invalid(scope, `${name} requires a REST API: ${reason}; remove ${name}, or use McpEndpoint.restApi()`);
}

function checkAuth(scope: Construct, { auth, registrationAuth }: McpLambdaServerProps): void {
  if (auth && !auth._functionUrlAuth()) {
    throw invalid(
      scope,
      `auth: ${auth._identity().auth} requires a REST API: a function URL has no API keys and no authorizers; ` +
        'use McpAuth.iam() or McpAuth.oauth(…), or McpEndpoint.restApi()',
    );
  }
  if (registrationAuth && registrationAuth._functionUrlAuth()?.authType !== lambda.FunctionUrlAuthType.AWS_IAM) {
    throw invalid(
      scope,
      'registrationAuth must be McpAuth.iam(): the function URL of the Registration API has IAM authorization only; ' +
        'remove registrationAuth, or use McpEndpoint.restApi()',
    );
  }
}

function limitsOf(
  scope: Construct,
  { limits }: McpLambdaServerProps,
  { reservedConcurrency }: McpFunctionUrlOptions,
): McpLambdaServerProps['limits'] {
  if (reservedConcurrency === undefined) return limits;
  checkNumber(scope, 'reservedConcurrency', reservedConcurrency, 1, MAX_RESERVED_CONCURRENCY, 'executions');
  if (limits?.reservedConcurrency !== undefined) {
    throw invalid(
      scope,
      'reservedConcurrency of endpoint and limits.reservedConcurrency are the same limit; remove one of them',
    );
  }
  return { ...limits, reservedConcurrency };
}
