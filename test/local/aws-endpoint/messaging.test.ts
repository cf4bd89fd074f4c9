import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

const environment = { accountId: ACCOUNT, region: REGION };
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:orders`;
const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const queueUrl = (name: string) => `${aws.url}/${ACCOUNT}/${name}`;

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(() => aws.stop());

/** Receives the bodies of all messages in a queue. */
async function bodies(sqs: SQSClient, name: string): Promise<string[]> {
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl(name), MaxNumberOfMessages: 10 });
  const { Messages = [] } = await sqs.send(command);
  return Messages.map(({ Body }) => Body!);
}
const allowTopic = (name: string) => ({
  Statement: [
    {
      Effect: 'Allow' as const,
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn(name),
      Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
    },
  ],
});

describe('SQS', () => {
  it('keeps characters of any plane, with their digests', async () => {
    const { sqs } = aws.as(allow('sqs:*', '*'));
    await sqs.send(new CreateQueueCommand({ QueueName: 'texts' }));
    const QueueUrl = queueUrl('texts');
    const texts = ['plain', 'grüße 🚀🚀 漢字', '"𝒳" \\ud83d'];
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: texts[0] }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: texts[1] }));
    const Entries = [{ Id: '1', MessageBody: texts[2] }];
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })); // the SDK verifies the digests
    expect(await bodies(sqs, 'texts')).toEqual(texts);
  });

  it('moves messages to the dead-letter queue', async () => {
    await aws.sqs.putQueue('dead', {}, {}, environment);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 1 });
    await aws.sqs.putQueue('work', { RedrivePolicy, VisibilityTimeout: '0' }, {}, environment);
    const { sqs } = aws.as(allow('sqs:*', '*'));
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('work'), MessageBody: 'x' }));
    expect([await bodies(sqs, 'work'), await bodies(sqs, 'work'), await bodies(sqs, 'dead')]).toEqual([
      ['x'],
      [],
      ['x'],
    ]);
  });

  it('evaluates the queue policy', async () => {
    await aws.sqs.putQueue('policed', {}, {}, environment);
    const role = aws.as();
    const send = new SendMessageCommand({ QueueUrl: queueUrl('policed'), MessageBody: 'x' });
    await expect(role.sqs.send(send)).rejects.toMatchObject({ name: 'AccessDenied' });
    aws.sqs.setPolicy('policed', {
      Statement: { Effect: 'Allow', Principal: { AWS: role.arn }, Action: 'sqs:SendMessage', Resource: '*' },
    });
    await role.sqs.send(send);
  });
});

describe('SNS', () => {
  beforeAll(async () => {
    await aws.sns.putTopic(TOPIC, {}, { team: 'mcp' });
    for (const name of ['all', 'large', 'closed']) await aws.sqs.putQueue(name, {}, {}, environment);
    for (const name of ['all', 'large']) aws.sqs.setPolicy(name, allowTopic(name));
    const large = { FilterPolicy: JSON.stringify({ size: [{ numeric: ['>', 10] }] }), RawMessageDelivery: 'true' };
    await aws.sns.putSubscription('1', { topicArn: TOPIC, queueArn: queueArn('all'), attributes: {} });
    await aws.sns.putSubscription('2', { topicArn: TOPIC, queueArn: queueArn('large'), attributes: large });
    await aws.sns.putSubscription('3', { topicArn: TOPIC, queueArn: queueArn('closed'), attributes: {} });
  });

  it('delivers to the queues whose policy allows the topic, by filter policy', async () => {
    const role = aws.as(allow('sns:Publish', TOPIC), allow('sqs:*', '*'));
    const sns = new SNSClient(role.config);
    const size = (StringValue: string) => ({ size: { DataType: 'Number', StringValue } });
    await sns.send(new PublishCommand({ TopicArn: TOPIC, Message: 'small 🚀', MessageAttributes: size('1') }));
    const entry = { Id: '1', Message: 'large', MessageAttributes: size('11') };
    await sns.send(new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries: [entry] }));
    const notifications = (await bodies(role.sqs, 'all')).map((text) => JSON.parse(text));
    expect(notifications).toMatchObject([
      { Type: 'Notification', TopicArn: TOPIC, Message: 'small 🚀' },
      { Message: 'large', MessageAttributes: { size: { Type: 'Number', Value: '11' } } },
    ]);
    expect(await bodies(role.sqs, 'large')).toEqual(['large']);
    expect(await bodies(role.sqs, 'closed')).toEqual([]);
    expect(aws.notices).toContainEqual(expect.stringContaining('SNS does not deliver from orders to closed'));
  });

  it('requires permissions, of the role or of the topic policy', async () => {
    const role = aws.as(allow('sns:Publish', `${TOPIC}-other`));
    const publish = () => new SNSClient(role.config).send(new PublishCommand({ TopicArn: TOPIC, Message: 'x' }));
    await expect(publish()).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: expect.stringContaining(`is not authorized to perform: sns:Publish on resource: ${TOPIC}`),
    });
    aws.sns.setPolicy(TOPIC, {
      Statement: { Effect: 'Allow', Principal: { AWS: role.arn }, Action: 'sns:Publish', Resource: TOPIC },
    });
    expect((await publish()).MessageId).toBeDefined();
    aws.sns.setPolicy(TOPIC, undefined);
  });

  it('returns ARNs in the account', async () => {
    const sns = new SNSClient(aws.as(allow('sns:*', '*')).config);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'at-run-time' }));
    expect(TopicArn).toBe(`arn:aws:sns:${REGION}:${ACCOUNT}:at-run-time`);
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('all') }),
    );
    expect(SubscriptionArn).toContain(`${TopicArn}:`);
    const { Topics } = await sns.send(new ListTopicsCommand({}));
    expect(Topics?.map((topic) => topic.TopicArn).sort()).toEqual([TopicArn, TOPIC]);
  });

  it('does not send text messages', async () => {
    const sns = new SNSClient(aws.as(allow('sns:*', '*')).config);
    await expect(sns.send(new PublishCommand({ PhoneNumber: '+10000000', Message: 'x' }))).rejects.toMatchObject({
      name: 'NotRunLocally',
    });
  });
});

describe('EventBridge', () => {
  const bus = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`;
  const entry = { Source: 'shop', DetailType: 'order placed', Detail: '{"id":1}' };

  it('accepts and logs events', async () => {
    const client = new EventBridgeClient(aws.as(allow('events:PutEvents', bus('*'))).config);
    const Entries = [entry, { ...entry, EventBusName: bus('orders') }, { ...entry, Detail: 'text' }];
    expect(await client.send(new PutEventsCommand({ Entries }))).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: expect.any(String) }, { EventId: expect.any(String) }, { ErrorCode: 'MalformedDetail' }],
    });
    expect(aws.notices.slice(-2)).toEqual([
      'event on default: shop "order placed" {"id":1}',
      'event on orders: shop "order placed" {"id":1}',
    ]);
  });

  it('requires permissions on the bus, with the source as a condition key', async () => {
    const Condition = { StringEquals: { 'events:source': 'shop' } };
    const client = new EventBridgeClient(aws.as(allow('events:PutEvents', bus('orders'), { Condition })).config);
    const put = (more: object) =>
      client.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: 'orders', ...more }] }));
    expect((await put({})).FailedEntryCount).toBe(0);
    await expect(put({ Source: 'billing' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(put({ EventBusName: 'default' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
