/** People sign in: stock clients go from 401 to a tool call by themselves, on the synthesised template. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAuth } from '../../src';
import { type Fixture, startFixture } from './support/fixture';
import { Credentials, libraries, Person } from './support/sign-in';

const ISSUER = 'https://login.example.com/tenant';

let fixture: Fixture;
let issuer: string;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: [ISSUER], scopes: ['tools'] }) },
  });
  const metadata = await fetch(new URL('/prod/.well-known/oauth-protected-resource/mcp', fixture.mcpUrl));
  issuer = (await metadata.json()).authorization_servers[0];
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const post = (headers: Record<string, string>, url: URL | string = fixture.mcpUrl) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });

test('replaces issuer and addresses alike', async () => {
  const response = await post({});
  expect(response.status).toBe(401);
  const challenge = response.headers.get('www-authenticate')!;
  expect(challenge).toContain('scope="tools"');
  const [, url] = /resource_metadata="([^"]+)"/.exec(challenge)!;
  expect(url).toBe(`${fixture.mcpUrl.origin}/prod/.well-known/oauth-protected-resource/mcp`);
  const metadata = await (await fetch(url!)).json();
  expect(metadata).toEqual({
    resource: fixture.mcpUrl.href,
    authorization_servers: [issuer],
    scopes_supported: ['tools'],
    bearer_methods_supported: ['header'],
  });
  expect(issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\.example\.com-tenant$/);
});

describe.each(Object.entries(libraries))('%s', (_, { connect }) => {
  test.each([
    ['a client that was registered by hand', 'my-client'],
    ['a client that registers itself', undefined],
  ])('signs in with %s', async (_name, clientId) => {
    const person = new Person({ subject: 'ann', groups: ['staff, all'] });
    const credentials = new Credentials(person, clientId);
    const client = await connect(fixture.mcpUrl, credentials);
    expect(await client.call('echo', { message: 'hello' })).toMatchObject({ content: [{ type: 'text' }] });
    expect(credentials.signIns).toBe(1);
    expect(person.pages[0]!.scopes).toEqual(['tools']);
    await client.close();
  });
});
