import type { Caller } from './evaluator.js';
import type { RequestContext } from './policy.js';

/** Returns the global condition context keys of a request. */
export function globalConditionKeys({ arn, accountId }: Caller, region: string): RequestContext {
  const now = new Date();
  return {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': accountId,
    'aws:PrincipalType': arn.includes(':role/') ? 'AssumedRole' : 'User',
    'aws:ResourceAccount': accountId,
    'aws:RequestedRegion': region,
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    // as on AWS, although the local runner uses plain HTTP on the loopback interface
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
  };
}
