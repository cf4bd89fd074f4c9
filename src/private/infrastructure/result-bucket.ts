import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV, RESULTS } from '../contract';
import { invalid } from '../errors';
import { knownToDiffer } from '../registration/environments';
import { allow } from './functions';
import { KEY_RESULTS, RESULT_STORE } from './permissions';
import { allowKey } from './server-context';

/**
 * Allows the functions that serve MCP to store large results in a bucket, and returns their environment for it. A result link has the
 * permissions of the role that signed it, so the role may also read the results.
 */
export function allowResults(
  scope: Construct,
  role: iam.Role,
  bucket: s3.IBucket | undefined,
  serverId: string,
): { [name: string]: string } {
  if (!bucket) return {};
  const { account, region } = Stack.of(scope);
  if (knownToDiffer(bucket.env.region, region) || knownToDiffer(bucket.env.account, account)) {
    throw invalid(
      scope,
      `resultBucket '${bucket.node.path}' is in ${bucket.env.account}/${bucket.env.region}, the server in ${account}/${region}; ` +
        'the functions write results and sign links in their own account and region; use a bucket there',
    );
  }
  allow(role, RESULT_STORE, bucket.arnForObjects(`${RESULTS.PREFIX}${serverId}/*`));
  allowKey(bucket.encryptionKey, role, KEY_RESULTS, 's3');
  return { [ENV.RESULT_BUCKET]: bucket.bucketName };
}
