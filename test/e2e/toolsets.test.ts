/** Toolsets of the synthesised template, with stock clients. */
import { Tags } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as iam from 'aws-cdk-lib/aws-iam';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fetchToken } from '../../local/commands/token';
import { McpAccess, McpAuth, McpEndpoint } from '../../src';
import { clients, httpClient } from './support/clients';
import { type Fixture, type FixtureApp, type FixtureOptions, startFixture } from './support/fixture';
import { Credentials, libraries, metadataOf, Person } from './support/sign-in';
import { signedFetch } from './support/signed';

const ACCOUNT = '123456789012';
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const request = (method: string, params: object = {}) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

/** Adds tools of two toolsets to the app, which has tools without one. */
function extend({ server, fn }: FixtureApp): void {
  server.addTool(fn('echo'), { name: 'invoice', toolsets: ['billing'] });
  server.addTool(fn('echo'), { name: 'refund', toolsets: ['billing', 'support'] });
  server.addTool(fn('echo'), { name: 'ticket', toolsets: ['support'] });
}

const at = ({ mcpUrl }: Pick<Fixture, 'mcpUrl'>, toolset: string) => new URL(`${mcpUrl}/${toolset}`);

describe('without authorization', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ extend });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  const overHttp = Object.entries(clients).filter(([name]) => name.includes('Streamable HTTP'));
  test.each(overHttp)('%s: lists and calls the tools of a toolset', async (_, connect) => {
    const client = await connect({ ...fixture, mcpUrl: at(fixture, 'billing') });
    expect((await client.tools()).sort()).toEqual(['invoice', 'refund']);
    expect(await client.call('invoice', { message: 'paid' })).toMatchObject({ content: [{ text: 'paid' }] });
    await client.close();
    const empty = await connect({ ...fixture, mcpUrl: at(fixture, 'nothing-yet') });
    expect(await empty.tools()).toEqual([]);
    await empty.close();
  });

  test('a session is found at its own path only', async () => {
    const client = await httpClient({ mcpUrl: at(fixture, 'billing') });
    const { sessionId } = client.transport as unknown as { sessionId: string };
    const status = async (url: URL) => {
      const headers = { ...JSON_HEADERS, 'mcp-session-id': sessionId };
      const response = await fetch(url, { method: 'POST', headers, body: request('tools/list') });
      await response.body?.cancel();
      return response.status;
    };
    expect(await status(at(fixture, 'billing'))).toBe(200);
    expect(await status(at(fixture, 'support'))).toBe(404);
    expect(await status(fixture.mcpUrl)).toBe(404);
    await client.close();
  });

  test('an invalid name gets 404 with the rule', async () => {
    const response = await fetch(at(fixture, 'Billing'), {
      method: 'POST',
      headers: JSON_HEADERS,
      body: request('ping'),
    });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('1 to 64 of the characters a-z 0-9 -');
  });

  test('the HTTP+SSE transport lists the tools of all toolsets', async () => {
    const client = await clients['sdk v1, HTTP+SSE']!(fixture);
    expect(await client.tools()).toEqual(expect.arrayContaining(['echo', 'invoice', 'refund', 'ticket']));
    await client.close();
    const below = await fetch(`${fixture.sseUrl}/billing`, { headers: { accept: 'text/event-stream' } });
    expect(below.status).toBe(403); // as any unknown path of API Gateway
  });

  test('calls at a toolset are recorded with its path', () => {
    const steps = fixture.runner.calls.all.flatMap((call) => call.steps.map(({ label }) => label));
    expect(steps).toContain('POST /prod/mcp/billing');
  });
});

describe('with IAM authorization', () => {
  const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
  const start = (more: Partial<FixtureOptions> = {}) =>
    startFixture({
      enforceAuth: true,
      extend: (app) => {
        extend(app);
        const agent = new iam.Role(app.stack, 'Agent', {
          roleName: 'Agent',
          assumedBy: new iam.AccountRootPrincipal(),
        });
        app.server.grantConnect(agent);
        const access = McpAccess.principals(role('Other'));
        app.server.addTool(app.fn('echo'), { name: 'audit', toolsets: ['billing'], access });
      },
      ...more,
    });
  const caller = (fixture: Fixture) => {
    const signed = signedFetch(fixture.runner.assumeRole(role('Agent'), 'ada'));
    return async (url: URL, method = 'tools/list', params: object = {}) => {
      const response = await signed.fetch('POST', url, request(method, params), JSON_HEADERS);
      const text = await response.text();
      return { status: response.status, message: JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) };
    };
  };

  test('grantConnect() covers toolsets, and access rules apply in them', async () => {
    await using fixture = await start();
    const send = caller(fixture);
    const { status, message } = await send(at(fixture, 'billing'));
    expect(status).toBe(200);
    expect(message.result.tools.map(({ name }: { name: string }) => name)).toEqual(['invoice', 'refund']);
    const call = { name: 'audit', arguments: { message: 'x' } };
    expect((await send(at(fixture, 'billing'), 'tools/call', call)).message.error.message).toBe('unknown tool: audit');
  });

  test('without the permission for /mcp/*, only /mcp is allowed', async () => {
    await using fixture = await start({
      modifyTemplate: (template) => {
        for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
          if (Type !== 'AWS::IAM::Policy') continue;
          for (const statement of (Properties as any).PolicyDocument.Statement) {
            if (Array.isArray(statement.Resource)) {
              statement.Resource = statement.Resource.filter(
                (each: unknown) => !/\/mcp\/\*"/.test(JSON.stringify(each)),
              );
            }
          }
        }
        return template;
      },
    });
    const send = caller(fixture);
    expect((await send(fixture.mcpUrl)).status).toBe(200);
    expect(await send(at(fixture, 'billing'))).toMatchObject({
      status: 403,
      message: { Message: expect.stringContaining('is not authorized to perform: execute-api:Invoke') },
    });
  });
});

describe('with OAuth', () => {
  const oauth = { auth: McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] }) };
  const fetchOriginal = globalThis.fetch;
  let fixture: Fixture | undefined;
  afterEach(async () => {
    globalThis.fetch = fetchOriginal;
    await fixture?.[Symbol.asyncDispose]();
  });

  const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  const signIn = async (library: string, url: URL) => {
    const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
    const client = await libraries[library]!.connect(url, credentials);
    expect((await client.tools()).sort()).toEqual(['invoice', 'refund']);
    expect(await client.call('invoice', { message: 'paid' })).not.toHaveProperty('isError', true);
    await client.close();
    return claims(credentials.stored!.access_token);
  };

  test('clients sign in at a toolset, with the metadata and the audience of /mcp', async () => {
    fixture = await startFixture({ enforceAuth: true, server: oauth, extend });
    const { mcpUrl } = fixture;
    const billing = at(fixture, 'billing');
    expect((await metadataOf(billing)).resource).toBe(mcpUrl.href);
    const challenged = await fetch(billing, { method: 'POST' });
    expect(challenged.headers.get('www-authenticate')).toContain(
      `resource_metadata="${mcpUrl.origin}/prod/.well-known/oauth-protected-resource/mcp"`,
    );
    for (const library of Object.keys(libraries))
      expect(await signIn(library, billing)).toMatchObject({ aud: mcpUrl.href });
    expect(claims(await fetchToken({ url: billing.href }))).toMatchObject({ aud: mcpUrl.href });
  });

  test('at a domain, clients that do not see the challenge find the metadata at the root', async () => {
    fixture = await startFixture({
      enforceAuth: true,
      server: (stack) => {
        const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/0';
        const certificate = acm.Certificate.fromCertificateArn(stack, 'Certificate', arn);
        return { ...oauth, endpoint: McpEndpoint.restApi({ domain: { domainName: 'mcp.example.com', certificate } }) };
      },
      extend,
    });
    const { mcpUrl } = fixture;
    const billing = at(fixture, 'billing');
    expect(billing.pathname).toBe('/mcp/billing');
    const wellKnown: string[] = [];
    globalThis.fetch = async (input, init) => {
      const response = await fetchOriginal(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      if (pathname.includes('oauth-protected-resource')) wellKnown.push(`${pathname} ${response.status}`);
      if (!response.headers.has('www-authenticate')) return response;
      const headers = new Headers(response.headers);
      headers.delete('www-authenticate');
      return new Response(response.body, { status: response.status, headers });
    };
    for (const library of Object.keys(libraries)) {
      wellKnown.length = 0;
      expect(await signIn(library, billing)).toMatchObject({ aud: mcpUrl.href });
      expect(wellKnown.slice(0, 2), library).toEqual([
        '/.well-known/oauth-protected-resource/mcp/billing 403',
        '/.well-known/oauth-protected-resource 200',
      ]);
    }
  });
});

test('a registration at run time appears in its toolset, and leaves it', async () => {
  await using fixture = await startFixture({
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
  });
  const lambdaArn = fixture.functionArn('echo');
  const send = async (method: string, path = '', body?: object) => {
    const init = { method, headers: JSON_HEADERS, body: body && JSON.stringify(body) };
    const response = await fetch(`${fixture.registerUrl}${path}`, init);
    return { status: response.status, body: (await response.json().catch(() => undefined)) as any };
  };
  const tool = { type: 'tool', name: 'late', lambdaArn };
  const refused = await send('POST', '', { ...tool, toolsets: ['Order status'] });
  expect(refused).toMatchObject({
    status: 400,
    body: {
      details: [{ path: '/toolsets/0', message: expect.stringMatching(/got "Order status": use "order-status"$/) }],
    },
  });
  const client = await clients['client v2, Streamable HTTP, auto']!({
    ...fixture,
    mcpUrl: at(fixture, 'order-status'),
  });
  expect(await client.tools()).toEqual([]);
  const created = await send('POST', '', { ...tool, toolsets: ['order-status'] });
  expect([created.status, created.body.toolsets]).toEqual([201, ['order-status']]);
  expect((await send('GET', '/tool-late')).body.toolsets).toEqual(['order-status']);
  await expect.poll(() => client.tools(), { timeout: 10_000 }).toEqual(['late']);
  expect((await send('PUT', '/tool-late', { ...tool, toolsets: [] })).status).toBe(200);
  await expect.poll(() => client.tools(), { timeout: 10_000 }).toEqual([]);
  await client.close();
});
