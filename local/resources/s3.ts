import { putType } from './resource-type.js';

const MAX_BUCKET_NAME = 63;

/** `AWS::S3::Bucket`. It goes with its objects, whether or not something would have emptied it first. */
export const bucket = putType(
  (context, previous) => {
    const { properties, services, stack } = context;
    const made = () => context.physicalName(MAX_BUCKET_NAME).toLowerCase();
    const name: string = previous?.outcome.physicalId ?? properties.BucketName ?? made();
    services.s3.putBucket(name);
    const { region } = stack.environment;
    return {
      physicalId: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
        WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
      },
    };
  },
  ({ services }, { physicalId }) => services.s3.deleteBucket(physicalId),
);

/** `AWS::S3::BucketPolicy`, which is judged with the caller's own. */
export const bucketPolicy = putType(
  ({ properties, services }) => {
    services.s3.setPolicy(properties.Bucket, properties.PolicyDocument);
    return { physicalId: `${properties.Bucket}-policy` };
  },
  ({ properties, services }) => services.s3.setPolicy(properties.Bucket, undefined),
);
