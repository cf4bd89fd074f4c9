import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV, RESULTS } from '../contract';
import { invalid } from '../errors';
import { differ } from '../registration/environments';
import { allow } from './functions';
import { KEY_RESULTS, RESULT_STORE } from './permissions';
import { allowKey } from './server-context';

/**
 * Lets the functions that answer clients keep large results in a bucket, and returns what their environment says of it. A link to a
 * result works by the right of the role that signed it, so the role may read what it writes.
 */
export function allowResults(
  scope: Construct,
  role: iam.Role,
  bucket: s3.IBucket | undefined,
  serverId: string,
): { [name: string]: string } {
  if (!bucket) return {};
  const { account, region } = Stack.of(scope);
  if (differ(bucket.env.region, region) || differ(bucket.env.account, account)) {
    throw invalid(
      scope,
      `resultBucket '${bucket.node.path}' is in ${bucket.env.account}/${bucket.env.region}, the server in ${account}/${region}; ` +
        'results are written and signed where the functions run: take a bucket of the same account and region',
    );
  }
  allow(role, RESULT_STORE, bucket.arnForObjects(`${RESULTS.PREFIX}${serverId}/*`));
  allowKey(bucket.encryptionKey, role, KEY_RESULTS);
  return { [ENV.RESULT_BUCKET]: bucket.bucketName };
}
