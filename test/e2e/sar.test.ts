import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Template } from '../../local/assembly/template';
import { type Runner, startRunner } from '../../local/runner';
import { signedFetch } from './support/signed';
import { until } from './support/until';

let template: string;
beforeAll(() => {
  const directory = join(mkdtempSync(join(tmpdir(), 'sar-e2e-')), 'sar');
  execFileSync(resolve('node_modules/.bin/tsx'), ['sar/app.ts', directory], { stdio: ['ignore', 'ignore', 'pipe'] });
  template = join(directory, 'template.json');
});

/** Adds a function with the opt-in tag to the application, and outputs its policies to create credentials from. */
function withFunction(application: Template): Template {
  const { Resources, Outputs } = application;
  const document = (id: string) => ({
    Value: { 'Fn::ToJsonString': Resources[id].Properties?.PolicyDocument },
  });
  const AssumeRolePolicyDocument = {
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
  };
  return {
    ...application,
    Resources: {
      GreetRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument } },
      Greet: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { ZipFile: "exports.handler = async ({ name }) => 'Hello, ' + name;" },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: { 'Fn::GetAtt': ['GreetRole', 'Arn'] },
          Tags: [{ Key: 'mcp-server', Value: 'prod' }],
        },
      },
      ...Resources, // after the function, so that they are deleted before it
    },
    Outputs: {
      ...Outputs,
      GreetArn: { Value: { 'Fn::GetAtt': ['Greet', 'Arn'] } },
      ConnectDocument: document('ConnectPolicy7472FE83'),
      RegisterDocument: document('RegisterPolicy04ECA54A'),
    },
  };
}

/** Connects a client that signs its requests with the given credentials. */
async function connect(url: URL, keys: Parameters<typeof signedFetch>[0]): Promise<Client> {
  const signer = signedFetch(keys);
  const client = new Client({ name: 'sar', version: '1.0.0' });
  await client.connect(
    new StreamableHTTPClientTransport(url, {
      fetch: async (input, { method = 'GET', body, headers, signal } = {}) => {
        const plain = Object.fromEntries(new Headers(headers));
        const signed = await signer.headers(method, new URL(input), body as string | undefined, plain);
        return fetch(input, { method, body, signal, headers: signed });
      },
    }),
  );
  return client;
}

const VPC = { VpcEnabled: 'true', VpcId: 'vpc-01234567', SubnetIds: 'subnet-01234567,subnet-89abcdef' };

describe.each([
  ['without a VPC', {}],
  ['in a VPC', VPC],
])('the application, %s', (_, network) => {
  test('registers, serves and removes a tool, and retains only data on deletion', async () => {
    const runner: Runner = await startRunner({
      app: template,
      parameters: { StackIdentifier: 'prod', ...network },
      port: 0,
      enforceAuth: true,
      modifyTemplate: withFunction,
    });
    try {
      const outputs = runner.outputs.sar as Record<string, string>;
      const keys = (name: string) => runner.issueCredentials(name, [JSON.parse(outputs[`${name}Document`])]);
      const admin = signedFetch(keys('Register'));
      const register = new URL(outputs.RegistrationUrl);
      const tool = {
        type: 'tool',
        name: 'greet',
        description: 'Greets a person',
        lambdaArn: outputs.GreetArn,
        parameters: { name: 'string' },
      };
      expect((await signedFetch(keys('Connect')).fetch('GET', register)).status).toBe(403);
      const created = await admin.fetch('POST', register, JSON.stringify(tool));
      expect(created.status).toBe(201);
      expect(runner.functionPolicy(outputs.GreetArn)).toMatchObject([{ Principal: { AWS: outputs.RuntimeRoleArn } }]);

      const client = await connect(new URL(outputs.McpUrl), keys('Connect'));
      expect(client.getServerVersion()?.name).toBe('prod');
      expect(await client.callTool({ name: 'greet', arguments: { name: 'Ada' } })).toMatchObject({
        content: [{ text: 'Hello, Ada' }],
      });

      const { id } = (await created.json()) as { id: string };
      expect((await admin.fetch('DELETE', new URL(`${register}/${id}`))).status).toBe(204);
      await until('the removal of the tool', async () => (await client.listTools()).tools.length === 0);
      await client.close();
      expect(runner.functionPolicy(outputs.GreetArn)).toEqual([]);

      const again = await admin.fetch('POST', register, JSON.stringify(tool));
      expect(again.status).toBe(201);
      const statements: number[] = [];
      const retained = await runner.destroy((type) => {
        if (type === 'AWS::CloudFormation::CustomResource') {
          statements.push(runner.functionPolicy(outputs.GreetArn).length);
        }
      });
      expect(statements).toEqual([0]); // the lifecycle resource ran under its generic type
      expect(retained).toEqual(['McpRegistryTable52F56A52']);
    } finally {
      await runner.close();
    }
  });
});
