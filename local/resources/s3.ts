import { tagsOf, upsertType } from './resource-type.js';

const MAX_BUCKET_NAME = 63;
/** Reason and remedy for notifications. */
const NOTIFICATIONS = ['buckets do not trigger functions here', 'call the function through its tool'] as const;

/** `AWS::S3::Bucket`. Deleting it deletes its objects, too. */
export const bucket = upsertType(
  async (context, previous) => {
    const { properties, services, stack } = context;
    const generated = () => context.physicalName(MAX_BUCKET_NAME).toLowerCase();
    const name: string = previous?.returnValues.physicalId ?? properties.BucketName ?? generated();
    await services.s3.putBucket(name, tagsOf(properties.Tags));
    if (properties.NotificationConfiguration) context.reportNotRun(...NOTIFICATIONS);
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

/** `Custom::S3BucketNotifications`, with which the CDK configures notifications. */
export const bucketNotifications = upsertType((context) => {
  context.reportNotRun(...NOTIFICATIONS);
  return { physicalId: context.physicalName() };
});

/** `Custom::S3AutoDeleteObjects` of the CDK. Deleting a bucket deletes its objects here in any case. */
export const autoDeleteObjects = upsertType(({ properties }) => ({ physicalId: String(properties.BucketName) }));
