/** People sign in at a server whose endpoint is a function URL, of which they know only the URL: Lambda renames the challenge. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchToken } from '../../local/commands/token';
import { McpAccess, McpAuth, McpEndpoint } from '../../src';
import { httpClient } from './support/clients';
import { announce, mcpLambda } from './support/command-line';
import { type Fixture, type FixtureOptions, startFixture } from './support/fixture';
import { Credentials, libraries, MetadataDocument, Person, send } from './support/sign-in';

const ISSUER = 'https://login.example.com/tenant';
const METADATA = '/.well-known/oauth-protected-resource';

const start = (auth: McpAuth, options: Partial<FixtureOptions> = {}) =>
  startFixture({
    server: { auth, endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 100 }) },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'refund', access: McpAccess.scopes('write') });
    },
    ...options,
  });
const oauth = () => McpAuth.oauth({ issuers: [ISSUER], scopes: ['tools'] });

describe('with --enforce-auth', () => {
  let fixture: Fixture;
  let issuer: string;
  beforeAll(async () => {
    fixture = await start(oauth(), { enforceAuth: true });
    issuer = fixture.runner.issuers[0]!.local;
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  test.each([METADATA, `${METADATA}/mcp`])('serves the metadata at %s of the host', async (path) => {
    const response = await fetch(new URL(path, fixture.mcpUrl));
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      resource: fixture.mcpUrl.href,
      authorization_servers: [issuer],
      scopes_supported: ['tools'],
      bearer_methods_supported: ['header'],
    });
  });

  test('names the host that the client uses', async () => {
    const url = new URL(fixture.mcpUrl);
    url.hostname = 'localhost';
    const metadata = (await (await fetch(new URL(`${METADATA}/mcp`, url))).json()) as { resource: string };
    expect(metadata.resource).toBe(url.href);
  });

  test.each(['GET', 'POST', 'DELETE'])(
    'rejects %s without a token, with a challenge that Lambda renames',
    async (method) => {
      const response = await fetch(fixture.mcpUrl, { method });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBeNull();
      expect(response.headers.get('x-amzn-remapped-www-authenticate')).toBe(
        `Bearer scope="tools", resource_metadata="${fixture.mcpUrl.origin}${METADATA}/mcp"`,
      );
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32001 } });
    },
  );

  describe.each(Object.entries(libraries))('%s', (library, { connect }) => {
    test.each([
      ['a client that was registered by hand', 'my-client'],
      ['a client that registers itself', undefined],
    ])('signs in with %s, and calls a tool', async (_name, clientId) => {
      const credentials = new Credentials(new Person({ subject: 'ann' }), clientId);
      const client = await connect(fixture.mcpUrl, credentials);
      expect(await client.call('echo', { message: 'hello' })).toMatchObject({ content: [{ text: 'hello' }] });
      expect(credentials.signIns).toBe(1);
      await client.close();
    });

    test('signs in with a client metadata document', async () => {
      using document = new MetadataDocument(`https://client.example/${library}/metadata.json`);
      const credentials = new Credentials(new Person({ subject: 'ann' }));
      credentials.clientMetadataUrl = document.url;
      const client = await connect(fixture.mcpUrl, credentials);
      expect(await client.tools()).toContain('echo');
      await client.close();
    });

    test('learns from the result which scope a tool needs', async () => {
      const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
      const client = await connect(fixture.mcpUrl, credentials);
      expect(await client.tools()).not.toContain('refund');
      expect(await client.call('refund', { message: 'done' })).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('missing scope: write') }],
      });
      expect(credentials.signIns).toBe(1);
      await client.close();
    });
  });

  const bearer = async (options: Partial<Parameters<typeof fetchToken>[0]> = {}) => ({
    authorization: `Bearer ${await fetchToken({ url: fixture.mcpUrl.href, ...options })}`,
  });

  test('accepts a token of mcp-lambda token, and rejects others', async () => {
    expect((await send(fixture.mcpUrl, await bearer())).status).toBe(200);
    expect((await send(fixture.mcpUrl, await bearer({ scope: ['other'] }))).status).toBe(403);
    expect((await send(fixture.mcpUrl, { authorization: 'Bearer x.y.z' })).status).toBe(401);
    await using other = await start(oauth(), { enforceAuth: true });
    const foreign = await fetchToken({ url: other.mcpUrl.href });
    expect((await send(fixture.mcpUrl, { authorization: `Bearer ${foreign}` })).status).toBe(401);
  });

  test('does not take the audience from headers', async () => {
    const url = `http://elsewhere.example:${fixture.mcpUrl.port}/mcp`;
    const headers = { 'x-forwarded-host': new URL(url).host, forwarded: `host=${new URL(url).host}` };
    const metadata = await (await fetch(new URL(`${METADATA}/mcp`, fixture.mcpUrl), { headers })).json();
    expect(metadata).toMatchObject({ resource: fixture.mcpUrl.href });
  });

  test('is reached by the command line', async () => {
    announce(fixture.runner);
    const called = await mcpLambda(['call', 'echo', 'message=hi', '--url', fixture.mcpUrl.href]);
    expect(called).toMatchObject({ code: 0, out: expect.stringContaining('hi') });
    const doctor = await mcpLambda(['doctor', '--url', fixture.mcpUrl.href]);
    expect(doctor.out).toMatch(/✓ sign-in +clients find \S+, which leads to an authorization server/);
  });
});

describe('a Cognito user pool, whose scopes have a prefix', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start(McpAuth.cognito(), { enforceAuth: true });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());
  const scope = (name: string) => `${fixture.mcpUrl.href}/${name}`;

  test.each(Object.entries(libraries))('names the scope that %s must request for a tool', async (_, { connect }) => {
    const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.call('echo', { message: 'hello' })).toMatchObject({ content: [{ text: 'hello' }] });
    const missing = `missing scope: ${scope('write')}. Request an access token with this scope to call refund`;
    expect(await client.call('refund', { message: 'done' })).toMatchObject({
      isError: true,
      content: [{ text: missing }],
    });
    const named = { subject: 'ann', scope: [scope('use'), scope('write')] };
    credentials.stored!.access_token = await fetchToken({ url: fixture.mcpUrl.href, ...named });
    expect(await client.call('refund', { message: 'done' })).toMatchObject({ content: [{ text: 'done' }] });
    await client.close();
  });

  test('names the scope of the server that a token lacks', async () => {
    const token = await fetchToken({ url: fixture.mcpUrl.href, scope: ['write'] });
    const response = await send(fixture.mcpUrl, { authorization: `Bearer ${token}` });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { message: `missing scope: ${scope('use')}` } });
  });
});

test('without --enforce-auth, callers are the developer local', async () => {
  await using fixture = await start(oauth());
  const client = await httpClient(fixture);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('refund');
  expect(await client.callTool({ name: 'refund', arguments: { message: 'done' } })).toMatchObject({
    content: [{ text: 'done' }],
  });
  await client.close();
});
