import type { Caller } from '../iam/judge.js';
import type { RequestContext } from '../iam/policy.js';

/** The condition keys that every request has. */
export function globalContext({ arn, accountId }: Caller, region: string): RequestContext {
  const now = new Date();
  return {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': accountId,
    'aws:PrincipalType': arn.includes(':role/') ? 'AssumedRole' : 'User',
    'aws:ResourceAccount': accountId,
    'aws:RequestedRegion': region,
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    // as it would be in an account: only here the calls go by plain HTTP, on the loopback
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
  };
}
