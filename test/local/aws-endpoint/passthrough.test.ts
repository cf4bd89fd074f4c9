import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signForAws } from '../../../local/services/aws-endpoint/passthrough.js';
import { verifySignature } from '../../../local/services/iam/sigv4.js';
import { startEndpoint, type TestEndpoint } from './support.js';

/** A region that does not exist, so that the call fails with or without a network. */
const NOWHERE = 'test-nowhere-1';

let aws: TestEndpoint;
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIADEVELOPER';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  aws = await startEndpoint({ services: ['s3'] });
});
afterAll(() => aws.stop());

describe('--passthrough', () => {
  it('forwards calls of the listed services to AWS without a permission check', async () => {
    const client = new S3Client({ ...aws.as().config, region: NOWHERE, forcePathStyle: true });
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringMatching(`^cannot connect to s3.${NOWHERE}.amazonaws.com: `),
    });
  });

  it('does not forward calls of other services', async () => {
    const client = new SFNClient({ ...aws.as().config, region: NOWHERE });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn: 'arn' }))).rejects.toMatchObject({
      name: 'NotRunLocally',
    });
  });
});

describe('signForAws', () => {
  const credentials = { accessKeyId: 'AKIADEVELOPER', secretAccessKey: 'secret' };
  const incoming = {
    method: 'POST',
    url: '/model/anthropic.claude%3A0/invoke?a=b%20c&list-type=2',
    headers: {
      host: '127.0.0.1:4000',
      authorization: 'AWS4-HMAC-SHA256 of a local key',
      'x-amz-date': '20200101T000000Z',
      'x-amz-security-token': 'a local token',
      'content-type': 'application/json',
    },
    body: Buffer.from('{"a":1}'),
  };

  it.each([
    ['bedrock', 'bedrock-runtime.eu-west-1.amazonaws.com'],
    ['s3', 's3.eu-west-1.amazonaws.com'],
    ['ses', 'email.eu-west-1.amazonaws.com'],
  ])('signs for %s at %s', async (service, host) => {
    const { headers } = await signForAws({ service, region: 'eu-west-1' }, incoming, credentials);
    expect(headers.host).toBe(host);
    expect(headers['x-amz-security-token']).toBeUndefined();
    const request = { method: 'POST', path: incoming.url, headers, body: incoming.body };
    const expected = { service, region: 'eu-west-1' };
    expect(await verifySignature(request, () => credentials, expected)).toMatchObject({ accessKeyId: 'AKIADEVELOPER' });
  });

  it('rejects chunked signatures', async () => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' };
    const signing = signForAws({ service: 's3', region: 'eu-west-1' }, { ...incoming, headers }, credentials);
    await expect(signing).rejects.toThrow('cannot pass through a request with a chunked signature');
  });
});
