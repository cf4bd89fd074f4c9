/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles (scripts/bundle.mjs): a Lambda function's credentials are
 * in its environment, so the chain that looks everywhere else (SSO, profiles, instance metadata), and the clients it carries, 85 KB, stay out.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export const defaultProvider = () => fromEnv();
