import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { AddPermissionCommand, GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/things`;
const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
  await aws.dynamoDb.createTable(
    {
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'colour', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-colour',
          KeySchema: [{ AttributeName: 'colour', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    },
    { partitionKey: 'pk', tags: { team: 'mcp' } },
  );
});
afterAll(() => aws.stop());

const denied = (role: string, action: string, resource: string) =>
  `User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}/test is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

describe('DynamoDB', () => {
  const item = { pk: { S: 'a' }, colour: { S: 'x' } };
  const get = new GetItemCommand({ TableName: 'things', Key: { pk: item.pk } });

  it('answers what the role may ask', async () => {
    const role = aws.as(allow(['dynamodb:PutItem', 'dynamodb:GetItem'], TABLE));
    await role.dynamoDb.send(new PutItemCommand({ TableName: 'things', Item: item }));
    expect((await role.dynamoDb.send(get)).Item).toEqual(item);
  });

  it('denies as DynamoDB does', async () => {
    const role = aws.as(allow('dynamodb:PutItem', TABLE));
    await expect(role.dynamoDb.send(get)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denied(role.name, 'dynamodb:GetItem', TABLE),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('prints the denial, and the way out when nobody has granted it', async () => {
    const role = aws.as();
    await expect(role.dynamoDb.send(get)).rejects.toThrow();
    expect(aws.refusals.at(-1)).toBe(
      `test: ${denied(role.name, 'dynamodb:GetItem', TABLE)}\n  a grant is missing in the app, e.g. \`table.grantReadData(fn)\``,
    );
    const forbidden = aws.as({ ...allow('dynamodb:GetItem', TABLE), Effect: 'Deny' });
    await expect(forbidden.dynamoDb.send(get)).rejects.toThrow();
    expect(aws.refusals.at(-1)).toMatch(/with an explicit deny in an identity-based policy$/);
  });

  it('asks for the index, not the table, when an index is queried', async () => {
    const query = new QueryCommand({
      TableName: 'things',
      IndexName: 'by-colour',
      KeyConditionExpression: 'colour = :c',
      ExpressionAttributeValues: { ':c': { S: 'x' } },
    });
    const role = aws.as(allow('dynamodb:Query', TABLE));
    await expect(role.dynamoDb.send(query)).rejects.toThrow(
      denied(role.name, 'dynamodb:Query', `${TABLE}/index/by-colour`),
    );
    const other = aws.as(allow('dynamodb:Query', `${TABLE}/index/*`));
    expect((await other.dynamoDb.send(query)).Count).toBe(1);
  });

  it('has an action of its own for batches', async () => {
    const batch = new BatchWriteItemCommand({ RequestItems: { things: [{ PutRequest: { Item: item } }] } });
    await expect(aws.as(allow('dynamodb:PutItem', TABLE)).dynamoDb.send(batch)).rejects.toThrow(
      'dynamodb:BatchWriteItem',
    );
    await aws.as(allow('dynamodb:BatchWriteItem', TABLE)).dynamoDb.send(batch);
  });

  it.each([
    ['put', new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'mine' } } }), true],
    ['put', new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'theirs' } } }), false],
    [
      'query',
      new QueryCommand({
        TableName: 'things',
        KeyConditionExpression: '#p = :p',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':p': { S: 'theirs' } },
      }),
      false,
    ],
  ])('knows the leading keys of a %s', async (_, command, allowed) => {
    const role = aws.as(
      allow('dynamodb:*', TABLE, { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['mine'] } } }),
    );
    const answer = role.dynamoDb.send(command as PutItemCommand);
    if (allowed) await expect(answer).resolves.toBeDefined();
    else await expect(answer).rejects.toThrow('not authorized');
  });

  it('knows the tags of tables', async () => {
    const when = (team: string) => ({ Condition: { StringEquals: { 'aws:ResourceTag/team': team } } });
    await aws.as(allow('dynamodb:GetItem', '*', when('mcp'))).dynamoDb.send(get);
    await expect(aws.as(allow('dynamodb:GetItem', '*', when('x'))).dynamoDb.send(get)).rejects.toThrow(
      'not authorized',
    );
  });

  it('says the ARN that policies name, and takes it for a name', async () => {
    const role = aws.as(allow('dynamodb:*', TABLE));
    const { Table } = await role.dynamoDb.send(new DescribeTableCommand({ TableName: 'things' }));
    expect(Table?.TableArn).toBe(TABLE);
    await role.dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: 'a' } } }));
  });
});

describe('SQS', () => {
  const create = (QueueName: string, tags?: Record<string, string>) =>
    new CreateQueueCommand({ QueueName, tags, Attributes: { FifoQueue: 'true' } });
  const message = { MessageBody: 'hi', MessageGroupId: 'g', MessageDeduplicationId: 'd' };

  it('gives addresses in the account, which lead back here', async () => {
    const { sqs } = aws.as(allow('sqs:*', '*'));
    const { QueueUrl } = await sqs.send(create('addresses.fifo'));
    expect(QueueUrl).toBe(`${aws.url}/${ACCOUNT}/addresses.fifo`);
    await sqs.send(new SendMessageCommand({ QueueUrl, ...message }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    expect(Messages?.[0].Body).toBe('hi');
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'addr' }))).QueueUrls).toEqual([QueueUrl]);
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'addresses.fifo' }))).QueueUrl).toBe(QueueUrl);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  });

  it('denies as SQS does', async () => {
    const role = aws.as(allow('sqs:SendMessage', queueArn('mine-*')));
    const QueueUrl = `${aws.url}/${ACCOUNT}/theirs.fifo`;
    await expect(role.sqs.send(new SendMessageCommand({ QueueUrl, ...message }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: denied(role.name, 'sqs:SendMessage', queueArn('theirs.fifo')),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('judges a batch as the single operation', async () => {
    const { sqs } = aws.as(allow(['sqs:CreateQueue', 'sqs:SendMessage'], queueArn('batch*')));
    const { QueueUrl } = await sqs.send(create('batch.fifo'));
    const batch = new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', ...message }] });
    expect((await sqs.send(batch)).Successful).toHaveLength(1);
  });

  it('wants sqs:TagQueue for a queue made with tags', async () => {
    const role = aws.as(allow('sqs:CreateQueue', '*'));
    await role.sqs.send(create('untagged.fifo'));
    await expect(role.sqs.send(create('tagged.fifo', { a: 'b' }))).rejects.toThrow(
      denied(role.name, 'sqs:TagQueue', queueArn('tagged.fifo')),
    );
    const { sqs } = aws.as(allow(['sqs:CreateQueue', 'sqs:TagQueue'], '*'));
    const { QueueUrl } = await sqs.send(create('tagged.fifo', { a: 'b' }));
    const byTag = (value: string) =>
      allow('sqs:DeleteQueue', '*', { Condition: { StringEquals: { 'aws:ResourceTag/a': value } } });
    const remove = new DeleteQueueCommand({ QueueUrl });
    await expect(aws.as(byTag('x')).sqs.send(remove)).rejects.toThrow('not authorized');
    await aws.as(byTag('b')).sqs.send(remove);
  });

  it('wants ListQueues on every resource', async () => {
    const list = new ListQueuesCommand({});
    await expect(aws.as(allow('sqs:ListQueues', queueArn('*'))).sqs.send(list)).rejects.toThrow(
      'sqs:ListQueues on resource: *',
    );
    await aws.as(allow('sqs:ListQueues', '*')).sqs.send(list);
  });
});

describe('Lambda', () => {
  beforeAll(() =>
    aws.defineFunction('echo', 'export const handler = async (event) => event;', { 'mcp-server': 'orders' }),
  );
  const invoke = new InvokeCommand({ FunctionName: 'echo', Payload: '{"a":1}' });

  it('denies as Lambda does', async () => {
    const role = aws.as();
    await expect(role.lambda.send(invoke)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denied(role.name, 'lambda:InvokeFunction', functionArn('echo')),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('lets a role invoke by its own policy', async () => {
    const { Payload } = await aws.as(allow('lambda:InvokeFunction', functionArn('echo'))).lambda.send(invoke);
    expect(Payload?.transformToString()).toBe('{"a":1}');
  });

  it("lets a role invoke by the function's policy, as long as it is there", async () => {
    const role = aws.as();
    const owner = aws.as(allow('lambda:AddPermission', functionArn('echo')));
    await owner.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'echo',
        StatementId: 's1',
        Action: 'lambda:InvokeFunction',
        Principal: role.arn,
      }),
    );
    expect((await role.lambda.send(invoke)).StatusCode).toBe(200);
    aws.lambda.removePermission('echo', 's1');
    await expect(role.lambda.send(invoke)).rejects.toThrow('not authorized');
  });

  it("lets nobody invoke by the document's statement for lambda.amazonaws.com", async () => {
    const role = aws.as();
    aws.lambda.addPermission('echo', {
      StatementId: 'service',
      Action: 'lambda:InvokeFunction',
      Principal: 'lambda.amazonaws.com',
      SourceArn: functionArn('sse'),
    });
    await expect(role.lambda.send(invoke)).rejects.toThrow('not authorized');
  });

  it.each([
    [{ StringEquals: { 'lambda:Principal': 'arn:aws:iam::123456789012:role/Runtime' } }, true],
    [{ StringEquals: { 'lambda:Principal': 'arn:aws:iam::123456789012:role/Other' } }, false],
    [{ StringEquals: { 'aws:ResourceTag/mcp-server': 'orders' } }, true],
    [{ StringEquals: { 'aws:ResourceTag/mcp-server': 'billing' } }, false],
  ])('AddPermission under the condition %j: %s', async (Condition, allowed) => {
    const role = aws.as(allow('lambda:AddPermission', '*', { Condition }));
    const answer = role.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'echo',
        StatementId: role.name,
        Action: 'lambda:InvokeFunction',
        Principal: 'arn:aws:iam::123456789012:role/Runtime',
      }),
    );
    if (allowed) await expect(answer).resolves.toBeDefined();
    else await expect(answer).rejects.toThrow('lambda:AddPermission');
  });

  it('does not tell who may not ask that a function is not there', async () => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: 'nobody' });
    await expect(aws.as().lambda.send(command)).rejects.toThrow(`on resource: ${functionArn('nobody')}`);
    await expect(aws.as(allow('lambda:*', '*')).lambda.send(command)).rejects.toThrow('Function not found');
  });
});
