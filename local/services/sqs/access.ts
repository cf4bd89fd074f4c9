import type { Environment } from '../../environment.js';
import { type RequiredPermission, requestTags, resourceTags } from '../aws-endpoint/access.js';
import type { PolicyDocument } from '../iam/policy.js';

type Tags = Readonly<Record<string, string>>;

/** Actions of batch operations, which require the permission of the single operation. */
const ACTIONS: Record<string, string> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

/** Returns the permissions that an SQS call requires. */
export function sqsPermissions(
  operation: string,
  body: Record<string, any>,
  { accountId, region }: Environment,
  tagsOf: (queueName: string) => Tags | undefined,
  policyOf: (queueName: string) => PolicyDocument | undefined = () => undefined,
): RequiredPermission[] {
  const action = ACTIONS[operation] ?? operation;
  const name = queueName(body);
  if (operation === 'ListQueues') return [{ action: 'sqs:ListQueues', resource: '*', context: {} }];
  const resource = `arn:aws:sqs:${region}:${accountId}:${name}`;
  const setTags: Tags | undefined = body.tags ?? body.Tags;
  const permissions: RequiredPermission[] = [
    {
      action: `sqs:${action}`,
      resource,
      context: { ...resourceTags(tagsOf(name)), ...requestTags(setTags) },
      resourcePolicy: policyOf(name),
    },
  ];
  // AWS: "To be able to tag a queue on creation, you must have the sqs:CreateQueue and sqs:TagQueue permissions."
  if (operation === 'CreateQueue' && setTags && Object.keys(setTags).length > 0) {
    permissions.push({ action: 'sqs:TagQueue', resource, context: requestTags(setTags) });
  }
  return permissions;
}

/** Returns the queue name of a request. */
export function queueName(body: Record<string, any>): string {
  return String(body.QueueUrl ?? body.QueueName ?? '')
    .split('/')
    .pop()!;
}
