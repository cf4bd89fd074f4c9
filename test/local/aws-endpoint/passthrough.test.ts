import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionOf, mayAllow } from '../../../local/services/aws-endpoint/operation-access.js';
import { signForAws } from '../../../local/services/aws-endpoint/passthrough.js';
import type { Statement } from '../../../local/services/iam/policy.js';
import { verifySignature } from '../../../local/services/iam/sigv4.js';
import { allow, startEndpoint, type TestEndpoint } from './support.js';

/** A region that does not exist, so that the call fails with or without a network. */
const NOWHERE = 'test-nowhere-1';

let aws: TestEndpoint;
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIADEVELOPER';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  aws = await startEndpoint({ services: ['s3', 'states'] });
});
afterAll(() => aws.stop());

describe('--passthrough', () => {
  const read = (...statements: Statement[]) =>
    new S3Client({ ...aws.as(...statements).config, region: NOWHERE, forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: 'b', Key: 'k' }),
    );
  const start = (...statements: Statement[]) =>
    new SFNClient({ ...aws.as(...statements).config, region: NOWHERE }).send(
      new StartExecutionCommand({ stateMachineArn: 'arn' }),
    );
  const forwardedTo = (host: string) => ({
    name: 'ServiceUnavailable',
    message: expect.stringMatching(`^cannot connect to ${host}.${NOWHERE}.amazonaws.com: `),
  });

  it('forwards calls of the listed services to AWS', async () => {
    await expect(read(allow('s3:GetObject', 'arn:aws:s3:::b/*'))).rejects.toMatchObject(forwardedTo('s3'));
  });

  it('does not forward calls that the policies of the function do not allow', async () => {
    await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(read(allow('s3:GetObject', 'arn:aws:s3:::other/*'))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(start()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: states:StartExecution because'),
    });
    const denied = { ...allow('states:*', '*'), Effect: 'Deny' as const };
    await expect(start(allow('states:*', '*'), denied)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(start(allow('states:StopExecution', '*'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('checks the action of a service that is not emulated, and leaves the resource to AWS', async () => {
    await expect(start(allow('states:StartExecution', 'arn:aws:states:*:*:stateMachine:x'))).rejects.toMatchObject(
      forwardedTo('states'),
    );
    const other = { ...allow('states:*', 'arn:aws:states:*:*:stateMachine:y'), Effect: 'Deny' as const };
    await expect(start(allow('states:*', '*'), other)).rejects.toMatchObject(forwardedTo('states'));
  });

  it('does not forward calls of other services', async () => {
    const client = new CloudWatchClient({ ...aws.as(allow('*', '*')).config, region: NOWHERE });
    await expect(client.send(new ListMetricsCommand({}))).rejects.toMatchObject({ name: 'NotRunLocally' });
  });
});

describe('actionOf', () => {
  const request = (url: string, headers = {}, body = '') => ({ method: 'POST', url, headers, body: Buffer.from(body) });
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

  it.each([
    ['states', request('/', { 'x-amz-target': 'AWSStepFunctions.StartExecution' }), 'states:StartExecution'],
    ['monitoring', request('/', form, 'Action=PutMetricData&Version=1'), 'cloudwatch:PutMetricData'],
    ['bedrock', request('/model/anthropic.claude%3A0/converse'), 'bedrock:InvokeModel'],
    ['bedrock', request('/model/a/converse-stream'), 'bedrock:InvokeModelWithResponseStream'],
    ['bedrock', request('/model/a/constructor'), 'bedrock:*'],
    ['ses', request('/v2/email/outbound-emails'), 'ses:*'],
  ])('of %s returns the action of a request: %#', (service, incoming, action) => {
    expect(actionOf(service, incoming)).toBe(action);
  });

  it('allows an unknown operation to a caller that may use the service', () => {
    const caller = (Action: string) => ({
      arn: 'a',
      sessionArn: 'a',
      accountId: '1',
      policies: [{ Statement: [allow(Action, '*')] }],
    });
    expect(['ses:SendEmail', 'ses:*', '*', 's3:*'].map((action) => mayAllow(caller(action), 'ses:*'))).toEqual([
      true,
      true,
      true,
      false,
    ]);
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
