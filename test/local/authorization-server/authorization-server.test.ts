import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issuer } from '../../../local/services/authorization-server/issuer.js';
import { LocalIssuers } from '../../../local/services/authorization-server/local-issuers.js';
import { send } from '../apigateway/support.js';

const REMOTE = 'https://login.example.com';
const RESOURCE = 'http://127.0.0.1:3001/prod/mcp';
const logs: string[] = [];
let issuers: LocalIssuers;
let issuer: Issuer;
const create = (enforceAuth: boolean) =>
  new LocalIssuers({
    enforceAuth,
    cwd: process.cwd(),
    port: 0,
    resources: () => [{ url: RESOURCE, audience: RESOURCE, scopes: ['tools'], scopePrefix: '' }],
    access: () => ({ scopes: ['tools', 'write'], groups: ['<staff>'] }),
    onLog: (text) => logs.push(text),
  });
beforeAll(async () => {
  issuers = create(true);
  issuer = (await issuers.replace(REMOTE))!;
});
afterAll(() => issuers.close());

/** Requests authorization. Returns the cookies, and the address of the sign-in page. */
async function authorize(parameters: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: 'my-client',
    redirect_uri: 'http://localhost:8080/callback',
    response_type: 'code',
    scope: 'tools',
    resource: RESOURCE,
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const response = await fetch(`${issuer.local}/auth?${query}`, { redirect: 'manual' });
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { response, cookie: cookie.join('; '), location: response.headers.get('location') };
}

async function requestToken(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${issuer.local}/development/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return [response.status, (await response.text()).trim()] as const;
}

describe('issuers', () => {
  it.each(['oauth-authorization-server', 'openid-configuration'])('have metadata at both forms of %s', async (name) => {
    const { origin, pathname } = new URL(issuer.local);
    for (const url of [`${origin}/.well-known/${name}${pathname}`, `${issuer.local}/.well-known/${name}`]) {
      const metadata = await (await fetch(url)).json();
      expect(metadata).toMatchObject({
        issuer: issuer.local,
        code_challenge_methods_supported: ['S256'],
        client_id_metadata_document_supported: true,
        authorization_response_iss_parameter_supported: true,
      });
    }
  });

  it('are replaced in texts, but not where another host begins with them', () => {
    expect(issuers.toLocal(`${REMOTE} ${REMOTE}/keys ${REMOTE}.evil.example ${REMOTE}:8443x`)).toBe(
      `${issuer.local} ${issuer.local}/keys ${REMOTE}.evil.example ${issuer.local}:8443x`,
    );
  });

  it('are not replaced at a loopback address, or without --enforce-auth', () => {
    expect(issuers.needsReplacement('http://localhost:9000')).toBe(false);
    expect(create(false).needsReplacement(REMOTE)).toBe(false);
  });

  it('answer only requests to their own host', async () => {
    const response = await send(`${issuer.local}/.well-known/openid-configuration`, {
      headers: { host: 'evil.example' },
    });
    expect(response.status).toBe(403);
  });
});

describe('the sign-in page', () => {
  it('shows client, server, scopes and groups', async () => {
    const { location, cookie } = await authorize({ client_id: '<b>client', scope: 'tools other' });
    const page = await (await fetch(new URL(location!, issuer.local), { headers: { cookie } })).text();
    expect(page).toContain('&#60;b&#62;client');
    expect(page).toContain('value="&#60;staff&#62;"');
    expect(page.match(/name="scope" value="[^"]+" checked/g)).toHaveLength(2);
    expect(page).toContain(REMOTE);
  });

  it('is shown only to the browser that started the sign-in', async () => {
    const { location } = await authorize();
    expect((await fetch(new URL(location!, issuer.local))).status).toBe(400);
  });
});

describe('authorization requests', () => {
  it.each([
    ['another machine', { redirect_uri: 'https://evil.example/callback' }],
    ['another machine without TLS', { redirect_uri: 'http://evil.example/callback' }],
  ])('do not return to %s', async (_, parameters) => {
    const { response, location } = await authorize(parameters);
    expect([response.status, location]).toEqual([400, null]);
  });

  it.each(['http://127.0.0.1:1/a', 'http://[::1]:2/b', 'cursor://anysphere.cursor-mcp/oauth/callback'])(
    'return to %s',
    async (redirect_uri) => {
      expect((await authorize({ redirect_uri })).location).toContain('/sign-in/');
    },
  );

  it('return to the callback URLs of an app client', async () => {
    issuers.setClient('app-client', ['https://claude.ai/api/mcp/auth_callback']);
    const redirect_uri = 'https://claude.ai/api/mcp/auth_callback';
    expect((await authorize({ redirect_uri, client_id: 'app-client' })).location).toContain('/sign-in/');
  });

  it('require PKCE', async () => {
    const { location } = await authorize({ code_challenge: '', code_challenge_method: '' });
    expect(new URL(location!).searchParams.get('error')).toBe('invalid_request');
  });

  it('let a registered client return only to its own addresses', async () => {
    const response = await fetch(`${issuer.local}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['http://localhost:8787/callback'], scope: 'tools' }),
    });
    const { client_id } = (await response.json()) as { client_id: string };
    expect((await authorize({ client_id, redirect_uri: 'http://localhost:8787/callback' })).location).toContain(
      '/sign-in/',
    );
    expect((await authorize({ client_id, redirect_uri: 'http://localhost:8787/other' })).response.status).toBe(400);
  });
});

describe('tokens without a browser', () => {
  it('have what was asked for', async () => {
    const [status, text] = await requestToken({
      resource: RESOURCE,
      subject: 'ann',
      groups: ['a, b'],
      scopes: ['x'],
      claims: { tenant: 'acme', iss: 'x' },
    });
    expect(status).toBe(200);
    const { access_token } = JSON.parse(text);
    expect(await issuers.verify(REMOTE, access_token)).toMatchObject({
      iss: issuer.local,
      aud: RESOURCE,
      sub: 'ann',
      scope: 'x',
      groups: ['a, b'],
      tenant: 'acme',
      client_id: 'mcp-lambda-token',
    });
    await expect(issuers.verify('https://other.example', access_token)).rejects.toThrow('is not replaced');
  });

  it('are not issued to web pages', async () => {
    const body = { resource: RESOURCE };
    expect((await requestToken(body, { origin: 'https://evil.example' }))[0]).toBe(403);
    expect((await requestToken(body, { 'content-type': 'text/plain' }))[0]).toBe(403);
  });

  it.each([
    [{}, 'invalid resource: expected the URL of a server'],
    [{ resource: RESOURCE, subject: '' }, 'invalid subject: expected text'],
    [{ resource: RESOURCE, clientId: 1 }, 'invalid clientId: expected text'],
    [{ resource: RESOURCE, groups: 'a' }, 'invalid scopes or groups: expected lists of text'],
    [{ resource: RESOURCE, claims: { a: 1 } }, 'invalid claims: expected text by name'],
    [{ resource: RESOURCE, expiresIn: 0 }, 'invalid expiresIn: expected seconds'],
  ])('are refused for %j', async (body, message) => {
    expect(await requestToken(body)).toEqual([400, message]);
  });
});
