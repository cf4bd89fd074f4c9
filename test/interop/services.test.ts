import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner.js';
import { MiniStack } from './support/ministack';
import { venv } from './support/venv';

const ACCOUNT = '123456789012';
const directory = mkdtempSync(join(tmpdir(), 'services-'));
const notices: string[] = [];

/** An app with a function in Python that may call each service, and one without permissions. */
function synth(): string {
  const app = new App({ outdir: join(directory, 'cdk.out') });
  const stack = new Stack(app, 'Shop');
  const bucket = new s3.Bucket(stack, 'Bucket', { enforceSSL: true });
  const queue = new sqs.Queue(stack, 'Queue', {
    deadLetterQueue: { queue: new sqs.Queue(stack, 'Dead'), maxReceiveCount: 3 },
  });
  const subscribed = new sqs.Queue(stack, 'Subscribed');
  const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
  topic.addSubscription(new SqsSubscription(subscribed));
  const parameter = new ssm.StringParameter(stack, 'Parameter', {
    parameterName: '/shop/url',
    stringValue: 'https://shop',
  });
  const secret = new secretsmanager.Secret(stack, 'Secret', {
    generateSecretString: { secretStringTemplate: '{"user":"admin"}', generateStringKey: 'password' },
  });
  const bus = new events.EventBus(stack, 'Bus');
  const table = new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
  });
  const machine = sfn.StateMachine.fromStateMachineName(stack, 'Machine', 'pass');
  const python = (id: string) =>
    new lambda.Function(stack, id, {
      functionName: id,
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: 'services.handler',
      code: lambda.Code.fromAsset('test/interop/functions/python'),
      timeout: Duration.seconds(20),
      environment: {
        BUCKET: bucket.bucketName,
        QUEUE: queue.queueUrl,
        SUBSCRIBED: subscribed.queueUrl,
        TOPIC: topic.topicArn,
        PARAMETER: parameter.parameterName,
        SECRET: secret.secretArn,
        BUS: bus.eventBusName,
        TABLE: table.tableName,
        MACHINE: machine.stateMachineArn,
      },
    });
  const allowed = python('allowed');
  bucket.grantReadWrite(allowed);
  queue.grantSendMessages(allowed);
  queue.grantConsumeMessages(allowed);
  topic.grantPublish(allowed);
  subscribed.grantConsumeMessages(allowed);
  parameter.grantRead(allowed);
  secret.grantRead(allowed);
  bus.grantPutEventsTo(allowed);
  table.grant(allowed, 'dynamodb:*');
  python('denied');
  app.synth();
  return app.outdir;
}

async function start(
  endpoints: Record<string, string> = {},
): Promise<[Runner, (name: string, service: string) => Promise<any>]> {
  process.env.VIRTUAL_ENV = resolve(venv('functions'), '..');
  const onNotice = (text: string) => notices.push(text);
  const runner = await startRunner({ app: join(directory, 'cdk.out'), port: 0, endpoints, onNotice });
  const client = new LambdaClient({ endpoint: runner.awsEndpointUrl, region: 'us-east-1', credentials: runner.admin });
  return [
    runner,
    async (FunctionName, service) => {
      const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ service }) }));
      return JSON.parse(Payload!.transformToString());
    },
  ];
}

beforeAll(() => {
  synth();
});

describe('boto3 and the grants of the CDK', () => {
  let runner: Runner;
  let invoke: (name: string, service: string) => Promise<any>;
  beforeAll(async () => {
    [runner, invoke] = await start();
  });
  afterAll(() => runner?.close());

  test.each([
    ['sqs', 'grüß dich 🪔'],
    ['sns', [true, 'news', 'grüß dich 🪔']],
    ['ssm', 'https://shop'],
    ['secretsmanager', 'admin'],
    ['events', 0],
    ['dynamodb', 'ConditionalCheckFailed'],
  ])('call %s', async (service, result) => {
    expect(await invoke('allowed', service)).toEqual(result);
  });

  test('call s3, and sign URLs for downloads', async () => {
    const [keys, text, url] = await invoke('allowed', 's3');
    expect([keys, text]).toEqual([['a/2', 'a/ä 1'], 'text']);
    expect(await (await fetch(url)).text()).toBe('text');
  });

  test.each(['s3', 'sqs', 'sns', 'ssm', 'secretsmanager', 'events', 'dynamodb'])(
    'are denied for %s without a grant',
    async (service) => {
      const { code, message } = await invoke('denied', service);
      expect(code).toMatch(/^(AccessDenied(Exception)?|AuthorizationError)$/);
      expect(message).toContain('is not authorized to perform');
    },
  );

  test('name what the runner does not have', async () => {
    expect(await invoke('allowed', 'states')).toMatchObject({
      code: 'NotRunLocally',
      message: expect.stringContaining('--endpoint states=<URL> for an emulator'),
    });
    expect((await invoke('allowed', 'partiql')).message).toContain('--endpoint dynamodb=http://127.0.0.1:8000');
  });
});

describe('--endpoint, with MiniStack', () => {
  let emulator: MiniStack;
  let runner: Runner;
  let invoke: (name: string, service: string) => Promise<any>;
  beforeAll(async () => {
    emulator = await MiniStack.start({ auth: false });
    [runner, invoke] = await start({ states: emulator.endpoint, dynamodb: emulator.endpoint });
  });
  afterAll(async () => {
    await runner?.close();
    await emulator?.[Symbol.asyncDispose]();
  });

  test('runs a state machine of the account', async () => {
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
    const client = new SFNClient({ ...emulator.client, credentials });
    await client.send(
      new CreateStateMachineCommand({
        name: 'pass',
        definition: JSON.stringify({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } }),
        roleArn: `arn:aws:iam::${ACCOUNT}:role/states`,
      }),
    );
    expect(await invoke('allowed', 'states')).toEqual(['SUCCEEDED', { a: 1 }]);
  });

  test('has the tables of the app, with their permissions', async () => {
    expect(await invoke('allowed', 'partiql')).toEqual([{ pk: { S: 'p' } }]);
    expect(await invoke('allowed', 'dynamodb')).toBe('ConditionalCheckFailed');
    expect((await invoke('denied', 'dynamodb')).code).toBe('AccessDeniedException');
  });
});
