import { type ResourceContext, tagsOf, upsertType } from './resource-type.js';

const MAX_TOPIC_NAME = 256;
const TOPIC_ATTRIBUTES = ['ContentBasedDeduplication', 'DisplayName', 'FifoTopic'];

/** `AWS::SNS::Topic`. */
export const topic = upsertType(
  async (context, previous) => {
    const { properties, services } = context;
    const suffix = String(properties.FifoTopic) === 'true' ? '.fifo' : '';
    const generated = () => `${context.physicalName(MAX_TOPIC_NAME - suffix.length)}${suffix}`;
    const name: string = properties.TopicName ?? generated();
    const arn = context.arn('sns', name);
    const set = TOPIC_ATTRIBUTES.filter((attribute) => properties[attribute] !== undefined);
    const attributes = Object.fromEntries(set.map((attribute) => [attribute, String(properties[attribute])]));
    await services.sns.putTopic(arn, attributes, tagsOf(properties.Tags));
    const inline = (list: Array<Record<string, unknown>> = []) => list.entries();
    for (const [i] of inline(previous?.properties.Subscription)) {
      await services.sns.deleteSubscription(subscriptionId(context, i));
    }
    for (const [i, { Protocol, Endpoint }] of inline(properties.Subscription)) {
      await subscribe(context, subscriptionId(context, i), { Protocol, Endpoint, TopicArn: arn });
    }
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  ({ services }, { physicalId }) => services.sns.deleteTopic(physicalId),
);

/** `AWS::SNS::Subscription`. */
export const subscription = upsertType(
  async (context) => {
    const { properties } = context;
    await subscribe(context, subscriptionId(context), properties);
    const arn = `${properties.TopicArn}:${context.physicalName().slice(-12).toLowerCase()}`;
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  (context) => context.services.sns.deleteSubscription(subscriptionId(context)),
);

/** `AWS::SNS::TopicPolicy` and `AWS::SNS::TopicInlinePolicy`. */
export const topicPolicy = upsertType(
  (context) => {
    const { properties, services } = context;
    for (const arn of topicsOf(properties)) services.sns.setPolicy(arn, properties.PolicyDocument);
    return { physicalId: context.physicalName(), attributes: { Id: context.physicalName() } };
  },
  ({ properties, services }) => {
    for (const arn of topicsOf(properties)) services.sns.setPolicy(arn, undefined);
  },
);

async function subscribe(context: ResourceContext, id: string, properties: Record<string, any>): Promise<void> {
  const { services } = context;
  const { Protocol, Endpoint, TopicArn, FilterPolicy, FilterPolicyScope, RawMessageDelivery } = properties;
  if (Protocol !== 'sqs') {
    context.reportNotRun(`topics deliver to queues only here, not to ${Protocol}`, remedyFor(Protocol));
    return;
  }
  const queueName = String(Endpoint).split(':')[5] ?? '';
  if (services.sqs.tagsOf(queueName) === undefined) {
    context.reportNotRun(`the queue ${Endpoint} is not part of the app`, 'deploy');
    return;
  }
  const attributes = {
    ...(FilterPolicy && {
      FilterPolicy: typeof FilterPolicy === 'string' ? FilterPolicy : JSON.stringify(FilterPolicy),
    }),
    ...(FilterPolicyScope && { FilterPolicyScope }),
    ...(RawMessageDelivery !== undefined && { RawMessageDelivery: String(RawMessageDelivery) }),
  };
  await services.sns.putSubscription(id, { topicArn: TopicArn, queueArn: Endpoint, attributes });
}

function remedyFor(protocol: string): string {
  return protocol === 'lambda' ? 'call the function through its tool' : 'deploy';
}

function subscriptionId({ stack, logicalId }: ResourceContext, index?: number): string {
  return `${stack.name}/${logicalId}${index === undefined ? '' : `/${index}`}`;
}

function topicsOf({ Topics, TopicArn }: ResourceContext['properties']): string[] {
  return [...(Topics ?? []), ...(TopicArn ? [TopicArn] : [])];
}
