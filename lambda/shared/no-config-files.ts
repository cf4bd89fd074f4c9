/**
 * Replaces the reading of `~/.aws/config` and `~/.aws/credentials` in the bundles (scripts/bundle-plugins.mjs). A Lambda function has neither.
 * Settings in environment variables, such as `AWS_USE_FIPS_ENDPOINT`, still apply.
 */
import { CredentialsProviderError } from '@smithy/core/config';

export const fromSharedConfigFiles = () => async (): Promise<never> => {
  throw new CredentialsProviderError('no shared config files on Lambda'); // the next source of the setting follows
};
