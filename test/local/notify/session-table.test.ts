import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSessionTable } from '../../../local/notify/session-table.js';

let stop: (() => void) | undefined;
let requestBody: string;
beforeEach(() => {
  requestBody = '';
});
afterEach(() => {
  delete process.env.AWS_ENDPOINT_URL_CLOUDFORMATION;
  stop?.();
});

/** Starts a server that returns this response, in place of CloudFormation. */
async function cloudFormation(status: number, body: string): Promise<void> {
  const server = createServer(async (request, response) => {
    for await (const chunk of request) requestBody += chunk;
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  process.env.AWS_ENDPOINT_URL_CLOUDFORMATION = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = () => server.close();
}

const credentials = async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' });
const query = { region: 'us-east-1', credentials };
const output = (key: string, value: string) => `
        <member>
          <OutputValue>${value}</OutputValue>
          <OutputKey>${key}</OutputKey>
        </member>`;
const stack = (...outputs: string[]) => `<?xml version="1.0"?>
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult><Stacks><member>
      <StackName>Orders</StackName>
      <Capabilities><member>CAPABILITY_IAM</member></Capabilities>
      <Outputs>${outputs.join('')}</Outputs>
  </member></Stacks></DescribeStacksResult>
</DescribeStacksResponse>`;

it('finds the table among the outputs', async () => {
  await cloudFormation(
    200,
    stack(output('McpUrl1234ABCD', 'https://x'), output('McpSessionTableName1234ABCD', 'Orders-T-1')),
  );
  expect(await findSessionTable('Orders', query)).toBe('Orders-T-1');
  expect(requestBody).toBe('Action=DescribeStacks&Version=2010-05-15&StackName=Orders');
});

it('rejects a stack without a session table, or with several', async () => {
  await cloudFormation(200, stack(output('McpUrl1234ABCD', 'https://x')));
  await expect(findSessionTable('Orders', query)).rejects.toThrow(/has no server with notifications: deploy one/);
  stop?.();
  await cloudFormation(
    200,
    stack(output('ASessionTableName1234ABCD', 't1'), output('BSessionTableName1234ABCD', 't2')),
  );
  await expect(findSessionTable('Orders', query)).rejects.toThrow(/--table: t1 \(ASession.*, t2 \(BSession/);
});

it('reports the error of CloudFormation', async () => {
  const error =
    '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id X does not exist</Message></Error></ErrorResponse>';
  await cloudFormation(400, error);
  await expect(findSessionTable('X', query)).rejects.toThrow('CloudFormation: Stack with id X does not exist');
});
