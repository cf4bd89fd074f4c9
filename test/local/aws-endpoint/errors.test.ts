import { Sha256 } from '@aws-crypto/sha256-js';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CheckIfPhoneNumberIsOptedOutCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(() => aws.stop());

const unknownKey = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };

describe('unsupported calls', () => {
  const error = (service: string, action: string) =>
    `${service}: ${action} is not supported by the local runner; use --passthrough ${service} --profile <your AWS profile> to call ${service} on AWS, or --endpoint ${service}=<URL> for an emulator`;

  it('are rejected with service and action, in XML', async () => {
    const client = new S3Client({ ...aws.as(allow('*', '*')).config, forcePathStyle: true });
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'NotRunLocally',
      message: error('s3', 'GET /b/k'),
    });
  });

  it('are rejected with service and action, for the query protocol', async () => {
    const client = new SNSClient(aws.as(allow('*', '*')).config);
    const command = new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber: '+10000000' });
    const message = error('sns', 'CheckIfPhoneNumberIsOptedOut');
    await expect(client.send(command)).rejects.toMatchObject({ name: 'NotRunLocally', message });
    expect(aws.errors.at(-1)).toBe(`test: ${message}`);
  });

  it('include unsupported operations of an emulated service', async () => {
    const { lambda } = aws.as(allow('*', '*'));
    await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toThrow(
      error('lambda', 'GET /2015-03-31/functions'),
    );
  });
});

describe('unauthenticated calls', () => {
  it('are rejected with the error of the service for an unknown access key', async () => {
    const clients = aws.clientsFor(unknownKey);
    const get = new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } });
    await expect(clients.dynamoDb.send(get)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(clients.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('are rejected with a wrong secret or session token', async () => {
    const { credentials } = aws.as(allow('*', '*'));
    for (const wrong of [{ secretAccessKey: 'wrong' }, { sessionToken: 'wrong' }]) {
      const clients = aws.clientsFor({ ...credentials, ...wrong });
      const unknown = 'sessionToken' in wrong;
      const get = new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } });
      await expect(clients.dynamoDb.send(get)).rejects.toMatchObject({
        name: unknown ? 'UnrecognizedClientException' : 'InvalidSignatureException',
        $metadata: { httpStatusCode: 400 },
      });
      await expect(clients.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
        name: unknown ? 'InvalidClientTokenId' : 'SignatureDoesNotMatch',
      });
      await expect(clients.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
        name: unknown ? 'UnrecognizedClientException' : 'InvalidSignatureException',
        $metadata: { httpStatusCode: 403 },
      });
      const s3 = new S3Client({ ...clients.config, forcePathStyle: true });
      await expect(s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
        name: unknown ? 'InvalidAccessKeyId' : 'SignatureDoesNotMatch',
      });
    }
  });

  it('are rejected if the signature is older than five minutes, incomplete, or for another body', async () => {
    const { credentials } = aws.as(allow('*', '*'));
    const send = async (change: (headers: Record<string, string>) => object, body = '{}', age = 0) => {
      const signer = new SignatureV4({ service: 'dynamodb', region: REGION, credentials, sha256: Sha256 });
      const signed = await signer.sign(
        {
          method: 'POST',
          protocol: 'http:',
          hostname: '127.0.0.1',
          path: '/',
          headers: { host: new URL(aws.url).host, 'x-amz-target': 'DynamoDB_20120810.ListTables' },
          body: '{}',
        },
        { signingDate: new Date(Date.now() - age) },
      );
      const headers = { ...signed.headers, ...change(signed.headers) } as Record<string, string>;
      const text = await (await fetch(aws.url, { method: 'POST', headers, body })).text();
      return /"__type":"(\w+)"/.exec(text)?.[1];
    };
    const none = () => ({});
    expect(await send(none, '{}', 400_000)).toBe('InvalidSignatureException');
    expect(await send(none, '{"Limit":1}')).toBe('InvalidSignatureException');
    expect(await send(() => ({ 'x-amz-target': 'DynamoDB_20120810.DescribeTable' }))).toBe('InvalidSignatureException');
    const shortened = ({ authorization }: Record<string, string>) => ({
      authorization: authorization!.replace(/, Signature=.*/, ''),
    });
    expect(await send(shortened)).toBe('IncompleteSignatureException');
    expect(await send(none)).not.toBe('InvalidSignatureException');
  });

  it('are rejected without a signature', async () => {
    const response = await fetch(aws.url, { method: 'POST', body: '{}' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationToken' });
  });
});

describe('sts:GetCallerIdentity', () => {
  it('returns the session without any permission', async () => {
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
    const response = await (await fetch(aws.url, { method: 'POST', headers, body })).text();
    expect(response).toContain(`<Arn>arn:aws:sts::${ACCOUNT}:assumed-role/${role.name}/test</Arn>`);
    expect(response).toContain(`<Account>${ACCOUNT}</Account>`);
  });
});
