/** Sign-in at the addresses that a server can have, and with the issuers that it can have. */
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchToken } from '../../local/commands/token';
import { McpAccess, McpAuth, McpEndpoint, type McpLambdaServerProps } from '../../src';
import { type Fixture, type FixtureOptions, startFixture } from './support/fixture';
import { Credentials, libraries, metadataOf, Person, send } from './support/sign-in';

const ISSUER = 'https://login.example.com';

let fixture: Fixture | undefined;
afterEach(() => fixture?.[Symbol.asyncDispose]());

async function start(server: FixtureOptions['server'], options: Partial<FixtureOptions> = {}): Promise<Fixture> {
  fixture = await startFixture({ enforceAuth: true, server, ...options });
  return fixture;
}

const oauth = (more: Partial<Parameters<typeof McpAuth.oauth>[0]> = {}): Pick<McpLambdaServerProps, 'auth'> => ({
  auth: McpAuth.oauth({ issuers: [ISSUER], scopes: ['tools'], ...more }),
});

/** Signs in, calls a tool, and returns what the client stored. */
async function signIn(
  { mcpUrl }: Fixture,
  clientId?: string,
  library = '@modelcontextprotocol/sdk',
): Promise<Credentials> {
  const credentials = new Credentials(new Person({ subject: 'ann' }), clientId);
  const client = await libraries[library]!.connect(mcpUrl, credentials);
  expect(await client.call('echo', { message: 'hello' })).not.toHaveProperty('isError', true);
  await client.close();
  return credentials;
}

const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

test('serves a custom domain at the root of the local address', async () => {
  const running = await start((stack) => {
    const certificate = acm.Certificate.fromCertificateArn(
      stack,
      'Certificate',
      'arn:aws:acm:us-east-1:111122223333:certificate/0',
    );
    return { ...oauth(), endpoint: McpEndpoint.restApi({ domain: { domainName: 'mcp.example.com', certificate } }) };
  });
  expect(running.mcpUrl.pathname).toBe('/mcp');
  expect(Object.values(running.runner.outputs.E2e!)).toContain(running.mcpUrl.href);
  expect((await metadataOf(running.mcpUrl)).resource).toBe(running.mcpUrl.href);
  for (const library of Object.keys(libraries)) {
    const { stored } = await signIn(running, 'my-client', library);
    expect(claims(stored!.access_token)).toMatchObject({ aud: running.mcpUrl.href });
  }
  const challenge = `${running.mcpUrl.origin}/.well-known/oauth-protected-resource/mcp`;
  expect((await fetch(challenge)).status).toBe(200);
  const stage = await send(`${running.mcpUrl.origin}/prod/mcp`, {}); // the execute-api endpoint is off
  expect(stage.status).toBe(403);
});

test('serves the public URL of a CDN at the stage', async () => {
  const running = await start({ ...oauth(), publicUrl: 'https://cdn.example.com/api' });
  expect(running.mcpUrl.pathname).toBe('/prod/mcp');
  expect(Object.values(running.runner.outputs.E2e!)).toContain(running.mcpUrl.href);
  expect((await metadataOf(running.mcpUrl)).resource).toBe(running.mcpUrl.href);
  await signIn(running);
});

test('replaces a public URL that only the outputs name', async () => {
  const running = await start({ publicUrl: 'https://cdn.example.com/api' }, { enforceAuth: false });
  const urls = Object.values(running.runner.outputs.E2e!);
  expect(urls).toEqual(expect.arrayContaining([running.mcpUrl.href, running.sseUrl.href, running.registerUrl.href]));
});

test('issues tokens for the audience of the issuer', async () => {
  const running = await start(oauth({ audiences: ['api://orders'], jwksUris: { [ISSUER]: `${ISSUER}/keys` } }));
  const { stored } = await signIn(running);
  expect(claims(stored!.access_token)).toMatchObject({ aud: 'api://orders' });
});

test('replaces each issuer by one of its own', async () => {
  const running = await start(oauth({ issuers: [ISSUER, 'https://tenant.example.org/'] }));
  const { authorization_servers: issuers } = await metadataOf(running.mcpUrl);
  expect(new Set(issuers).size).toBe(2);
  for (const issuer of issuers) {
    const token = await fetchToken({ url: running.mcpUrl.href, issuer });
    expect(claims(token)).toMatchObject({ iss: issuer });
    expect((await send(running.mcpUrl, { authorization: `Bearer ${token}` })).status).toBe(200);
  }
});

test('asks again for a scope that the user did not grant', async () => {
  const running = await start(oauth({ scopes: ['read', 'write'] }));
  for (const [library, { connect }] of Object.entries(libraries)) {
    const person = new Person({ subject: 'ann', scopes: ['read'] }, { subject: 'ann' });
    const credentials = new Credentials(person, 'my-client');
    if (library === '@modelcontextprotocol/sdk') {
      // it refreshes the token instead of asking the user, which adds no scope
      await expect(connect(running.mcpUrl, credentials)).rejects.toThrow('403 after trying upscoping');
      credentials.invalidateCredentials('tokens');
    }
    const client = await connect(running.mcpUrl, credentials);
    expect(await client.tools()).toContain('echo');
    expect(person.pages.map(({ scopes }) => scopes)).toEqual([
      ['read', 'write'],
      ['read', 'write'],
    ]);
    await client.close();
  }
});

test('names the scope that a tool requires with the prefix of Cognito', async () => {
  const running = await start(
    { auth: McpAuth.cognito() },
    {
      extend: ({ server, fn }) => {
        server.addTool(fn('echo'), { name: 'refund', access: McpAccess.scopes('write') });
      },
    },
  );
  const credentials = new Credentials(new Person({ subject: 'ann' }), 'my-client');
  const client = await libraries['@modelcontextprotocol/sdk']!.connect(running.mcpUrl, credentials);
  const missing = `missing scope: ${running.mcpUrl.href}/write. Request an access token with this scope to call refund`;
  expect(await client.call('refund', { message: 'done' })).toMatchObject({
    isError: true,
    content: [{ text: missing }],
  });
  await client.close();
});

test('signs in with a Cognito user pool of the app', async () => {
  const running = await start({ auth: McpAuth.cognito() });
  const [clientId] = Object.entries(running.runner.outputs.E2e!)
    .find(([name]) => name.includes('ClientId'))!
    .slice(1);
  const { stored } = await signIn(running, clientId as string);
  expect(claims(stored!.access_token)).toMatchObject({
    token_use: 'access',
    client_id: clientId,
    scope: `${running.mcpUrl.href}/use`,
  });
  const token = await fetchToken({ url: running.mcpUrl.href, scope: ['use'], group: ['a, b'] });
  expect(claims(token)['cognito:groups']).toEqual(['a, b']);
  expect((await send(running.mcpUrl, { authorization: `Bearer ${token}` })).status).toBe(200);
});

describe('without an authorization server for development', () => {
  test('takes an issuer at a loopback address as it is', async () => {
    const running = await start(oauth({ issuers: ['http://127.0.0.1:9/tenant'] }));
    expect(running.runner.issuers).toEqual([]);
    expect((await metadataOf(running.mcpUrl)).authorization_servers).toEqual(['http://127.0.0.1:9/tenant']);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256' })}.${part({ iss: 'http://127.0.0.1:9/tenant' })}.AA`;
    const response = await send(running.mcpUrl, { authorization: `Bearer ${token}` });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('accepts callers without a token as the local developer, but checks tokens', async () => {
    const running = await start(oauth(), { enforceAuth: false });
    expect(running.runner.issuers).toEqual([]);
    expect((await send(running.mcpUrl, {})).status).toBe(200);
    expect((await send(running.mcpUrl, { authorization: 'Bearer a.b.c' })).status).toBe(401);
  });
});
