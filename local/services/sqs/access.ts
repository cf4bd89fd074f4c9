import { type Caller, type RequiredAccess, requestTags, resourceTags } from '../aws-endpoint/access.js';

type Tags = Readonly<Record<string, string>>;

/** Batch operations need the permission of the single one. */
const ACTIONS: Record<string, string> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

/** The permissions that an SQS call needs. */
export function sqsAccess(
  operation: string,
  body: Record<string, any>,
  { accountId, region }: Caller,
  tagsOf: (queueName: string) => Tags | undefined,
): RequiredAccess[] {
  const action = ACTIONS[operation] ?? operation;
  const name = queueName(body);
  if (operation === 'ListQueues') return [{ action: 'sqs:ListQueues', resource: '*', context: {} }];
  const resource = `arn:aws:sqs:${region}:${accountId}:${name}`;
  const setTags: Tags | undefined = body.tags ?? body.Tags;
  const needed: RequiredAccess[] = [
    { action: `sqs:${action}`, resource, context: { ...resourceTags(tagsOf(name)), ...requestTags(setTags) } },
  ];
  // AWS: "To be able to tag a queue on creation, you must have the sqs:CreateQueue and sqs:TagQueue permissions."
  if (operation === 'CreateQueue' && setTags && Object.keys(setTags).length > 0) {
    needed.push({ action: 'sqs:TagQueue', resource, context: requestTags(setTags) });
  }
  return needed;
}

/** The name of the queue that a request is about. */
export function queueName(body: Record<string, any>): string {
  return String(body.QueueUrl ?? body.QueueName ?? '')
    .split('/')
    .pop()!;
}
