import { upsertType } from './resource-type.js';

const MAX_BUCKET_NAME = 63;

/** `AWS::S3::Bucket`. Deleting it deletes its objects, too. */
export const bucket = upsertType(
  (context, previous) => {
    const { properties, services, stack } = context;
    const generated = () => context.physicalName(MAX_BUCKET_NAME).toLowerCase();
    const name: string = previous?.returnValues.physicalId ?? properties.BucketName ?? generated();
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

/** `AWS::S3::BucketPolicy`. */
export const bucketPolicy = upsertType(
  ({ properties, services }) => {
    services.s3.setPolicy(properties.Bucket, properties.PolicyDocument);
    return { physicalId: `${properties.Bucket}-policy` };
  },
  ({ properties, services }) => services.s3.setPolicy(properties.Bucket, undefined),
);

/** `Custom::S3AutoDeleteObjects` of the CDK. Deleting a bucket deletes its objects here in any case. */
export const autoDeleteObjects = upsertType(({ properties }) => ({ physicalId: String(properties.BucketName) }));
