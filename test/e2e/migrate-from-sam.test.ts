/** docs/guides/migrate-from-sam: migrates stored registrations and functions of mcp-lambda-sam. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policy } from '../support/iam-policies';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

const GUIDE = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'migrate-from-sam');
const TABLE = 'default-mcp-registrations';

/** A function for mcp-lambda-sam: takes `{ args, extra }` or `{ action, … }`, returns `{ statusCode, body }` with an MCP result. */
const OLD_FUNCTION = `
const old = async ({ args, action, uri, variables, extra }) => {
  if (action === 'list') return { statusCode: 200, body: { resources: [{ uri: 'doc://1', name: 'One' }] } };
  if (action === 'read') return { statusCode: 200, body: { contents: [{ uri, text: 'page ' + variables.id }] } };
  if (args.tone) return { statusCode: 200, body: { messages: [{ role: 'user', content: { type: 'text', text: args.tone } }] } };
  return { statusCode: 200, body: { content: [{ type: 'text', text: JSON.stringify({ args, extra }) }] } };
};
import { fromSam } from './from-sam.mjs';
export const handler = fromSam(old);
`;

let fixture: Fixture;
let functionArn: string;
let env: Record<string, string>;
let dynamoDb: DynamoDBClient;
beforeAll(async () => {
  const code = mkdtempSync(join(tmpdir(), 'from-sam-'));
  copyFileSync(join(GUIDE, 'from-sam.mjs'), join(code, 'from-sam.mjs'));
  writeFileSync(join(code, 'index.mjs'), OLD_FUNCTION);
  fixture = await startFixture({
    extend: ({ stack }) => {
      const old = new lambda.Function(stack, 'OldTool', {
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(code),
      });
      Tags.of(old).add('mcp-server', 'e2e');
    },
  });
  functionArn = fixture.runner.functions.find(({ tags }) => tags['mcp-server'])!.arn;

  const [, , , Region, Account] = functionArn.split(':');
  const values = { Partition: 'aws', Region, Account, ApiId: '*' };
  const { accessKeyId, secretAccessKey } = fixture.runner.issueCredentials('migrator', [policy('register', values)]);
  env = {
    AWS_REGION: Region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: fixture.runner.dynamoDbUrl, // bypasses policy evaluation, because the old table is not in the template
  };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  dynamoDb = new DynamoDBClient({ endpoint: fixture.runner.dynamoDbUrl, region: Region, credentials });
  await fillTable();
});
afterAll(async () => {
  dynamoDb?.destroy();
  await fixture?.[Symbol.asyncDispose]();
});

/** Creates the table of mcp-lambda-sam with an item of each type, in the form of its Registration function. */
async function fillTable(): Promise<void> {
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const put = (type: string, name: string, parameters: object) => putItem(type, name, JSON.stringify(parameters));
  await put('tool', 'search', {
    query: 'string',
    limit: { type: 'number', optional: true },
    tags: { type: 'array', optional: true },
    place: { type: 'object', properties: { city: { type: 'string', enum: ['Oslo'] } }, optional: true },
  });
  await put('tool', 'schema', { type: 'object', properties: { n: { type: 'integer' } } });
  await put('tool', 'with a space', { query: 'string' });
  await put('prompt', 'reply', { tone: 'string', words: { type: 'number', optional: true } });
  await put('resource', 'pages', { uriTemplate: 'doc://{id}' });
}

function putItem(type: string, name: string, parameters: string) {
  const item = { id: `${type}-${name}`, type, name, description: `The ${name}`, lambdaArn: functionArn, parameters };
  return dynamoDb.send(new PutItemCommand({ TableName: TABLE, Item: marshall(item) }));
}

/** Runs the script and returns its exit code and output. */
async function migrate(...options: string[]) {
  const script = join(GUIDE, 'registrations.mjs');
  const args = [script, '--from', TABLE, '--to', String(fixture.registerUrl), ...options];
  return promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

const lines = (text: string) => text.trim().split('\n').sort();

test('a dry run prints the registrations without creating them', async () => {
  const { code, stdout, stderr } = await migrate('--dry-run');
  expect(code).toBe(0);
  const bodies = lines(stdout).map((line) => JSON.parse(line));
  expect(bodies.find(({ name }) => name === 'search')).toEqual({
    type: 'tool',
    name: 'search',
    description: 'The search',
    lambdaArn: functionArn,
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string' },
        limit: { type: 'number' },
        tags: { type: 'array' },
        place: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
          additionalProperties: false,
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
  });
  expect(lines(stderr)).toEqual([
    'prompt-reply: words: was a number, and is text now, as all arguments of prompts are',
    'tool-search: city: enum had no effect and is left out: write it into inputSchema if it should',
  ]);
  expect((await fetch(`${fixture.registerUrl}/tool-search`)).status).toBe(404);
});

test('registers valid items, reports invalid ones, and can run again', async () => {
  const first = await migrate();
  expect(first.code).toBe(1);
  expect(lines(first.stdout)).toEqual([
    'prompt-reply: registered',
    'resource-pages: registered',
    'tool-schema: registered',
    'tool-search: registered',
  ]);
  expect(first.stderr).toMatch(/tool-with a space: 400 .*\/name/);
  expect(lines((await migrate()).stdout)).toContain('tool-search: is there already');
});

test('reports an item that cannot be converted and continues with the others', async () => {
  const expected = lines((await migrate('--dry-run')).stdout);
  await putItem('tool', 'cut-off', '{"query": ');
  await putItem('prompt', 'empty', 'null');
  const { code, stdout, stderr } = await migrate('--dry-run');
  expect(code).toBe(1);
  expect(stderr).toContain('tool-cut-off: its parameters cannot be converted: Unexpected end of JSON input\n');
  expect(stderr).toContain('prompt-empty: its parameters cannot be converted: ');
  expect(lines(stdout)).toEqual(expected);
});

test('the old function works with the new server', async () => {
  const client = await httpClient(fixture);
  const { content } = await client.callTool({ name: 'search', arguments: { query: 'lamps' } });
  const [{ text }] = content as [{ text: string }];
  expect(JSON.parse(text)).toEqual({ args: { query: 'lamps' }, extra: { signal: {}, sessionId: expect.any(String) } });
  const prompt = await client.getPrompt({ name: 'reply', arguments: { tone: 'brief' } });
  expect(prompt.messages).toEqual([{ role: 'user', content: { type: 'text', text: 'brief' } }]);
  const { resources } = await client.listResources();
  expect(resources).toContainEqual({ uri: 'doc://1', name: 'One' });
  const { contents } = await client.readResource({ uri: 'doc://7' });
  expect(contents).toMatchObject([{ uri: 'doc://7', text: 'page 7' }]);
  await client.close();
});
