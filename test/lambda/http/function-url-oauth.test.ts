/** Access tokens that the server checks itself: `/mcp` behind a function URL with `McpAuth.oauth()`. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { DOMAIN_PLACEHOLDER, type OAuthConfig } from '../../../src/private/oauth.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { Issuer, newKey } from '../authorizer/issuer.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

const PAGE = 'https://app.example';
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
/** The own addresses in the configuration, as the local runner writes them. */
const OWN = `http://${DOMAIN_PLACEHOLDER}`;

let server: TestServer;
let functions: { stop(): Promise<void> };
let issuer: Issuer;
let other: Issuer;
let host: StreamingHost;

beforeAll(async () => {
  server = await startTestServer();
  [issuer, other] = [await Issuer.start(), await Issuer.start()];
  other.respond = (_, response) => response.writeHead(500).end();
  functions = await startFunctions(['reflect']);
  const config: OAuthConfig = {
    issuers: [issuer.url, other.url],
    audiences: [`${OWN}/mcp`],
    scopes: ['use'],
    scopePrefix: `${OWN}/mcp/`,
    claims: ['tenant'],
    metadataUrl: `${OWN}/.well-known/oauth-protected-resource/mcp`,
  };
  Object.assign(process.env, {
    [ENV.AUTHORIZATION]: AUTHORIZATION.CUSTOM,
    [ENV.OAUTH]: JSON.stringify(config),
    [ENV.ALLOWED_ORIGINS]: PAGE,
  });
  await server.tables.register(
    tool('whoami', { lambdaArn: functionArn('reflect'), event: { type: 'request' } }),
    tool('refund', { lambdaArn: functionArn('reflect'), access: { scopes: ['write'] } }),
  );
  const load = async () => (await import('../../../lambda/http/index.js')).handler;
  host = await startStreamingHost('/mcp', load, { functionUrl: true });
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await issuer[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await server.stop();
});

const now = () => Math.floor(Date.now() / 1000);
const at = (path: string) => new URL(path, host.url).href;
const scope = (...names: string[]) => names.map((name) => `${at('/mcp')}/${name}`).join(' ');
/** A token that the server accepts, except for the given claims. */
const token = (claims: object = {}, options: Parameters<Issuer['token']>[1] = {}) =>
  issuer.token({ aud: at('/mcp'), scope: scope('use'), ...claims }, options);

const rpc = (method: string, params: object = {}) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const request = (headers: Record<string, string>, body: string | undefined = rpc('tools/list'), method = 'POST') =>
  fetch(host.url, { method, headers: { ...HEADERS, ...headers }, ...(method === 'POST' && { body }) });
const bearer = (...args: Parameters<typeof token>) => ({ authorization: `Bearer ${token(...args)}` });
/** The result of a call, which is an event stream. */
const result = async (response: Response) => JSON.parse(/^data: (.*)$/m.exec(await response.text())![1]!).result;
/** The challenge, under the name that Lambda gives it. */
const challengeOf = ({ headers }: Response) => headers.get('x-amzn-remapped-www-authenticate');

describe('a caller with an access token', () => {
  test('has the same principal and grants as behind an authorizer', async () => {
    const claims = { client_id: 'cursor', groups: ['a,b'], tenant: 'acme', email: 'ada@example.com' };
    const response = await request(
      bearer({ ...claims, scope: `${scope('use', 'read')} email` }),
      rpc('tools/call', { name: 'whoami' }),
    );
    const { content } = await result(response);
    expect(JSON.parse(content[0].text).event.context.principal).toEqual({
      id: `${issuer.url}|ada`,
      claims: { tenant: 'acme' },
      scopes: ['use', 'read', 'email'],
      groups: ['a,b'],
      clientId: 'cursor',
    });
    expect(content[0].text).not.toMatch(/bearer|eyJ|ada@/i);
  });

  test('receives an error that names the scope which a tool lacks', async () => {
    const call = rpc('tools/call', { name: 'refund' });
    const response = await request(bearer(), call);
    expect(response.status).toBe(200);
    expect(await result(response)).toMatchObject({
      isError: true,
      content: [{ text: `missing scope: ${scope('write')}. Request an access token with this scope to call refund` }],
    });
    expect(await result(await request(bearer({ scope: scope('use', 'write') }), call))).not.toHaveProperty('isError');
  });
});

describe('a request is refused', () => {
  const parts = () => token().split('.') as [string, string, string];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signedWithPublicKey = () => {
    const input = `${encode({ alg: 'HS256', kid: 'first' })}.${parts()[1]}`;
    const pem = issuer.keys[0]!.publicKey.export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
  };

  test.each<[string, () => Record<string, string>]>([
    ['without a token', () => ({})],
    ['with an empty header', () => ({ authorization: '' })],
    ['with a signature of AWS', () => ({ authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/x', 'x-test-user': 'ann' })],
    ['with two tokens', () => ({ authorization: `Bearer ${token()},Bearer ${token()}` })],
    ['with a token in another header', () => ({ 'x-authorization': `Bearer ${token()}`, cookie: `token=${token()}` })],
    ['with a token of another audience', () => bearer({ aud: 'https://example.com/mcp' })],
    ['with a token of the placeholder', () => bearer({ aud: `${OWN}/mcp` })],
    ['with a token of the origin', () => bearer({ aud: host.url.origin })],
    ['with a token without an audience', () => bearer({ aud: undefined })],
    ['with a token of another issuer', () => bearer({ iss: 'https://attacker.example' })],
    ['with a token that has expired', () => bearer({ exp: now() - 60 })],
    ['with a token that is not yet valid', () => bearer({ nbf: now() + 60 })],
    ['with the algorithm none', () => ({ authorization: `Bearer ${encode({ alg: 'none' })}.${parts()[1]}.` })],
    ['with the public key as secret', () => ({ authorization: `Bearer ${signedWithPublicKey()}` })],
    ['with the signature of another key', () => bearer({}, { key: newKey('first') })],
    ['with an ID token', () => bearer({ nonce: 'x' })],
    ['with a token without a subject', () => bearer({ sub: undefined })],
    [
      'whose headers name another host',
      () => ({ 'x-forwarded-host': 'evil.example', ...bearer({ aud: 'https://evil.example/mcp' }) }),
    ],
  ])('%s', async (_, headers) => {
    for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
      const response = await request(headers(), undefined, method);
      expect([method, response.status]).toEqual([method, 401]);
      expect(challengeOf(response)).toBe(
        `Bearer scope="${scope('use')}", resource_metadata="${at('/.well-known/oauth-protected-resource/mcp')}"`,
      );
      expect(await response.json()).toEqual({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32_001, message: expect.stringContaining(at('/.well-known/oauth-protected-resource/mcp')) },
      });
    }
  });

  test('without a scope of the server, and names it', async () => {
    const response = await request(bearer({ scope: `${scope('write')} bad"scope` }));
    expect(response.status).toBe(403);
    expect(challengeOf(response)).toBe(
      `Bearer error="insufficient_scope", error_description="missing scope: ${scope('use')}", ` +
        `scope="${scope('use', 'write')}", resource_metadata="${at('/.well-known/oauth-protected-resource/mcp')}"`,
    );
    expect(await response.json()).toMatchObject({
      error: { code: -32_001, message: `missing scope: ${scope('use')}` },
    });
  });

  test('before its body is read, and after its origin is checked', async () => {
    expect((await request({}, 'not JSON')).status).toBe(401);
    expect((await request(bearer(), 'not JSON')).status).toBe(400);
    expect((await request({ origin: 'https://evil.example' })).status).toBe(403);
    const preflight = { origin: PAGE, 'access-control-request-method': 'POST' };
    expect((await request(preflight, undefined, 'OPTIONS')).status).toBe(204);
    expect((await request(bearer(), undefined, 'PUT')).status).toBe(405);
  });

  test('so that the page of an allowed origin can read why', async () => {
    const response = await request({ origin: PAGE });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, PAGE]);
  });
});

test('responds with 503 while the issuer is not available, and recovers with it', async () => {
  const headers = { authorization: `Bearer ${other.token({ aud: at('/mcp'), scope: scope('use') })}` };
  const response = await request(headers);
  expect([response.status, response.headers.get('retry-after'), challengeOf(response)]).toEqual([503, '5', null]);
  expect(await response.json()).toMatchObject({
    error: { message: 'the issuer of the access token is not available; try again later' },
  });
  expect((await request(bearer())).status).toBe(200);
  other.respond = undefined;
  expect((await request(headers)).status).toBe(200);
});

test('reads the keys of the issuers before the first request, and once', async () => {
  const { AccessTokens } = await import('../../../lambda/oauth/access-tokens.js');
  const config = { issuers: [issuer.url], scopes: [], metadataUrl: '' };
  const tokens = new AccessTokens(config);
  const keysRead = () => issuer.requests.filter((path) => path === '/keys').length;
  const before = keysRead();
  tokens.prefetchKeys();
  await vi.waitFor(() => expect(keysRead()).toBe(before + 1));
  for (let n = 0; n < 2; n++) await tokens.callerOf({ headers: bearer() }, config);
  expect(keysRead()).toBe(before + 1);
});

test('reads the keys again an hour after it began to read them, even if no token came before', async () => {
  const { IssuerKeys } = await import('../../../lambda/oauth/issuer-keys.js');
  const keys = new IssuerKeys(issuer.url);
  const keysRead = () => issuer.requests.filter((path) => path === '/keys').length;
  const before = keysRead();
  keys.prefetch(Date.now() - 3_600_000);
  await vi.waitFor(() => expect(keysRead()).toBe(before + 1));
  await keys.verify(bearer().authorization.slice('Bearer '.length));
  expect(keysRead()).toBe(before + 2);
});

describe('the metadata', () => {
  test.each(['', '/mcp', '/mcp/orders'])(
    'is at /.well-known/oauth-protected-resource%s, without a token',
    async (path) => {
      const response = await fetch(at(`/.well-known/oauth-protected-resource${path}`), {
        headers: { origin: 'https://any.example', 'mcp-protocol-version': '2025-11-25' },
      });
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': '*',
        'cache-control': 'max-age=300',
        'content-type': 'application/json',
      });
      expect(await response.json()).toEqual({
        resource: at('/mcp'),
        authorization_servers: [issuer.url, other.url],
        scopes_supported: [scope('use')],
        bearer_methods_supported: ['header'],
      });
    },
  );

  test('can be read by pages of all origins', async () => {
    const preflight = await fetch(at('/.well-known/oauth-protected-resource/mcp'), {
      method: 'OPTIONS',
      headers: { origin: 'https://any.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': '*',
    });
  });

  test('allows GET only, and has no other paths', async () => {
    const post = await fetch(at('/.well-known/oauth-protected-resource'), { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
    for (const path of ['/sse', '/mcp/a/b', '/../mcp']) {
      expect((await fetch(at(`/.well-known/oauth-protected-resource${path}`))).status, path).toBe(404);
    }
  });
});
