import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { until } from './support/until';

let fixture: Fixture;
let registryReads = 0;
beforeAll(async () => {
  fixture = await startFixture({
    onAccess: ({ action, resource }) => {
      if (action === 'dynamodb:GetItem' && resource.includes('RegistryTable')) registryReads += 1;
    },
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const send = (method: string, path = '', body?: object, headers: Record<string, string> = {}) =>
  fetch(`${fixture.registerUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });

const tool = (name: string) => ({
  type: 'tool',
  name,
  description: 'An example tool',
  lambdaArn: fixture.functionArn('echo'),
  parameters: { message: 'string' },
});

test('runs the design document’s example from registration to deletion', async () => {
  const created = await send('POST', '', tool('exampleTool'));
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toMatch(/\/register\/tool-exampleTool$/);
  expect(await created.json()).toMatchObject({
    id: 'tool-exampleTool',
    owner: 'api',
    type: 'tool',
    name: 'exampleTool',
  });
  expect(fixture.runner.functionPolicy(fixture.functionArn('echo'))).toMatchObject([
    {
      Sid: expect.stringMatching(/^MCP-Execute-/),
      Action: 'lambda:InvokeFunction',
      Principal: { AWS: expect.stringContaining(':role/') },
    },
  ]);

  await until('the tool to be callable', async () => {
    const client = await httpClient(fixture);
    const result = await client.callTool({ name: 'exampleTool', arguments: { message: 'hi' } }).catch(() => undefined);
    await client.close();
    return (result?.content as Array<{ text: string }> | undefined)?.[0].text === 'hi';
  });

  expect((await send('POST', '', tool('exampleTool'))).status).toBe(409);
  const put = await send(
    'PUT',
    '/tool-exampleTool',
    { ...tool('exampleTool'), title: 'Example' },
    { 'if-match': created.headers.get('etag')! },
  );
  expect(put.status).toBe(200);
  expect(
    (await send('PUT', '/tool-exampleTool', tool('exampleTool'), { 'if-match': created.headers.get('etag')! })).status,
  ).toBe(412);
  const { items } = (await (await send('GET', '?type=tool')).json()) as { items: Array<{ id: string }> };
  expect(items.map(({ id }) => id)).toContain('tool-exampleTool');

  expect((await send('DELETE', '/tool-exampleTool')).status).toBe(204);
  expect((await send('GET', '/tool-exampleTool')).status).toBe(404);
  expect(fixture.runner.functionPolicy(fixture.functionArn('echo'))).toEqual([]);
});

test('explains why it rejects a registration', async () => {
  const own = fixture.runner.functions.find(({ handler }) => handler === 'index.handler')!.arn;
  for (const [body, status, message] of [
    [{ ...tool('bad name'), type: 'tool' }, 400, /name/],
    [{ ...tool('x'), lambdaArn: fixture.functionArn('record') }, 400, /mcp-server/],
    [{ ...tool('x'), lambdaArn: own }, 400, /./],
    [{ ...tool('x'), lambdaArn: `${fixture.functionArn('echo')}-missing` }, 400, /./],
    [{ ...tool('echo') }, 409, /CloudFormation|cdk/i],
  ] as const) {
    const response = await send('POST', '', body);
    const text = await response.text();
    expect(`${response.status} ${text}`).toMatch(new RegExp(`^${status} `));
    expect(text).toMatch(message);
    expect(JSON.parse(text)).toHaveProperty('error');
  }
  expect((await send('DELETE', '/tool-echo')).status).toBe(409);
  expect((await send('PATCH', '/tool-echo')).status).toBe(405);
});

test('notifies an open session exactly once of each changed list', async () => {
  const client = await sseClient(fixture);
  const received: string[] = [];
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void received.push('tools'));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void received.push('resources'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void received.push('prompts'));

  /** Waits until the session has checked the registry for changes twice. */
  const untilCheckedTwice = async () => {
    const before = registryReads;
    await until('two checks for changes', () => registryReads >= before + 2);
  };

  await untilCheckedTwice();
  expect(received).toEqual([]);

  expect((await send('POST', '', tool('added_tool'))).status).toBe(201);
  await until('the first notification', () => received.length > 0);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('added_tool');

  expect((await send('DELETE', '/tool-added_tool')).status).toBe(204);
  await until('the second notification', () => received.length > 1);
  expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('added_tool');

  await untilCheckedTwice();
  expect(received).toEqual(['tools', 'tools']);
  await client.close();
});
