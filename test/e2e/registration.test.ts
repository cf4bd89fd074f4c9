import { setTimeout as sleep } from 'node:timers/promises';
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
beforeAll(async () => {
  fixture = await startFixture({
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

test('the design document’s example, from registration to deletion', async () => {
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

  await until('the tool is listed and runs', async () => {
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

test('refusals name what is wrong', async () => {
  const own = fixture.runner.functions.find(({ handler }) => handler === 'index.handler')!.arn;
  for (const [body, status, message] of [
    [{ ...tool('bad name'), type: 'tool' }, 400, /name/],
    [{ ...tool('x'), lambdaArn: fixture.functionArn('record') }, 400, /mcp-server/],
    [{ ...tool('x'), lambdaArn: own }, 400, /./],
    [{ ...tool('x'), lambdaArn: `${fixture.functionArn('echo')}-missing` }, 400, /./],
    [{ ...tool('echo') }, 409, /CloudFormation|cdk/i],
  ] as const) {
    const response = await send('POST', '', body);
    const answer = await response.text();
    expect(`${response.status} ${answer}`).toMatch(new RegExp(`^${status} `));
    expect(answer).toMatch(message);
    expect(JSON.parse(answer)).toHaveProperty('error');
  }
  expect((await send('DELETE', '/tool-echo')).status).toBe(409);
  expect((await send('PATCH', '/tool-echo')).status).toBe(405);
});

test('an open session hears of a change exactly once, of the right kind, and of nothing without one', async () => {
  const client = await sseClient(fixture);
  const heard: string[] = [];
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void heard.push('tools'));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void heard.push('resources'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, () => void heard.push('prompts'));

  await sleep(6_000); // longer than the session looks away
  expect(heard).toEqual([]);

  expect((await send('POST', '', tool('late_tool'))).status).toBe(201);
  await until('the notification', () => heard.length > 0);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('late_tool');

  expect((await send('DELETE', '/tool-late_tool')).status).toBe(204);
  await until('the second notification', () => heard.length > 1);
  expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('late_tool');

  await sleep(6_000);
  expect(heard).toEqual(['tools', 'tools']);
  await client.close();
});
