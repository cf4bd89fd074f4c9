import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { OAuthConfig } from '../oauth';

/** How an authorization works at a function URL, which has no authorizers. */
export interface FunctionUrlAuth {
  readonly authType: lambda.FunctionUrlAuthType;
  /** The value of `ENV.AUTHORIZATION`. */
  readonly authorization: string;
  /** Defines what access tokens require, and returns how the function checks them; undefined if requests have no token. */
  readonly defineTokens?: (scope: Construct, mcpUrl: string) => OAuthConfig;
}
