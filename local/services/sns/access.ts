import type { Environment } from '../../environment.js';
import { type RequiredPermission, resourceTags } from '../aws-endpoint/access.js';
import type { PolicyDocument } from '../iam/policy.js';

/** Actions of operations with another permission. */
const ACTIONS: Record<string, string> = { PublishBatch: 'Publish' };
/** Operations without a resource. */
const GLOBAL = new Set(['ListTopics', 'ListSubscriptions']);

/** A topic, for the policy evaluation. */
export interface TopicMetadata {
  readonly policy?: PolicyDocument;
  readonly tags: Readonly<Record<string, string>>;
}

/** Returns the permissions that an SNS call requires. */
export function snsPermissions(
  operation: string,
  form: URLSearchParams,
  { accountId, region }: Environment,
  topicOf: (arn: string) => TopicMetadata | undefined,
): RequiredPermission[] {
  const action = `sns:${ACTIONS[operation] ?? operation}`;
  if (GLOBAL.has(operation)) return [{ action, resource: '*', context: {} }];
  const name = form.get('Name');
  const arn =
    form.get('TopicArn') ??
    form.get('TargetArn') ??
    form.get('ResourceArn') ??
    form.get('SubscriptionArn')?.split(':').slice(0, 6).join(':') ??
    (name ? `arn:aws:sns:${region}:${accountId}:${name}` : '*');
  const topic = topicOf(arn);
  const subscription =
    operation === 'Subscribe'
      ? { 'sns:Protocol': form.get('Protocol') ?? '', 'sns:Endpoint': form.get('Endpoint') ?? '' }
      : {};
  return [
    {
      action,
      resource: arn,
      context: { ...resourceTags(topic?.tags), ...subscription },
      resourcePolicy: topic?.policy,
    },
  ];
}
