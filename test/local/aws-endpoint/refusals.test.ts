import { Sha256 } from '@aws-crypto/sha256-js';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(() => aws.stop());

const strangers = { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x' };

describe('calls of services that are not here', () => {
  const advice = (service: string) =>
    `--passthrough ${service} --profile <your AWS profile> sends the calls of ${service} to AWS`;

  it('name service and action, in XML', async () => {
    const client = new S3Client({ ...aws.as(allow('*', '*')).config, forcePathStyle: true });
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'NotRunLocally',
      message: `s3: GET /b/k is not run here; ${advice('s3')}`,
    });
  });

  it('name service and action, from a form', async () => {
    const client = new SNSClient(aws.as(allow('*', '*')).config);
    await expect(client.send(new PublishCommand({ TopicArn: 'arn', Message: 'm' }))).rejects.toMatchObject({
      name: 'NotRunLocally',
      message: `sns: Publish is not run here; ${advice('sns')}`,
    });
    expect(aws.refusals.at(-1)).toBe(`test: sns: Publish is not run here; ${advice('sns')}`);
  });

  it('name operations that a service has only on AWS', async () => {
    const { lambda } = aws.as(allow('*', '*'));
    await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toThrow(
      'lambda: GET /2015-03-31/functions is not run here',
    );
  });
});

describe('keys that nobody has', () => {
  it('are refused by each service in its own words', async () => {
    const clients = aws.clientsFor(strangers);
    const get = new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } });
    await expect(clients.dynamoDb.send(get)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(clients.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('are refused without a signature', async () => {
    const response = await fetch(aws.url, { method: 'POST', body: '{}' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationToken' });
  });
});

describe('sts:GetCallerIdentity', () => {
  it('names the session, without any permission', async () => {
    const role = aws.as();
    const signer = new SignatureV4({ service: 'sts', region: REGION, credentials: role.credentials, sha256: Sha256 });
    const { host } = new URL(aws.url);
    const { headers, body } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    const answer = await (await fetch(aws.url, { method: 'POST', headers, body })).text();
    expect(answer).toContain(`<Arn>arn:aws:sts::${ACCOUNT}:assumed-role/${role.name}/test</Arn>`);
    expect(answer).toContain(`<Account>${ACCOUNT}</Account>`);
  });
});
