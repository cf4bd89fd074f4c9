// Handlers of the stack that `npm run verify:aws` deploys.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const echo = async ({ message }) => message;

export const page = async ({ uri }) => `the page ${uri}`;

/** Streams `count` progress messages, pausing before each, then a result. */
export const steps = awslambda.streamifyResponse(async ({ count, pauseMs }, out) => {
  for (let n = 1; n <= count; n += 1) {
    await sleep(pauseMs);
    out.write(`${JSON.stringify({ progress: { progress: n, total: count } })}\n`);
  }
  out.end(`${JSON.stringify({ result: 'done' })}\n`);
});

/** Streams a text of the given length. */
export const bulk = awslambda.streamifyResponse(async ({ characters }, out) => {
  for (let left = characters; left > 0; left -= 100_000) {
    if (!out.write('x'.repeat(Math.min(left, 100_000)))) await new Promise((resolve) => out.once('drain', resolve));
  }
  out.end();
});

/** Requests `rounds` continuations, a second apart, and logs each call. */
export const watch = async ({ params: { arguments: given, requestState = '0' } }) => {
  const round = Number(requestState);
  console.log(`round ${given.run} ${round}`);
  if (round >= given.rounds) return `done after ${round} rounds`;
  return { resultType: 'task', requestState: String(round + 1), pollIntervalMs: 1_000 };
};

/** Publishes a resource update with the two writes of the notifications guide. */
export const publish = async ({ uri }) => {
  const { DynamoDBClient, PutItemCommand, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
  const dynamoDb = new DynamoDBClient();
  const TableName = process.env.SESSION_TABLE;
  const now = Date.now();
  const Item = {
    pk: { S: 'events' },
    sk: { S: `${now}-${randomUUID()}` },
    uri: { S: uri },
    expiresAt: { N: String(Math.ceil(now / 1000) + 900) },
  };
  await dynamoDb.send(new PutItemCommand({ TableName, Item }));
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'events' }, sk: { S: 'counter' } },
      UpdateExpression: 'ADD published :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  return 'published';
};

/** Tries to write an item that is not an event. Runs with the role of `publish`. */
export const forge = async () => {
  const { DynamoDBClient, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  const Item = { pk: { S: 'sse' }, sk: { S: 'forged' }, expiresAt: { N: '1' } };
  await new DynamoDBClient().send(new PutItemCommand({ TableName: process.env.SESSION_TABLE, Item }));
  return 'written';
};

/** Tries to remove a permission from a function. Returns `removed` or the name of the error. */
export const removePermission = async ({ functionName, statementId }) => {
  const { LambdaClient, RemovePermissionCommand } = await import('@aws-sdk/client-lambda');
  try {
    await new LambdaClient().send(
      new RemovePermissionCommand({ FunctionName: functionName, StatementId: statementId }),
    );
    return 'removed';
  } catch (error) {
    return error.name;
  }
};

/** Tries to add a permission to a function. Returns `added` or the name of the error. Runs with the Registration function's role. */
export const addPermission = async ({ functionName, principal, statementId }) => {
  const { LambdaClient, AddPermissionCommand, RemovePermissionCommand } = await import('@aws-sdk/client-lambda');
  const lambda = new LambdaClient();
  try {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: functionName,
        Principal: principal,
        StatementId: statementId,
        Action: 'lambda:InvokeFunction',
      }),
    );
  } catch (error) {
    return error.name;
  }
  await lambda.send(new RemovePermissionCommand({ FunctionName: functionName, StatementId: statementId }));
  return 'added';
};
