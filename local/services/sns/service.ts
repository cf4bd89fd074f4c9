import type { ServerResponse } from 'node:http';
import type { Environment } from '../../environment.js';
import type { ServiceCall } from '../aws-endpoint/service-call.js';
import { EMBEDDED_ACCOUNT, type Fauxqs } from '../fauxqs/server.js';
import { type BufferedRequest, forwardRequest } from '../forward.js';
import { evaluateServiceAccess } from '../iam/evaluator.js';
import type { PolicyDocument } from '../iam/policy.js';
import type { SqsService } from '../sqs/service.js';
import { snsPermissions, type TopicMetadata } from './access.js';

/** A subscription of a template: a queue of the app. */
export interface QueueSubscription {
  readonly topicArn: string;
  readonly queueArn: string;
  /** `FilterPolicy`, `FilterPolicyScope` and `RawMessageDelivery`. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface SubscriptionState extends QueueSubscription {
  /** ARN on the embedded server; absent until the queue policy allows the topic. */
  embeddedArn?: string;
}

/** Operations of the embedded server. */
const OPERATIONS = new Set([
  'CreateTopic',
  'DeleteTopic',
  'GetSubscriptionAttributes',
  'GetTopicAttributes',
  'ListSubscriptions',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'ListTopics',
  'Publish',
  'PublishBatch',
  'SetSubscriptionAttributes',
  'SetTopicAttributes',
  'Subscribe',
  'TagResource',
  'Unsubscribe',
  'UntagResource',
]);

/** SNS, on the embedded server. Topics deliver to queues of the app only. */
export class SnsService {
  private readonly topics = new Map<string, TopicMetadata>();
  private readonly subscriptions = new Map<string, SubscriptionState>();

  /** @param onNotice receives messages about notifications that are not delivered */
  constructor(
    private readonly server: Fauxqs,
    private readonly sqs: SqsService,
    private readonly onNotice: (message: string) => void,
  ) {}

  /** Creates a topic of a template, or sets its attributes and tags. */
  async putTopic(arn: string, attributes: Record<string, string>, tags: TopicMetadata['tags']): Promise<void> {
    const region = regionOf(arn);
    if (!this.topics.has(arn)) {
      const input = entries('Attributes.entry', attributes);
      await this.server.sns('CreateTopic', region, { Name: nameOf(arn), ...input });
    }
    this.topics.set(arn, { ...this.topics.get(arn), tags });
  }

  async deleteTopic(arn: string): Promise<void> {
    await this.server.sns('DeleteTopic', regionOf(arn), { TopicArn: embedded(arn) });
    this.topics.delete(arn);
  }

  /** Sets the topic policy; `undefined` removes it. */
  setPolicy(arn: string, policy: PolicyDocument | undefined): void {
    const topic = this.topics.get(arn);
    if (topic) this.topics.set(arn, { ...topic, policy });
  }

  /** Creates or replaces a subscription of a template. It is active as soon as the queue policy allows the topic. */
  async putSubscription(id: string, subscription: QueueSubscription): Promise<void> {
    await this.deleteSubscription(id);
    this.subscriptions.set(id, { ...subscription });
  }

  async deleteSubscription(id: string): Promise<void> {
    const subscription = this.subscriptions.get(id);
    this.subscriptions.delete(id);
    if (subscription?.embeddedArn && this.topics.has(subscription.topicArn)) await this.unsubscribe(subscription);
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const form = new URLSearchParams(request.body.toString());
    const operation = form.get('Action') ?? '';
    if (!OPERATIONS.has(operation) || form.get('PhoneNumber')) return undefined;
    const permissions = snsPermissions(operation, form, environment, (arn) => this.topics.get(arn));
    return { permissions, handle: (response) => this.handle(operation, form, request, response, environment) };
  }

  private async handle(
    operation: string,
    form: URLSearchParams,
    request: BufferedRequest,
    response: ServerResponse,
    { accountId, region }: Environment,
  ): Promise<void> {
    const topicArn = form.get('TopicArn') ?? form.get('TargetArn') ?? '';
    if (operation.startsWith('Publish')) await this.activateSubscriptions(topicArn);
    for (const name of ['TopicArn', 'TargetArn', 'ResourceArn', 'SubscriptionArn', 'Endpoint']) {
      const value = form.get(name);
      if (value?.startsWith('arn:')) form.set(name === 'TargetArn' ? 'TopicArn' : name, embedded(value));
    }
    const body = Buffer.from(form.toString());
    const headers = { ...request.headers, 'content-length': String(body.length) };
    await forwardRequest(this.server.port, { ...request, headers, body }, response, (text) =>
      text.replaceAll(`:${EMBEDDED_ACCOUNT}:`, `:${accountId}:`),
    );
    if (operation === 'CreateTopic' && response.statusCode === 200) {
      const arn = `arn:aws:sns:${region}:${accountId}:${form.get('Name')}`;
      if (!this.topics.has(arn)) this.topics.set(arn, { tags: {} });
    }
    if (operation === 'DeleteTopic') this.topics.delete(topicArn);
  }

  /** Subscribes the queues whose policy allows the topic, as SNS would deliver to them, and unsubscribes the others. */
  private async activateSubscriptions(topicArn: string): Promise<void> {
    for (const subscription of this.subscriptions.values()) {
      if (subscription.topicArn !== topicArn) continue;
      const { queueArn, attributes } = subscription;
      const request = {
        action: 'sqs:SendMessage',
        resource: queueArn,
        context: { 'aws:SourceArn': topicArn, 'aws:SourceAccount': topicArn.split(':')[4] },
      };
      const { allowed } = evaluateServiceAccess('sns.amazonaws.com', request, this.sqs.policyOf(nameOf(queueArn)));
      if (allowed && !subscription.embeddedArn) {
        const text = await this.server.sns('Subscribe', regionOf(topicArn), {
          TopicArn: embedded(topicArn),
          Protocol: 'sqs',
          Endpoint: embedded(queueArn),
          ...entries('Attributes.entry', attributes),
        });
        subscription.embeddedArn = /<SubscriptionArn>(.*?)<\/SubscriptionArn>/.exec(text)?.[1];
      }
      if (allowed) continue;
      if (subscription.embeddedArn) await this.unsubscribe(subscription);
      this.onNotice(
        `SNS does not deliver from ${nameOf(topicArn)} to ${nameOf(queueArn)}: the queue policy does not allow sns.amazonaws.com to send messages; add the subscription with \`topic.addSubscription(new SqsSubscription(queue))\``,
      );
    }
  }

  private async unsubscribe(subscription: SubscriptionState): Promise<void> {
    const SubscriptionArn = subscription.embeddedArn!;
    subscription.embeddedArn = undefined;
    await this.server.sns('Unsubscribe', regionOf(subscription.topicArn), { SubscriptionArn });
  }
}

/** Formats a map for the query protocol. */
function entries(prefix: string, map: Readonly<Record<string, string>>): Record<string, string> {
  const list = Object.entries(map).map(([key, value], i) => [
    [`${prefix}.${i + 1}.key`, key],
    [`${prefix}.${i + 1}.value`, value],
  ]);
  return Object.fromEntries(list.flat());
}

/** Returns an ARN in the account of the embedded server. */
function embedded(arn: string): string {
  return arn.replace(/^((?:[^:]*:){4})\d{12}/, `$1${EMBEDDED_ACCOUNT}`);
}

function regionOf(arn: string): string {
  return arn.split(':')[3];
}

function nameOf(arn: string): string {
  return arn.split(':')[5];
}
