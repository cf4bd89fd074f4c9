import {
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbPermissions } from '../../../local/services/dynamodb/access.js';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

const TableName = 'accounts';
const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TableName}`;

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
  const definition = {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await aws.dynamoDb.createTable(definition, { partitionKey: 'id', tags: {} });
});
afterAll(() => aws.stop());

const key = (id: string) => ({ id: { S: id } });
const client = () => aws.as(allow('dynamodb:*', TABLE)).dynamoDb;
const put = (id: string, balance: number) =>
  client().send(new PutItemCommand({ TableName, Item: { ...key(id), balance: { N: String(balance) } } }));
const balance = async (id: string) =>
  (await client().send(new GetItemCommand({ TableName, Key: key(id) }))).Item?.balance?.N;
const add = (id: string, amount: number, minimum?: number): TransactWriteItem => ({
  Update: {
    TableName,
    Key: key(id),
    UpdateExpression: 'ADD balance :amount',
    ...(minimum !== undefined && { ConditionExpression: 'balance >= :minimum' }),
    ExpressionAttributeValues: {
      ':amount': { N: String(amount) },
      ...(minimum !== undefined && { ':minimum': { N: String(minimum) } }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});
const write = (items: TransactWriteItem[], ClientRequestToken?: string) =>
  client().send(new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken }));

describe('TransactWriteItems', () => {
  it('writes all items', async () => {
    await put('a', 10);
    await put('gone', 1);
    await write([
      add('a', -3, 3),
      {
        Put: {
          TableName: TABLE,
          Item: { ...key('b'), balance: { N: '3' } },
          ConditionExpression: 'attribute_not_exists(id)',
        },
      },
      { Delete: { TableName, Key: key('gone') } },
      { ConditionCheck: { TableName, Key: key('none'), ConditionExpression: 'attribute_not_exists(id)' } },
    ]);
    expect([await balance('a'), await balance('b'), await balance('gone')]).toEqual(['7', '3', undefined]);
    expect((await client().send(new GetItemCommand({ TableName, Key: key('none') }))).Item).toBeUndefined();
  });

  it('writes no item if a condition fails, and returns the reasons', async () => {
    await put('c', 1);
    await put('d', 1);
    const failed = write([add('c', 5), { Put: { TableName, Item: key('e') } }, add('d', -5, 5)]);
    await expect(failed).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, None, ConditionalCheckFailed]'),
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { ...key('d'), balance: { N: '1' } } },
      ],
    });
    expect([await balance('c'), await balance('d')]).toEqual(['1', '1']);
    expect((await client().send(new GetItemCommand({ TableName, Key: key('e') }))).Item).toBeUndefined();
  });

  it('is isolated from other calls', async () => {
    await put('x', 100);
    await put('y', 0);
    const transfers = Array.from({ length: 10 }, () => write([add('x', -10, 10), add('y', 10)]));
    const reads = Array.from({ length: 20 }, async () => {
      const Get = (id: string) => ({ Get: { TableName, Key: key(id) } });
      const command = new TransactGetItemsCommand({ TransactItems: [Get('x'), Get('y')] });
      const { Responses } = await client().send(command);
      return Responses!.reduce((sum, { Item }) => sum + Number(Item!.balance.N), 0);
    });
    expect(new Set(await Promise.all(reads))).toEqual(new Set([100]));
    await Promise.all(transfers);
    expect([await balance('x'), await balance('y')]).toEqual(['0', '100']);
  });

  it('executes a request token once', async () => {
    await put('t', 0);
    await write([add('t', 1)], 'token');
    await write([add('t', 1)], 'token');
    expect(await balance('t')).toBe('1');
    await expect(write([add('t', 2)], 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  });

  it.each([
    ['several actions on one item', [add('a', 1), add('a', 2)], 'multiple operations on one item'],
    ['an invalid expression', [{ Delete: { TableName, Key: key('a'), ConditionExpression: 'a ==' } }], 'Syntax error'],
  ])('rejects %s', async (_, items, message) => {
    await expect(write(items)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });

  it('requires the permission of each action', async () => {
    const { dynamoDb } = aws.as(allow('dynamodb:UpdateItem', TABLE));
    const items = [
      add('a', 1),
      { ConditionCheck: { TableName, Key: key('b'), ConditionExpression: 'attribute_exists(id)' } },
    ];
    const denied = dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: items }));
    await expect(denied).rejects.toThrow('dynamodb:ConditionCheckItem');
  });
});

describe('other calls', () => {
  it('return the item of a failed condition', async () => {
    await put('old', 4);
    const command = new UpdateItemCommand({
      TableName,
      Key: key('old'),
      ...add('old', -5, 5).Update,
      ReturnValues: 'NONE',
    });
    await expect(client().send(command)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { balance: { N: '4' } },
    });
  });

  it('with PartiQL name the server that has it', async () => {
    const command = new ExecuteStatementCommand({ Statement: 'SELECT * FROM accounts' });
    await expect(client().send(command)).rejects.toMatchObject({
      name: 'NotRunLocally',
      message:
        'dynamodb: ExecuteStatement (PartiQL) is not supported by the local runner; start DynamoDB Local, and the runner with --endpoint dynamodb=http://127.0.0.1:8000',
    });
  });

  it.each([
    ['SELECT * FROM "accounts"."by-owner" WHERE id = ?', 'dynamodb:PartiQLSelect', `${TABLE}/index/by-owner`],
    ["insert into accounts value {'id': 'a'}", 'dynamodb:PartiQLInsert', TABLE],
    ['UPDATE "accounts" SET a = 1', 'dynamodb:PartiQLUpdate', TABLE],
    ['DELETE FROM accounts WHERE id = 1', 'dynamodb:PartiQLDelete', TABLE],
  ])('with PartiQL require permissions: %s', (Statement, action, resource) => {
    const environment = { accountId: ACCOUNT, region: REGION };
    for (const [operation, body] of [
      ['ExecuteStatement', { Statement }],
      ['BatchExecuteStatement', { Statements: [{ Statement }] }],
    ] as const) {
      expect(dynamoDbPermissions(operation, body, environment, () => undefined)).toMatchObject([{ action, resource }]);
    }
  });
});
