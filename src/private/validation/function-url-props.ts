import { Duration, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { McpFunctionUrlOptions, McpPrivateApiOptions, McpRestApiOptions } from '../../endpoint';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { invalid } from '../errors';
import { checkConcurrency, checkNumber, MAX_RESERVED_CONCURRENCY } from './limits';
import { checkOptions } from './options';

const NO_VPC = 'a function URL does not stream from a VPC';
const NO_RATE_LIMIT = 'a function URL has no rate limit; reservedConcurrency limits its requests';
const NO_SSE = 'a function URL does not serve HTTP+SSE';

/** Why a server at a function URL cannot have a property. */
const REST_API_ONLY = {
  vpc: NO_VPC,
  vpcSubnets: NO_VPC,
  securityGroups: NO_VPC,
  publicUrl: 'a function URL has no custom domain, and access tokens are for its own address',
  throttlingRateLimit: NO_RATE_LIMIT,
  throttlingBurstLimit: NO_RATE_LIMIT,
  accessLogDestination: 'a function URL has no access log; the functions log requests',
  maxSessions: NO_SSE,
  maxSessionDuration: NO_SSE,
  sessionIdleTimeout: NO_SSE,
} as const satisfies { [name in keyof McpLambdaServerProps]?: string };

/** Why a function URL cannot have an option of the other endpoints, and the endpoint to use. */
const OPTIONS_OF_REST_APIS: {
  readonly [name in keyof McpRestApiOptions | keyof McpPrivateApiOptions]-?: readonly [string, string];
} = {
  domain: ['a function URL has no custom domain', 'restApi'],
  webAclArn: ['AWS WAF cannot protect a function URL', 'restApi'],
  resourcePolicy: ['auth and grantConnect() define who can call a function URL', 'restApi'],
  vpcEndpoints: ['a function URL is on the internet', 'privateApi'],
};

/**
 * Returns the properties of a server at a function URL, which does not serve HTTP+SSE.
 *
 * @throws if it cannot have one of the properties or options, or an option is unknown
 */
export function functionUrlProps(
  scope: Construct,
  props: McpLambdaServerProps,
  options: McpFunctionUrlOptions,
): McpLambdaServerProps {
  checkFunctionUrlOptions(scope, options);
  for (const [name, reason] of Object.entries(REST_API_ONLY)) {
    const value = props[name as keyof typeof REST_API_ONLY];
    if (value !== undefined) throw restApiOnly(scope, { name, value, reason });
  }
  if (props.legacySse) throw restApiOnly(scope, { name: 'legacySse', reason: NO_SSE });
  const value = props.limits?.sessions;
  if (value !== undefined) throw restApiOnly(scope, { name: 'limits.sessions', value, reason: NO_SSE });
  checkAuth(scope, props);
  return { ...props, legacySse: false, limits: limitsOf(scope, props, options) };
}

/** Rejects options that JavaScript and `any` let pass: without an error, a server would lack its web ACL. */
function checkFunctionUrlOptions(scope: Construct, options: McpFunctionUrlOptions): void {
  for (const [name, [reason, endpoint]] of Object.entries(OPTIONS_OF_REST_APIS)) {
    const value = (options as { readonly [name: string]: unknown })[name];
    if (value !== undefined) throw restApiOnly(scope, { of: 'endpoint: ', name, value, reason, endpoint });
  }
  checkOptions(scope, 'McpEndpoint.functionUrl()', options, ['reservedConcurrency']);
}

interface RestApiOnly {
  /** What has the property. */
  readonly of?: string;
  readonly name: string;
  readonly value?: unknown;
  readonly reason: string;
  readonly endpoint?: string;
}

function restApiOnly(scope: Construct, { of = '', name, value, reason, endpoint = 'restApi' }: RestApiOnly): Error {
  return invalid(
    scope,
    `${of}${name}${given(value)} requires a REST API: ${reason}; remove ${name}, or use McpEndpoint.${endpoint}()`,
  );
}

/** A value after its name, if it is known and short. */
function given(value: unknown): string {
  if (Token.isUnresolved(value)) return '';
  if (value instanceof Duration) return ` of ${value.toHumanString()}`;
  if (typeof value === 'string') return ` '${value}'`;
  return typeof value === 'number' ? ` ${value}` : '';
}

function checkAuth(scope: Construct, { auth, registrationAuth }: McpLambdaServerProps): void {
  if (auth && !auth._functionUrlAuth()) {
    throw invalid(
      scope,
      `auth: ${auth._identity().auth} requires a REST API: a function URL has no API keys and no authorizers; ` +
        'use McpAuth.iam(), McpAuth.oauth(…) or McpAuth.cognito(…), or McpEndpoint.restApi()',
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
  props: McpLambdaServerProps,
  { reservedConcurrency }: McpFunctionUrlOptions,
): McpLambdaServerProps['limits'] {
  const { limits } = props;
  if (reservedConcurrency === undefined) return limits;
  checkNumber(scope, 'reservedConcurrency', reservedConcurrency, 1, MAX_RESERVED_CONCURRENCY, 'executions');
  if (limits?.reservedConcurrency !== undefined) {
    throw invalid(
      scope,
      'reservedConcurrency of endpoint and limits.reservedConcurrency are the same limit; remove one of them',
    );
  }
  checkConcurrency(scope, props, 'reservedConcurrency', reservedConcurrency);
  return { ...limits, reservedConcurrency };
}
