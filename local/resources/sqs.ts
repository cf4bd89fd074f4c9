import { type ResourceContext, tagsOf, upsertType } from './resource-type.js';

const MAX_QUEUE_NAME = 80;
/** Properties that are attributes of the same name. Encryption has no effect. */
const ATTRIBUTES = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'VisibilityTimeout',
];

/** `AWS::SQS::Queue`. */
export const queue = upsertType(
  async (context) => {
    const { properties, services, stack } = context;
    const { region, accountId } = stack.environment;
    const name: string = properties.QueueName ?? generatedName(context);
    await services.sqs.putQueue(name, attributesOf(properties), tagsOf(properties.Tags), stack.environment);
    const url = `${services.awsEndpointUrl}/${accountId}/${name}`;
    return {
      physicalId: url,
      attributes: { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name, QueueUrl: url },
    };
  },
  ({ services, stack }, { attributes }) =>
    services.sqs.deleteQueue(String(attributes?.QueueName), stack.environment.region),
);

/** `AWS::SQS::QueuePolicy` and `AWS::SQS::QueueInlinePolicy`. */
export const queuePolicy = upsertType(
  (context) => {
    const { properties, services } = context;
    for (const name of queuesOf(properties)) services.sqs.setPolicy(name, properties.PolicyDocument);
    return { physicalId: context.physicalName(), attributes: { Id: context.physicalName() } };
  },
  ({ properties, services }) => {
    for (const name of queuesOf(properties)) services.sqs.setPolicy(name, undefined);
  },
);

function generatedName(context: ResourceContext): string {
  const suffix = String(context.properties.FifoQueue) === 'true' ? '.fifo' : '';
  return `${context.physicalName(MAX_QUEUE_NAME - suffix.length)}${suffix}`;
}

function attributesOf(properties: ResourceContext['properties']): Record<string, string> {
  const set = ATTRIBUTES.filter((name) => properties[name] !== undefined);
  return Object.fromEntries(
    set.map((name) => {
      const value = properties[name];
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
    }),
  );
}

/** Returns the names of the queues of a policy, which has their URLs. */
function queuesOf({ Queues, Queue }: ResourceContext['properties']): string[] {
  return [...(Queues ?? []), ...(Queue ? [Queue] : [])].map((url: string) => url.split('/').at(-1)!);
}
