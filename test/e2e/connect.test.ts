import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fixture, startFixture } from './support/fixture';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ enforceAuth: true });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Connects a client that starts `mcp-lambda connect` with the given AWS credentials, like Claude Code. */
async function connect({
  accessKeyId,
  secretAccessKey,
}: {
  accessKeyId: string;
  secretAccessKey: string;
}): Promise<Client> {
  const client = new Client({ name: 'stdio', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['bin/mcp-lambda', 'connect', fixture.mcpUrl.href, '--region', 'us-east-1'],
      env: { PATH: process.env.PATH!, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      stderr: 'ignore',
    }),
  );
  return client;
}

test('signs requests with the user’s credentials', async () => {
  const Statement = [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: '*' }];
  const client = await connect(fixture.runner.issueCredentials('user', [{ Version: '2012-10-17', Statement }]));
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
  expect(await client.callTool({ name: 'echo', arguments: { message: 'signed' } })).toMatchObject({
    content: [{ text: 'signed' }],
  });
  await client.close();
});

test('reports why a caller without the grant is denied', async () => {
  await expect(connect(fixture.runner.issueCredentials('ungranted', []))).rejects.toThrow(
    /403|not authorized|Forbidden/i,
  );
});
