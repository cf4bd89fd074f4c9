// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceDefinition } from '../../../local/assembly/template.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

/** The code of a function, which calls one service with the SDK of the Lambda runtime. */
const assets = {
  s3: {
    'index.mjs': `
      import { CopyObjectCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
      const s3 = new S3Client();
      const { Bucket } = process.env;
      export const handler = async () => {
        await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
        await s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: Bucket + '/a' }));
        await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
        return (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents.map(({ Key }) => Key);
      };`,
  },
  sqs: {
    'index.mjs': `
      import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
      const sqs = new SQSClient();
      const { QueueUrl } = process.env;
      export const handler = async () => {
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hi 🚀' }));
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
        return Messages[0].Body;
      };`,
  },
  sns: {
    'index.mjs': `
      import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
      import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
      const { TopicArn, QueueUrl } = process.env;
      export const handler = async () => {
        await new SNSClient().send(new PublishCommand({ TopicArn, Message: 'news' }));
        const { Messages } = await new SQSClient().send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
        return Messages[0].Body;
      };`,
  },
  ssm: {
    'index.mjs': `
      import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
      export const handler = async () => {
        const { Parameters } = await new SSMClient().send(new GetParametersCommand({ Names: ['/shop/url', '/shop/outside'] }));
        return Parameters.map(({ Value }) => Value);
      };`,
  },
  secret: {
    'index.mjs': `
      import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
      export const handler = async () => {
        const get = async (SecretId) =>
          (await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }))).SecretString;
        return [JSON.parse(await get(process.env.SECRET_ARN)).user, await get('shop/outside')];
      };`,
  },
  events: {
    'index.mjs': `
      import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
      export const handler = async () => {
        const Entries = [{ EventBusName: process.env.BUS, Source: 'shop', DetailType: 'placed', Detail: '{"id":1}' }];
        return (await new EventBridgeClient().send(new PutEventsCommand({ Entries }))).FailedEntryCount;
      };`,
  },
  environment: { 'index.mjs': 'export const handler = () => process.env;' },
};

const att = (id: string, name = 'Arn') => ({ 'Fn::GetAtt': [id, name] });
const grant = (Action: string | string[], ...Resource: object[]) => ({ Effect: 'Allow', Action, Resource });
const parameterArn = (name: string) => ({
  'Fn::Sub': `arn:aws:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${name}`,
});
const Variables: Record<string, Record<string, unknown>> = {
  s3: { Bucket: { Ref: 'Bucket' } },
  sqs: { QueueUrl: { Ref: 'Queue' } },
  sns: { TopicArn: { Ref: 'Topic' }, QueueUrl: { Ref: 'Subscribed' } },
  secret: { SECRET_ARN: { Ref: 'Secret' } },
  events: { BUS: { Ref: 'Bus' } },
  environment: {
    QUEUE: att('Queue', 'QueueName'),
    TOPIC: att('Topic', 'TopicName'),
    OWN: { Ref: 'Url' },
    OUTSIDE: { Ref: 'OutsideParameter' },
    LIST: { 'Fn::Join': ['+', { Ref: 'ListParameter' }] },
    MISSING: { Ref: 'MissingParameter' },
    USER: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Secret' }, ':SecretString:user::}}']] },
    URL: '{{resolve:ssm:/shop/outside:1}}/path',
    KEY: '{{resolve:secretsmanager:shop/missing:SecretString:key::}}',
  },
};
const GRANTS: Record<string, object[]> = {
  s3: [
    grant(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], { 'Fn::Sub': '${Bucket.Arn}/*' }),
    grant('s3:ListBucket', att('Bucket')),
  ],
  sqs: [grant(['sqs:SendMessage', 'sqs:ReceiveMessage'], att('Queue'))],
  sns: [grant('sns:Publish', { Ref: 'Topic' }), grant('sqs:ReceiveMessage', att('Subscribed'))],
  ssm: [grant('ssm:GetParameters', parameterArn('/shop/url'), parameterArn('/shop/outside'))],
  secret: [
    grant(
      'secretsmanager:GetSecretValue',
      { Ref: 'Secret' },
      {
        'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:shop/outside-??????',
      },
    ),
  ],
  events: [grant('events:PutEvents', att('Bus'))],
  environment: [],
};

const resources: Record<string, ResourceDefinition> = {
  Bucket: { Type: 'AWS::S3::Bucket' },
  Dead: { Type: 'AWS::SQS::Queue' },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { VisibilityTimeout: 30, RedrivePolicy: { deadLetterTargetArn: att('Dead'), maxReceiveCount: 3 } },
  },
  Subscribed: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: false } },
  Policy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Subscribed' }],
      PolicyDocument: {
        Statement: {
          ...grant('sqs:SendMessage', att('Subscribed')),
          Principal: { Service: 'sns.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'Topic' } } },
        },
      },
    },
  },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: att('Subscribed'), RawMessageDelivery: true },
  },
  Trigger: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'lambda', Endpoint: att('sqsAllowed') },
  },
  Url: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: '/shop/url', Type: 'String', Value: { 'Fn::Sub': 'https://${Topic.TopicName}' } },
  },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { GenerateSecretString: { SecretStringTemplate: '{"user":"admin"}', GenerateStringKey: 'password' } },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  ...Object.fromEntries(
    Object.keys(GRANTS).flatMap((name) => {
      const more = { Environment: { Variables: Variables[name] ?? {} } };
      return [
        [`${name}Role`, role(...GRANTS[name])],
        [`${name}Allowed`, lambdaFunction(`${name}Role`, name, { ...more, FunctionName: name })],
        [`${name}Denied`, lambdaFunction('EmptyRole', name, { ...more, FunctionName: `${name}-denied` })],
      ];
    }),
  ),
  EmptyRole: role(),
};
const ssmParameter = (Default: string, type = 'String') => ({ Type: `AWS::SSM::Parameter::Value<${type}>`, Default });
const stacks = oneStack(resources, { assets });
Object.assign(stacks.Test.template, {
  Parameters: {
    BootstrapVersion: ssmParameter('/cdk-bootstrap/hnb659fds/version'),
    OutsideParameter: ssmParameter('/shop/outside'),
    ListParameter: ssmParameter('/shop/list', 'List<String>'),
    MissingParameter: ssmParameter('/shop/missing'),
  },
});

let app: RunningApp;
let lambda: LambdaClient;
beforeAll(async () => {
  const parameters = {
    'ssm:/shop/outside': 'https://outside.example',
    'ssm:/shop/list': 'a,b',
    'secretsmanager:shop/outside': 'token',
  };
  app = await runApp(stacks, { parameters });
  const { admin: credentials, awsEndpointUrl: endpoint } = app.runner;
  lambda = new LambdaClient({ credentials, endpoint, region: 'us-east-1' });
});
afterAll(() => app?.stop());

async function invoke(FunctionName: string): Promise<any> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Payload!.transformToString());
}

describe('functions', () => {
  it.each([
    ['s3', ['b']],
    ['sqs', 'hi 🚀'],
    ['sns', 'news'],
    ['ssm', ['https://news', 'https://outside.example']],
    ['secret', ['admin', 'token']],
    ['events', 0],
  ])('call %s with the permissions of their role', async (name, result) => {
    expect(await invoke(name)).toEqual(result);
  });

  it.each([
    ['s3', 's3:PutObject'],
    ['sqs', 'sqs:SendMessage'],
    ['sns', /sns:Publish/i],
    ['ssm', 'ssm:GetParameters'],
    ['secret', 'secretsmanager:GetSecretValue'],
    ['events', 'events:PutEvents'],
  ])('cannot call %s without permission', async (name, action) => {
    const { errorMessage } = await invoke(`${name}-denied`);
    expect(errorMessage).toMatch(/is not authorized to perform/);
    expect(errorMessage).toMatch(action);
  });

  it('get names, SSM parameters and secrets in their environment', async () => {
    expect(await invoke('environment')).toMatchObject({
      QUEUE: expect.stringMatching(/^Test-Queue-[0-9A-F]{12}$/),
      TOPIC: 'news',
      OWN: '/shop/url',
      OUTSIDE: 'https://outside.example',
      LIST: 'a+b',
      USER: 'admin',
      URL: 'https://outside.example/path',
    });
  });
});

describe('at start', () => {
  it('values that are missing are named, with the option that sets them, and not invented', async () => {
    expect(await invoke('environment')).toMatchObject({
      MISSING: '{{resolve:ssm:/shop/missing}}',
      KEY: '{{resolve:secretsmanager:shop/missing:SecretString:key::}}',
    });
    expect(app.notices).toEqual(
      expect.arrayContaining([
        'the SSM parameter /shop/missing has no value here: pass --parameters ssm:/shop/missing=<value>',
        'the secret shop/missing has no value here: pass --parameters secretsmanager:shop/missing=<value>',
      ]),
    );
  });

  it('values that only a policy names are missing, too', async () => {
    const reader = role(
      grant('ssm:GetParameter', parameterArn('/billing/url'), parameterArn('/plain')),
      grant('secretsmanager:GetSecretValue', {
        'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:billing/key-??????',
      }),
    );
    const other = await runApp(oneStack({ Reader: reader }));
    await other.stop();
    expect(other.notices).toEqual([
      'the secret billing/key has no value here: pass --parameters secretsmanager:billing/key=<value>',
      'the SSM parameter /billing/url has no value here: pass --parameters ssm:/billing/url=<value>',
      'the SSM parameter plain has no value here: pass --parameters ssm:plain=<value>',
    ]);
  });

  it('triggers are named', () => {
    expect(app.runner.notRun).toEqual([
      {
        path: 'Trigger',
        type: 'AWS::SNS::Subscription',
        reason: 'topics deliver to queues only here, not to lambda',
        remedy: 'call the function through its tool',
      },
    ]);
  });
});

describe('an update of the app', () => {
  it('keeps messages, objects and generated secrets, and deletes what was removed', async () => {
    const before = await invoke('secret');
    const changed = structuredClone(stacks);
    const { Properties } = changed.Test.template.Resources.Queue as { Properties: Record<string, unknown> };
    Properties.VisibilityTimeout = 10;
    delete (changed.Test.template.Resources as Record<string, unknown>).Subscription;
    await app.change(changed);
    expect(await invoke('sqs')).toBe('hi 🚀');
    expect(await invoke('secret')).toEqual(before);
    expect(await invoke('sns')).toMatchObject({ errorType: 'TypeError' }); // no message arrives
  });
});
