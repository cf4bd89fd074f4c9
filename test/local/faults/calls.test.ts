import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Faults, type InjectedFault } from '../../../local/services/faults/faults.js';
import { parseFaults } from '../../../local/services/faults/file.js';
import { allow, startEndpoint, type TestEndpoint } from '../aws-endpoint/support.js';

/** The faults of the running test. */
let current: Faults | undefined;
let injected: InjectedFault[] = [];
const delegate = {
  call: (...args: Parameters<Faults['call']>) => (current ? current.call(...args) : args[2](args[1])),
} as Faults;

function use(faults: object[], seed = 1): void {
  injected = [];
  current = new Faults(parseFaults(JSON.stringify({ seed, faults })), {
    pathOf: (name) => (name === 'test' ? 'Shop/Mcp/HttpFunction' : name),
    onFault: (fault) => injected.push(fault),
  });
  current.enabled = true;
}

let aws: TestEndpoint;
let client: ReturnType<TestEndpoint['as']>;
beforeAll(async () => {
  aws = await startEndpoint(undefined, undefined, delegate);
  await aws.dynamoDb.createTable(
    {
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    { partitionKey: 'id', tags: {} },
  );
  await aws.s3.putBucket('files');
  aws.defineFunction('lookup', 'let calls = 0; export const handler = async () => ++calls;');
  client = aws.as(allow('*', '*'));
});
afterAll(() => aws.stop());
beforeEach(() => {
  current = undefined;
});

let ids = 0;
const item = () => ({ TableName: 'orders', Item: { id: { S: `item-${++ids}` } } });
const put = (input = item()) => client.dynamoDb.send(new PutItemCommand(input));
/** Whether the item was stored. */
async function stored({ Item }: ReturnType<typeof item>): Promise<boolean> {
  current = undefined;
  return (await client.dynamoDb.send(new GetItemCommand({ TableName: 'orders', Key: Item }))).Item !== undefined;
}
/** Ends a call as a time limit of the client would. */
const limited = <T>(send: (options: { abortSignal: AbortSignal }) => Promise<T>) =>
  send({ abortSignal: AbortSignal.timeout(300) });

describe('faults of AWS calls', () => {
  it('throttle with the error of the service, which does not act', async () => {
    use([{ type: 'throttle', service: 'dynamodb' }]);
    const input = item();
    await expect(put(input)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(await stored(input)).toBe(false);
    use([{ type: 'throttle', service: 'lambda' }]);
    await expect(client.lambda.send(new InvokeCommand({ FunctionName: 'lookup' }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
  });

  it.each(['before', 'after'] as const)('answer with an error %s the effect', async (when) => {
    use([{ type: 'error', service: 'dynamodb', operation: 'PutItem', when }]);
    const input = item();
    await expect(put(input)).rejects.toMatchObject({
      name: 'InternalServerError',
      $metadata: { httpStatusCode: 500 },
    });
    expect(await stored(input)).toBe(when === 'after');
  });

  it('answer with the error of the file', async () => {
    use([{ type: 'error', service: 'sqs', code: 'ServiceUnavailable', status: 503, message: 'down' }]);
    await expect(client.sqs.send(new CreateQueueCommand({ QueueName: 'q' }))).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: 'down',
      $metadata: { httpStatusCode: 503 },
    });
  });

  it.each(['before', 'after'] as const)('reset the connection %s the effect', async (when) => {
    use([{ type: 'reset', service: 'dynamodb', when }]);
    const input = item();
    await expect(put(input)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await stored(input)).toBe(when === 'after');
  });

  it.each(['before', 'after'] as const)('never answer, %s the effect', async (when) => {
    use([{ type: 'noAnswer', service: 'dynamodb', when }]);
    const input = item();
    await expect(limited((o) => client.dynamoDb.send(new PutItemCommand(input), o))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await stored(input)).toBe(when === 'after');
  });

  it.each(['before', 'after'] as const)('delay %s the effect', async (when) => {
    use([{ type: 'delay', service: 'dynamodb', when, milliseconds: 50 }]);
    const input = item();
    await put(input);
    expect(await stored(input)).toBe(true);
    use([{ type: 'delay', service: 'dynamodb', when, milliseconds: 600_000 }]);
    const other = item();
    await expect(limited((o) => client.dynamoDb.send(new PutItemCommand(other), o))).rejects.toThrow();
    expect(await stored(other)).toBe(when === 'after');
  });

  it('deliver messages twice', async () => {
    const { QueueUrl } = await client.sqs.send(new CreateQueueCommand({ QueueName: 'twice' }));
    const received = async () => {
      const { Messages = [] } = await client.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      return Messages.map(({ Body }) => Body);
    };
    use([{ type: 'duplicate', service: 'sqs', operation: 'SendMessage' }]);
    await client.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
    expect(await received()).toEqual(['a', 'a']);
    use([{ type: 'duplicate', service: 'sqs', operation: 'ReceiveMessage', times: 1 }]);
    await client.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }));
    expect([await received(), await received(), await received()]).toEqual([['b'], ['b'], []]);
  });

  it('know the operations of REST services', async () => {
    const s3 = new S3Client({ ...client.config, forcePathStyle: true });
    use([{ type: 'error', service: 's3', operation: 'GetObject' }]);
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'a', Body: 'text' }));
    await expect(s3.send(new GetObjectCommand({ Bucket: 'files', Key: 'a' }))).rejects.toMatchObject({
      name: 'InternalError',
    });
    use([{ type: 'reset', service: 'lambda', operation: 'Invoke', when: 'after', times: 1 }]);
    const invoke = () => client.lambda.send(new InvokeCommand({ FunctionName: 'lookup' }));
    await expect(invoke()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await invoke()).Payload?.transformToString()).toBe('2');
  });

  it('select by caller, by construct path or name', async () => {
    for (const caller of ['*/HttpFunction', 'Shop/Mcp/HttpFunction', 'test', ['other', 'te*']]) {
      use([{ type: 'throttle', service: '*', caller }]);
      await expect(put(), String(caller)).rejects.toThrow();
    }
    use([{ type: 'throttle', service: '*', caller: 'HttpFunction' }]);
    await put();
    expect(injected).toEqual([]);
  });

  it('repeat with the same seed, and differ with another', async () => {
    const outcomes = async (seed: number) => {
      use([{ type: 'throttle', service: 'dynamodb', share: 0.5 }], seed);
      const results: boolean[] = [];
      for (let n = 0; n < 40; n++) {
        results.push(
          await put().then(
            () => true,
            () => false,
          ),
        );
      }
      return results;
    };
    const first = await outcomes(7);
    expect(await outcomes(7)).toEqual(first);
    expect(await outcomes(8)).not.toEqual(first);
    expect(new Set(first).size).toBe(2);
  });

  it('apply in the order of the file, as often as it says, and report what happened', async () => {
    use([
      { type: 'throttle', service: 'dynamodb', times: 1 },
      { type: 'error', service: 'dynamodb', times: 1 },
    ]);
    await expect(put()).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(put()).rejects.toMatchObject({ name: 'InternalServerError' });
    await put();
    expect(injected.map(({ fault, target }) => [fault.type, target])).toEqual([
      ['throttle', 'dynamodb:PutItem of Shop/Mcp/HttpFunction'],
      ['error', 'dynamodb:PutItem of Shop/Mcp/HttpFunction'],
    ]);
  });

  it('leave calls without permission denied', async () => {
    use([{ type: 'throttle', service: '*' }]);
    const denied = aws.as(allow('sqs:*', '*'));
    await expect(denied.dynamoDb.send(new PutItemCommand(item()))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
