/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles (scripts/bundle.mjs). A Lambda function's credentials are in its
 * environment, so the bundles do not need the other providers (SSO, profiles, instance metadata) and their clients, which take 85 KB.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export const defaultProvider = () => fromEnv();
