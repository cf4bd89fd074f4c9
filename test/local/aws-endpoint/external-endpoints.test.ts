import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestSigner } from '../../../local/request-signer.js';
import { verifySignature } from '../../../local/services/iam/sigv4.js';
import { ACCOUNT, REGION, startEndpoint, type TestEndpoint } from './support.js';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let emulator: Server;
let aws: TestEndpoint;
const received: Received[] = [];
beforeAll(async () => {
  emulator = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const body = JSON.stringify({ executionArn: 'arn', startDate: 1 });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  });
  await new Promise<void>((resolve) => emulator.listen(0, '127.0.0.1', resolve));
  const { port } = emulator.address() as AddressInfo;
  aws = await startEndpoint(undefined, { states: `http://127.0.0.1:${port}/`, bedrock: 'http://127.0.0.1:1' });
});
afterAll(async () => {
  await aws.stop();
  emulator.close();
});

const start = (region = REGION) =>
  new SFNClient({ ...aws.as().config, region }).send(
    new StartExecutionCommand({ stateMachineArn: 'machine', input: '{"a":1}' }),
  );

describe('--endpoint', () => {
  it('forwards calls, signed for the account of the app', async () => {
    expect((await start()).executionArn).toBe('arn');
    const [{ path, headers, body }] = received;
    expect(JSON.parse(body)).toEqual({ stateMachineArn: 'machine', input: '{"a":1}' });
    expect(headers).toMatchObject({ 'x-amz-target': 'AWSStepFunctions.StartExecution' });
    expect(headers['x-amz-security-token']).toBeUndefined();
    const request = { method: 'POST', path, headers, body: Buffer.from(body) };
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
    const authorization = await verifySignature(request, () => credentials, { service: 'states', region: REGION });
    expect(authorization.accessKeyId).toBe(ACCOUNT);
  });

  it('names the URL of an emulator that does not run', async () => {
    const url = new URL(`${aws.url}/model/m/invoke`);
    const credentials = async () => aws.as().credentials;
    const sign = requestSigner(url, { service: 'bedrock', region: REGION, credentials });
    const response = await fetch(url, { method: 'POST', headers: await sign('POST', {}, '{}'), body: '{}' });
    const { message } = (await response.json()) as { message: string };
    expect([response.status, message]).toEqual([
      503,
      expect.stringMatching(/^cannot connect to http:\/\/127\.0\.0\.1:1, the endpoint of bedrock: /),
    ]);
  });
});
