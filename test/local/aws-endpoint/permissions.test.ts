import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
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

  it('executes calls with permission', async () => {
    const role = aws.as(allow(['dynamodb:PutItem', 'dynamodb:GetItem'], TABLE));
    await role.dynamoDb.send(new PutItemCommand({ TableName: 'things', Item: item }));
    expect((await role.dynamoDb.send(get)).Item).toEqual(item);
  });

  it('denies calls with the error of DynamoDB', async () => {
    const role = aws.as(allow('dynamodb:PutItem', TABLE));
    await expect(role.dynamoDb.send(get)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denied(role.name, 'dynamodb:GetItem', TABLE),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('logs the denial, with a remedy for a missing grant', async () => {
    const role = aws.as();
    await expect(role.dynamoDb.send(get)).rejects.toThrow();
    expect(aws.errors.at(-1)).toBe(
      `test: ${denied(role.name, 'dynamodb:GetItem', TABLE)}\n  a grant is missing in the app: table.grantReadData(fn)`,
    );
    const forbidden = aws.as({ ...allow('dynamodb:GetItem', TABLE), Effect: 'Deny' });
    await expect(forbidden.dynamoDb.send(get)).rejects.toThrow();
    expect(aws.errors.at(-1)).toMatch(/with an explicit deny in an identity-based policy$/);
  });

  it('requires permission for the index, not the table, to query an index', async () => {
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

  it('has separate actions for batches', async () => {
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
  ])('evaluates the leading keys of a %s', async (_, command, allowed) => {
    const role = aws.as(
      allow('dynamodb:*', TABLE, { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['mine'] } } }),
    );
    const response = role.dynamoDb.send(command as PutItemCommand);
    if (allowed) await expect(response).resolves.toBeDefined();
    else await expect(response).rejects.toThrow('not authorized');
  });

  it('evaluates the tags of tables', async () => {
    const when = (team: string) => ({ Condition: { StringEquals: { 'aws:ResourceTag/team': team } } });
    await aws.as(allow('dynamodb:GetItem', '*', when('mcp'))).dynamoDb.send(get);
    await expect(aws.as(allow('dynamodb:GetItem', '*', when('x'))).dynamoDb.send(get)).rejects.toThrow(
      'not authorized',
    );
  });

  it('returns table ARNs in the account, and accepts them as table names', async () => {
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

  it('returns queue URLs of the endpoint, with the account', async () => {
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

  it('denies calls with the error of SQS', async () => {
    const role = aws.as(allow('sqs:SendMessage', queueArn('mine-*')));
    const QueueUrl = `${aws.url}/${ACCOUNT}/theirs.fifo`;
    await expect(role.sqs.send(new SendMessageCommand({ QueueUrl, ...message }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: denied(role.name, 'sqs:SendMessage', queueArn('theirs.fifo')),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('requires the permission of the single operation for a batch', async () => {
    const { sqs } = aws.as(allow(['sqs:CreateQueue', 'sqs:SendMessage'], queueArn('batch*')));
    const { QueueUrl } = await sqs.send(create('batch.fifo'));
    const batch = new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', ...message }] });
    expect((await sqs.send(batch)).Successful).toHaveLength(1);
  });

  it('requires sqs:TagQueue to create a queue with tags', async () => {
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

  it('requires sqs:ListQueues on all resources', async () => {
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

  it('denies calls with the error of Lambda', async () => {
    const role = aws.as();
    await expect(role.lambda.send(invoke)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: denied(role.name, 'lambda:InvokeFunction', functionArn('echo')),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('allows a role to invoke by its identity-based policy', async () => {
    const { Payload } = await aws.as(allow('lambda:InvokeFunction', functionArn('echo'))).lambda.send(invoke);
    expect(Payload?.transformToString()).toBe('{"a":1}');
  });

  it('allows a role to invoke by the resource-based policy, until it is removed', async () => {
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

  it('does not allow a role to invoke by a statement for lambda.amazonaws.com', async () => {
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
  ])('evaluates the condition %j of AddPermission: %s', async (Condition, allowed) => {
    const role = aws.as(allow('lambda:AddPermission', '*', { Condition }));
    const response = role.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'echo',
        StatementId: role.name,
        Action: 'lambda:InvokeFunction',
        Principal: 'arn:aws:iam::123456789012:role/Runtime',
      }),
    );
    if (allowed) await expect(response).resolves.toBeDefined();
    else await expect(response).rejects.toThrow('lambda:AddPermission');
  });

  it.each([
    ['arn:aws:iam::123456789012:role/Runtime', true],
    ['arn:aws:iam::123456789012:role/Other', false],
    ['lambda.amazonaws.com', false],
    ['*', false],
  ])('evaluates lambda:Principal of the statement that RemovePermission removes: %s', async (Principal, allowed) => {
    const Condition = { StringEquals: { 'lambda:Principal': 'arn:aws:iam::123456789012:role/Runtime' } };
    const role = aws.as(allow('lambda:RemovePermission', '*', { Condition }));
    const statement = { StatementId: role.name, Action: 'lambda:InvokeFunction', Principal };
    aws.lambda.addPermission('echo', statement);
    const response = role.lambda.send(new RemovePermissionCommand({ FunctionName: 'echo', StatementId: role.name }));
    if (allowed) await expect(response).resolves.toBeDefined();
    else await expect(response).rejects.toThrow('lambda:RemovePermission');
  });

  it('denies RemovePermission of a statement that does not exist, if the policy requires its principal', async () => {
    const Condition = { StringEquals: { 'lambda:Principal': 'arn:aws:iam::123456789012:role/Runtime' } };
    const role = aws.as(allow('lambda:RemovePermission', '*', { Condition }));
    const command = new RemovePermissionCommand({ FunctionName: 'echo', StatementId: 'missing' });
    await expect(role.lambda.send(command)).rejects.toThrow('lambda:RemovePermission');
  });

  it('does not reveal to a caller without permission that a function does not exist', async () => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: 'missing' });
    await expect(aws.as().lambda.send(command)).rejects.toThrow(`on resource: ${functionArn('missing')}`);
    await expect(aws.as(allow('lambda:*', '*')).lambda.send(command)).rejects.toThrow('Function not found');
  });
});
