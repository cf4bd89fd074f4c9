/** People sign in: stock clients go from 401 to a tool call by themselves, on the synthesised template. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchToken } from '../../local/commands/token';
import { McpAccess, McpAuth } from '../../src';
import { type Fixture, startFixture } from './support/fixture';
import { Credentials, libraries, MetadataDocument, metadataOf, Person, send } from './support/sign-in';

const ISSUER = 'https://login.example.com/tenant';

let fixture: Fixture;
let issuer: string;
/** Resolves to a token that was valid and has expired. */
let expired: Promise<string>;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: [ISSUER], scopes: ['tools'] }) },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'refund', access: McpAccess.scopes('write') });
    },
  });
  [issuer] = (await metadataOf(fixture.mcpUrl)).authorization_servers as [string];
  const token = await tokenFor({ expiresIn: 1 });
  expect((await send(fixture.mcpUrl, { authorization: `Bearer ${token}` })).status).toBe(200);
  expired = new Promise((done) => setTimeout(() => done(token), 7_000)); // and the accepted difference of clocks
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const tokenFor = (options: Partial<Parameters<typeof fetchToken>[0]> = {}) =>
  fetchToken({ url: fixture.mcpUrl.href, ...options });
const bearer = async (options?: Parameters<typeof tokenFor>[0]) => ({
  authorization: `Bearer ${await tokenFor(options)}`,
});

describe('addresses', () => {
  test('replaces issuer and addresses alike', async () => {
    const metadata = await metadataOf(fixture.mcpUrl);
    expect(metadata).toEqual({
      resource: fixture.mcpUrl.href,
      authorization_servers: [issuer],
      scopes_supported: ['tools'],
      bearer_methods_supported: ['header'],
    });
    expect(issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\.example\.com-tenant$/);
    expect(fixture.runner.issuers).toEqual([{ remote: ISSUER, local: issuer }]);
    const token = JSON.parse(Buffer.from((await tokenFor()).split('.')[1]!, 'base64url').toString());
    expect(token).toMatchObject({ iss: issuer, aud: metadata.resource, sub: 'developer', scope: 'tools' });
  });

  test.each(['GET', 'POST', 'DELETE'])('challenges %s without a token', async (method) => {
    const response = await fetch(fixture.mcpUrl, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer scope="tools", resource_metadata="${fixture.mcpUrl.origin}/prod/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32001 } });
  });
});

describe.each(Object.entries(libraries))('%s', (library, { connect }) => {
  test.each([
    ['a client that was registered by hand', 'my-client'],
    ['a client that registers itself', undefined],
  ])('signs in with %s, and calls a tool', async (_name, clientId) => {
    const person = new Person({ subject: 'ann' });
    const credentials = new Credentials(person, clientId);
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.call('echo', { message: 'hello' })).not.toHaveProperty('isError', true);
    expect(credentials.signIns).toBe(1);
    expect(person.pages.map(({ scopes }) => scopes)).toEqual([['tools']]);
    expect(person.pages[0]!.html).toContain(ISSUER);
    await client.close();
  });

  test('renews an expired token without the user', async () => {
    const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
    await (await connect(fixture.mcpUrl, credentials)).close();
    const { refresh_token } = credentials.stored!;
    credentials.stored = { ...credentials.stored!, access_token: await expired };
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.tools()).toContain('echo');
    expect(credentials.signIns).toBe(1);
    expect(credentials.stored.refresh_token).not.toBe(refresh_token);
    await client.close();
  });

  test('signs in again when the refresh token was revoked', async () => {
    const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
    await (await connect(fixture.mcpUrl, credentials)).close();
    const token = credentials.stored!.refresh_token!;
    const revoked = await fetch(`${issuer}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: 'my-client' }),
    });
    expect(revoked.status).toBe(200);
    // until it expires, the access token remains valid
    expect((await send(fixture.mcpUrl, { authorization: `Bearer ${credentials.stored!.access_token}` })).status).toBe(
      200,
    );
    credentials.stored = { ...credentials.stored!, access_token: await expired };
    await (await connect(fixture.mcpUrl, credentials)).close();
    expect(credentials.signIns).toBe(2);
  });

  test('reports that the user refused', async () => {
    const credentials = new Credentials(new Person({ subject: 'ann', refuse: true }), 'my-client');
    await expect(connect(fixture.mcpUrl, credentials)).rejects.toThrow();
    expect(credentials.returned?.get('error')).toBe('access_denied');
  });

  test('signs in with a client metadata document', async () => {
    using document = new MetadataDocument(`https://client.example/${library}/metadata.json`);
    const credentials = new Credentials(new Person({ subject: 'ann' }));
    credentials.clientMetadataUrl = document.url;
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.tools()).toContain('echo');
    expect(credentials.registered?.client_id).toBe(document.url);
    expect(document.reads).toBeGreaterThan(0);
    await client.close();
  });
});

describe('a tool that needs another scope', () => {
  test('is called after the user granted it, by a client that sends Mcp-Name', async () => {
    const person = new Person({ subject: 'ann' });
    const credentials = new Credentials(person, 'my-client');
    const { connect } = libraries['@modelcontextprotocol/client']!;
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.tools()).not.toContain('refund');
    expect(await client.call('refund', { message: 'done' })).toMatchObject({ content: [{ text: 'done' }] });
    expect(person.pages.map(({ scopes }) => scopes)).toEqual([['tools'], ['tools', 'write']]);
    await client.close();
    const next = await connect(fixture.mcpUrl, credentials); // this one has cached no list
    expect(await next.tools()).toContain('refund');
    await next.close();
  });

  test('is refused with the name of the scope, for other clients', async () => {
    const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
    const client = await libraries['@modelcontextprotocol/sdk']!.connect(fixture.mcpUrl, credentials);
    expect(await client.call('refund', { message: 'done' })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('missing scope: write') }],
    });
    expect(credentials.signIns).toBe(1);
    await client.close();
  });
});

describe('mcp-lambda token', () => {
  const run = promisify(execFile);
  const token = (...args: string[]) => run(process.execPath, ['bin/mcp-lambda', 'token', ...args]);

  test('prints a token without a browser', async () => {
    const { stdout } = await token(
      '--url',
      fixture.mcpUrl.href,
      '--subject',
      'ann',
      '--scope',
      'tools',
      'x',
      '--group',
      'a, b',
    );
    expect(JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString())).toMatchObject({
      sub: 'ann',
      scope: 'tools x',
      groups: ['a, b'],
    });
    expect((await send(fixture.mcpUrl, { authorization: `Bearer ${stdout.trim()}` })).status).toBe(200);
  });

  test.each([
    ['https://mcp.example.com/mcp', 'is not on this machine'],
    ['http://127.0.0.1:9/mcp', 'cannot reach http://127.0.0.1:9/mcp'],
  ])('refuses %s', async (url, message) => {
    await expect(token('--url', url)).rejects.toThrow(message);
  });

  test('explains that a server does not ask for a token', async () => {
    await expect(fetchToken({ url: fixture.registerUrl.href })).rejects.toThrow(
      'start mcp-lambda local with --enforce-auth',
    );
  });
});

describe('rejects', () => {
  test.each([
    ['no token', async () => ({})],
    ['a token of another audience', async () => bearerOf({ resource: 'https://other.example/mcp' })],
    [
      'a token of another issuer',
      async () => ({ authorization: `Bearer ${unsigned({ iss: 'https://evil.example' })}` }),
    ],
    ['a token without signature', async () => ({ authorization: `Bearer ${unsigned({ iss: issuer })}` })],
    ['an API key in place of a token', async () => ({ 'x-api-key': await tokenFor() })],
  ])('%s', async (_, headers) => {
    const response = await send(fixture.mcpUrl, await headers());
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('resource_metadata=');
  });

  test('a token in the query', async () => {
    const url = `${fixture.mcpUrl}?access_token=${await tokenFor()}&authorization=${await tokenFor()}`;
    expect((await send(url, {})).status).toBe(401);
  });

  test('two Authorization headers', async () => {
    const token = await tokenFor();
    const headers = { authorization: [`Bearer ${token}`, `Bearer ${token}`] };
    const { send: sendRaw } = await import('../local/apigateway/support');
    const response = await sendRaw(fixture.mcpUrl.href, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(401);
  });

  test('an expired token', async () => {
    expect((await send(fixture.mcpUrl, { authorization: `Bearer ${await expired}` })).status).toBe(401);
  });

  test('a token without the scope, with a challenge that names it', async () => {
    const response = await send(fixture.mcpUrl, await bearer({ scope: ['other'] }));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="missing scope: tools", scope="tools other", ` +
        `resource_metadata="${fixture.mcpUrl.origin}/prod/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null });
  });

  test("another caller's SSE session", async () => {
    const stream = await fetch(fixture.sseUrl, { headers: await bearer({ subject: 'ann' }) });
    const reader = stream.body!.getReader();
    const { value } = await reader.read();
    const [, path] = /data: (\S+)/.exec(Buffer.from(value!).toString())!;
    const message = new URL(path!, fixture.sseUrl);
    expect((await send(message, await bearer({ subject: 'bob' }))).status).toBe(404);
    expect((await send(message, await bearer({ subject: 'ann' }))).status).toBe(202);
    await reader.cancel();
  });
});

/** A token for any resource, from the endpoint that `mcp-lambda token` uses. */
async function bearerOf(body: object) {
  const response = await fetch(`${issuer}/development/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ scopes: ['tools'], ...body }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return { authorization: `Bearer ${access_token}` };
}

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = { aud: fixture.mcpUrl.href, sub: 'ann', scope: 'tools', exp: Date.now() / 1000 + 60, ...claims };
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part(payload)}.`;
}
