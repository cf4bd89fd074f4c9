import { Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { fetchToken } from '../../local/commands/token';
import { McpAccess, McpAuth } from '../../src';
import { type FixtureOptions, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { openSession } from './support/sse';
import { until } from './support/until';

const ACCOUNT = '123456789012';
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

test('roles see and call what they may use, within their limits, on the synthesised template', async () => {
  await using fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.iam(), limits: { caller: { dailyCalls: 3 } } },
    extend: ({ stack, server, fn }) => {
      const role = (name: string) =>
        new iam.Role(stack, name, { roleName: name, assumedBy: new iam.AccountRootPrincipal() });
      const support = role('Support');
      for (const each of [support, role('Other')]) server.grantConnect(each);
      // a token: the ARN is known at deployment
      const access = McpAccess.principals(support.roleArn);
      server.addTool(fn('echo'), { name: 'refund', access });
      server.addResource(fn('echo'), { name: 'ledger', uri: 'docs://ledger', access });
    },
  });
  const caller = (name: string) => {
    const signed = signedFetch(fixture.runner.assumeRole(`arn:aws:iam::${ACCOUNT}:role/${name}`, 'ada'));
    const send = async (method: string, params: object): Promise<any> => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const response = await signed.fetch('POST', fixture.mcpUrl, body, JSON_HEADERS);
      const text = await response.text();
      const message = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
      return { status: response.status, retryAfter: response.headers.get('retry-after'), ...message };
    };
    return { signed, send };
  };
  const support = caller('Support');
  const other = caller('Other');

  const names = async ({ send }: typeof support) => {
    const { result } = await send('tools/list', {});
    return result.tools.map(({ name }: { name: string }) => name);
  };
  expect(await names(support)).toContain('refund');
  expect(await names(other)).not.toContain('refund');
  expect(await names(other)).toContain('echo');
  const refund = { name: 'refund', arguments: { message: 'done' } };
  expect((await support.send('tools/call', refund)).result).toMatchObject({ content: [{ text: 'done' }] });
  expect((await other.send('tools/call', refund)).error.message).toBe('unknown tool: refund');
  expect((await other.send('resources/read', { uri: 'docs://ledger' })).error).toBeDefined();

  const session = await openSession({ sseUrl: fixture.sseUrl }, await other.signed.headers('GET', fixture.sseUrl));
  const overSse = async (id: number, method: string, params: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    await other.signed.fetch('POST', session.messageUrl, body, { 'content-type': 'application/json' });
    return until('the response', () => session.messages.find((each) => each.id === id) as any);
  };
  expect((await overSse(7, 'tools/call', refund)).error.message).toBe('unknown tool: refund');
  session.disconnect();

  const echo = { name: 'echo', arguments: { message: 'hi' } };
  for (let i = 0; i < 2; i++) expect((await support.send('tools/call', echo)).status).toBe(200);
  const refused = await support.send('tools/call', echo);
  expect(refused).toMatchObject({ status: 429, error: { data: { limit: 'limits.caller.dailyCalls', value: 3 } } });
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  expect((await other.send('tools/call', echo)).status).toBe(200);
});

test('without its permission on the session table, calls run and limits do not apply', async () => {
  const denied = new Set<string>();
  await using fixture = await startFixture({
    server: { legacySse: false, auth: McpAuth.iam(), limits: { caller: { dailyCalls: 1 } } },
    modifyTemplate: (template) => {
      for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
        if (Type !== 'AWS::IAM::Policy') continue;
        const { Statement } = (Properties as { PolicyDocument: { Statement: Array<{ Action: string | string[] }> } })
          .PolicyDocument;
        for (const statement of Statement) {
          const actions = [statement.Action].flat();
          // the statement of the session table in the policy of the runtime role
          if (actions.includes('dynamodb:UpdateItem') && actions.length === 3) {
            statement.Action = actions.filter((action) => action !== 'dynamodb:UpdateItem');
          }
        }
      }
      return template;
    },
    onAccess: ({ role, action, granted }) => granted || denied.add(`${/Mcp[A-Za-z]+Role/.exec(role)?.[0]} ${action}`),
  });
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hi' } } };
  for (let i = 0; i < 2; i++) {
    const response = await fetch(fixture.mcpUrl, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('hi');
  }
  expect([...denied]).toEqual(['McpRuntimeRole dynamodb:UpdateItem']);
});

/** Starts a server without declared rules, and registers a tool with a rule by its Registration API. */
async function startWithRuleByApi(options: FixtureOptions = {}) {
  const fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] }) },
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
    ...options,
  });
  const admin = signedFetch(
    fixture.runner.issueCredentials('admin', [
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }] },
    ]),
  );
  const tool = { type: 'tool', name: 'refund', lambdaArn: fixture.functionArn('echo'), access: { scopes: ['write'] } };
  const registered = await admin.fetch('POST', fixture.registerUrl, JSON.stringify(tool), JSON_HEADERS);
  expect(registered.status, await registered.text()).toBe(201);
  const params = { name: 'refund', arguments: { message: 'done' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const call = async (scopes: string[], headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${await fetchToken({ url: fixture.mcpUrl.href, scope: scopes })}`;
    return fetch(fixture.mcpUrl, { method: 'POST', headers: { ...JSON_HEADERS, ...headers, authorization }, body });
  };
  return { call, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

const NAMED = { 'mcp-method': 'tools/call', 'mcp-name': 'refund' };

test('challenges a person who lacks a scope for the tool that Mcp-Name names', async () => {
  const denied: string[] = [];
  await using server = await startWithRuleByApi({
    onAccess: ({ role, action, granted }) => granted || denied.push(`${role} ${action}`),
  });
  await expect.poll(async () => (await server.call(['tools'], NAMED)).status).toBe(403);
  const challenged = await server.call(['tools'], NAMED);
  expect(challenged.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*scope="tools write"/);
  const lying = await (await server.call(['tools'], { ...NAMED, 'mcp-name': 'echo' })).text();
  expect(lying).toContain('missing scope: write');
  expect(await (await server.call(['tools', 'write'], NAMED)).text()).toContain('done');
  expect(denied).toEqual([]);
});

test('without its permission on the registry, the authorizer gives no early challenge, and the function decides', async () => {
  const denied = new Set<string>();
  await using server = await startWithRuleByApi({
    modifyTemplate: (template) => {
      for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
        const { Roles = [], PolicyDocument } = (Properties ?? {}) as {
          Roles?: Array<{ Ref?: string }>;
          PolicyDocument?: { Statement: Array<{ Action: string | string[] }> };
        };
        if (Type !== 'AWS::IAM::Policy' || !Roles.some(({ Ref }) => Ref?.startsWith('McpAuthRole'))) continue;
        PolicyDocument!.Statement = PolicyDocument!.Statement.filter(
          ({ Action }) => ![Action].flat().includes('dynamodb:GetItem'),
        );
      }
      return template;
    },
    onAccess: ({ role, action, granted }) => granted || denied.add(`${/Mcp[A-Za-z]+Role/.exec(role)?.[0]} ${action}`),
  });
  await expect.poll(async () => (await server.call(['tools'], NAMED)).text()).toContain('missing scope: write');
  const response = await server.call(['tools'], NAMED);
  expect(response.status).toBe(200);
  expect(await (await server.call(['tools', 'write'], NAMED)).text()).toContain('done');
  expect([...denied].sort()).toEqual(['McpAuthRole dynamodb:GetItem', 'McpAuthRole dynamodb:Query']);
});
