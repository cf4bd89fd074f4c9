import { userInfo } from 'node:os';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { functionUrlRegion } from '../function-url.js';
import type { SigningOptions } from '../request-signer.js';

/** The region in a host name of API Gateway. */
const HOST_REGION = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;
/** Role session names that the SDK generates from the time. */
const GENERATED_SESSION_NAME = /^aws-sdk-js-/;

/**
 * Determines the region to sign for: the given one, the one in the host name, or the one in the environment.
 * @throws if none of them is set
 */
export function regionOf(url: URL, given: string | undefined): string {
  const region =
    given ??
    HOST_REGION.exec(url.hostname)?.[1] ??
    functionUrlRegion(url) ??
    process.env.AWS_REGION ??
    process.env.AWS_DEFAULT_REGION;
  if (region) return region;
  throw new Error(`cannot determine the region of ${url.hostname}: pass --region`);
}

/** Returns the SDK's default chain of credentials, whose role sessions have a constant name. */
export function credentialChain(region: string, options: { profile?: string }): SigningOptions['credentials'] {
  return fromNodeProviderChain({ ...options, ...namedRoleSessions(region) });
}

/**
 * Options of the credential chain that name role sessions after the user, unless the configuration names them. The SDK's own names contain
 * the time: with each renewal of the credentials the caller would be another principal in CloudTrail and for servers.
 */
function namedRoleSessions(region: string): Parameters<typeof fromNodeProviderChain>[0] {
  const name = `mcp-lambda-${userName()}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  return {
    roleSessionName: process.env.AWS_ROLE_SESSION_NAME ?? name,
    roleAssumer: (masterCredentials, params) => {
      const RoleSessionName = GENERATED_SESSION_NAME.test(params.RoleSessionName ?? '') ? name : params.RoleSessionName;
      return fromTemporaryCredentials({
        params: { ...params, RoleArn: params.RoleArn!, RoleSessionName },
        masterCredentials,
        clientConfig: { region },
      })();
    },
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? 'user'; // a container may run with a user id that has no name
  }
}
