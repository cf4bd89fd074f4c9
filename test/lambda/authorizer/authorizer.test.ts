import { createHmac } from 'node:crypto';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../src/private/contract';
import type { OAuthConfig } from '../../../src/private/oauth';
import { Issuer, newKey, signToken } from './issuer';

const MCP_URL = 'https://example.com/mcp';
const METADATA_URL = 'https://example.com/.well-known/oauth-protected-resource/mcp';
const METHOD_ARN = 'arn:aws:execute-api:us-east-1:111122223333:abcdef/prod/POST/mcp';

let issuer: Issuer;
beforeEach(async () => {
  issuer = await Issuer.start();
});
afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

type Authorize = (headers?: Record<string, string | string[]>) => Promise<APIGatewayAuthorizerResult>;

/** Loads the function with a configuration. */
async function authorizer(config: Partial<OAuthConfig> = {}): Promise<Authorize> {
  const all = { issuers: [issuer.url], audiences: [MCP_URL], scopes: [], metadataUrl: METADATA_URL, ...config };
  vi.stubEnv(ENV.OAUTH, JSON.stringify(all));
  vi.resetModules();
  const { handler } = await import('../../../lambda/authorizer/index');
  return (headers = {}) =>
    handler({
      type: 'REQUEST',
      methodArn: METHOD_ARN,
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    } as unknown as APIGatewayRequestAuthorizerEvent);
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const effectOf = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  (policyDocument.Statement[0] as { Effect: string }).Effect;
const now = () => Math.floor(Date.now() / 1000);

test('allows a valid token and describes its caller', async () => {
  const authorize = await authorizer({ claims: ['email', 'missing'] });
  const groups = ['a, b', 'c'];
  const token = issuer.token({ client_id: 'cursor', scope: 'read write', groups, email: 'ada@example.com' });
  expect(await authorize(bearer(token))).toEqual({
    principalId: `${issuer.url}|ada`,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
    },
    context: {
      clientId: 'cursor',
      scope: 'read write',
      groups: JSON.stringify(groups),
      callerClaims: '{"email":"ada@example.com"}',
    },
  });
});

describe('reads', () => {
  test.each<[string, object, Partial<OAuthConfig>, object]>([
    ['scopes from the text scp', { scope: undefined, scp: 'a b' }, {}, { scope: 'a b' }],
    ['scopes from the list scp', { scope: 'a', scp: ['a', 'b'] }, {}, { scope: 'a b' }],
    [
      'scopes without the prefix',
      { scope: 'https://x/mcp/read openid' },
      { scopePrefix: 'https://x/mcp/' },
      { scope: 'read openid', scopePrefix: 'https://x/mcp/' },
    ],
    ['groups of Cognito', { 'cognito:groups': ['ops'] }, {}, { groups: '["ops"]' }],
    [
      'groups from another claim',
      { groups: ['a'], roles: 'one, two' },
      { groupsClaim: 'roles' },
      { groups: '["one, two"]' },
    ],
    ['no groups from a prototype', {}, { groupsClaim: 'constructor' }, { groups: '[]' }],
    ['the client of Entra', { azp: 'app' }, {}, { clientId: 'app' }],
    ['one of several audiences', { aud: ['https://other', MCP_URL] }, {}, {}],
  ])('%s', async (_, claims, config, context) => {
    const authorize = await authorizer(config);
    const result = await authorize(bearer(issuer.token(claims)));
    expect(effectOf(result)).toBe('Allow');
    expect(result.context).toMatchObject(context);
  });
});

test('tells the same subject of two issuers apart', async () => {
  await using other = await Issuer.start();
  const authorize = await authorizer({ issuers: [issuer.url, other.url] });
  const ids = [await authorize(bearer(issuer.token())), await authorize(bearer(other.token()))].map(
    (r) => r.principalId,
  );
  expect(ids).toEqual([`${issuer.url}|ada`, `${other.url}|ada`]);
});

describe('rejects', () => {
  const stranger = newKey('first');
  const unsigned = (claims: object) => {
    const [, payload] = issuer.token(claims).split('.');
    return `${Buffer.from('{"alg":"none","kid":"first"}').toString('base64url')}.${payload}.`;
  };
  const withPublicKeyAsSecret = () => {
    const [, payload] = issuer.token().split('.');
    const input = `${Buffer.from('{"alg":"HS256","kid":"first"}').toString('base64url')}.${payload}`;
    const pem = issuer.keys[0]!.publicKey.export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
  };
  test.each<[string, () => Record<string, string | string[]>]>([
    ['no token', () => ({})],
    ['an empty header', () => ({ Authorization: '' })],
    ['basic authentication', () => ({ Authorization: 'Basic YTpi' })],
    ['text that is not a token', () => bearer('abc')],
    ['two Authorization headers', () => ({ Authorization: [`Bearer ${issuer.token()}`, `Bearer ${issuer.token()}`] })],
    ['two headers of different case', () => ({ ...bearer(issuer.token()), authorization: `Bearer ${issuer.token()}` })],
    ['two tokens in one header', () => bearer(`${issuer.token()}, Bearer ${issuer.token()}`)],
    ['another audience', () => bearer(issuer.token({ aud: 'https://example.com/other' }))],
    ['no audience', () => bearer(issuer.token({ aud: undefined }))],
    ['another issuer', () => bearer(issuer.token({ iss: 'https://other.example' }))],
    ['an issuer with a slash more', () => bearer(issuer.token({ iss: `${issuer.url}/` }))],
    ['an expired token', () => bearer(issuer.token({ exp: now() - 60 }))],
    ['a token without expiry', () => bearer(issuer.token({ exp: undefined }))],
    ['a token that is not valid yet', () => bearer(issuer.token({ nbf: now() + 60 }))],
    ['the algorithm none', () => bearer(unsigned({}))],
    ['HS256 with the public key', () => bearer(withPublicKeyAsSecret())],
    ['the signature of another key', () => bearer(issuer.token({}, { key: stranger }))],
    ['an unknown key id', () => bearer(issuer.token({}, { header: { kid: 'other' } }))],
    ['no key id', () => bearer(issuer.token({}, { header: { kid: undefined } }))],
    ['no subject', () => bearer(issuer.token({ sub: undefined }))],
    ['an ID token of Cognito', () => bearer(issuer.token({ token_use: 'id', client_id: 'app' }))],
    ['an ID token of Keycloak', () => bearer(issuer.token({ typ: 'ID', azp: 'app' }))],
    ['a refresh token of Keycloak', () => bearer(issuer.token({ typ: 'Refresh', azp: 'app' }))],
    ['an ID token with a nonce', () => bearer(issuer.token({ nonce: 'x' }))],
    [
      'an ID token for its client',
      () => bearer(issuer.token({ scope: undefined, azp: MCP_URL }, { header: { typ: 'JWT' } })),
    ],
    ['another type of token', () => bearer(issuer.token({}, { header: { typ: 'logout+jwt' } }))],
  ])('%s', async (_, headers) => {
    const authorize = await authorizer();
    await expect(authorize(headers())).rejects.toThrow(/^Unauthorized$/);
    expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
  });

  test('a client that is not listed, whatever the audience', async () => {
    const authorize = await authorizer({ audiences: undefined, clientIds: ['robot'] });
    await expect(authorize(bearer(issuer.token({ client_id: 'other' })))).rejects.toThrow('Unauthorized');
    expect(effectOf(await authorize(bearer(issuer.token({ client_id: 'robot', aud: undefined }))))).toBe('Allow');
  });
});

test('denies a token without a required scope, and names all scopes to request', async () => {
  const authorize = await authorizer({ scopes: ['read', 'write'], scopePrefix: 'https://example.com/mcp/' });
  const result = await authorize(bearer(issuer.token({ scope: 'https://example.com/mcp/read email bad"scope' })));
  expect(effectOf(result)).toBe('Deny');
  expect(result.context?.challenge).toBe(
    'Bearer error="insufficient_scope", error_description="missing scope: https://example.com/mcp/write", ' +
      `scope="https://example.com/mcp/read https://example.com/mcp/write email", resource_metadata="${METADATA_URL}"`,
  );
});

test('rejects any other text, and only that', async () => {
  const authorize = await authorizer();
  const log = (await import('../../../lambda/shared/log')).log;
  log.setLogLevel('SILENT');
  const part = fc.oneof(fc.json(), fc.string(), fc.constant('['.repeat(50_000)), fc.constant('{"alg":"RS256"}'));
  const signed = fc
    .dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', 'nbf', 'scope', 'scp', 'groups', 'typ'), fc.jsonValue())
    .map((claims) => issuer.token({ aud: 'https://example.com/other', ...claims, iss: issuer.url }));
  const encoded = fc
    .tuple(part, part, fc.base64String())
    .map((parts) => parts.map((each, i) => (i < 2 ? Buffer.from(each).toString('base64url') : each)).join('.'));
  await fc.assert(
    fc.asyncProperty(fc.oneof(signed, encoded, fc.string()), async (token) => {
      const result = await authorize(bearer(token)).catch((error: Error) => error.message);
      expect(result).toBe('Unauthorized');
    }),
    { seed: 14, numRuns: 500 },
  );
  expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
});

describe('finds the key set', () => {
  test.each([
    ['/.well-known/oauth-authorization-server/tenant'],
    ['/.well-known/openid-configuration/tenant'],
    ['/tenant/.well-known/openid-configuration'],
  ])('by %s', async (path) => {
    const iss = `${issuer.url}/tenant`;
    issuer.metadataPaths = [path];
    issuer.metadata = { issuer: iss };
    const authorize = await authorizer({ issuers: [iss] });
    expect(effectOf(await authorize(bearer(issuer.token({ iss }))))).toBe('Allow');
    await authorize(bearer(issuer.token({ iss })));
    expect(issuer.requests.filter((each) => each === '/keys')).toHaveLength(1);
  });

  test('at the configured address, without metadata', async () => {
    issuer.metadataPaths = [];
    const authorize = await authorizer({ jwksUris: { [issuer.url]: `${issuer.url}/keys` } });
    expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
  });
});

describe('reports an issuer that is not available, which is not an error of the token', () => {
  test.each<[string, () => void]>([
    ['no metadata', () => (issuer.metadataPaths = [])],
    ['metadata of another issuer', () => (issuer.metadata = { issuer: 'https://other.example' })],
    ['a key set without https', () => (issuer.metadata = { jwks_uri: 'http://192.0.2.1/keys' })],
    ['a key set that is not JSON', () => (issuer.metadata = { jwks_uri: `${issuer.url}/.well-known/none` })],
    ['status 500', () => (issuer.respond = (_, response) => response.writeHead(500).end())],
    ['a redirect', () => (issuer.respond = (_, r) => r.writeHead(302, { location: 'https://example.com' }).end())],
    ['a reset connection', () => (issuer.respond = (request) => request.socket.destroy())],
    ['an endless document', () => (issuer.respond = (_, response) => void endless(response))],
  ])('%s', async (_, arrange) => {
    arrange();
    const authorize = await authorizer();
    await expect(authorize(bearer(issuer.token()))).rejects.toThrow(/^(?!Unauthorized)/);
  });

  function endless(response: import('node:http').ServerResponse): void {
    const timer = setInterval(() => response.write(' '.repeat(65_536)), 1);
    response.on('close', () => clearInterval(timer));
  }

  test('and recovers with it', async () => {
    issuer.respond = (_, response) => response.writeHead(503).end();
    const authorize = await authorizer();
    await expect(authorize(bearer(issuer.token()))).rejects.toThrow('status 503');
    issuer.respond = undefined;
    expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
  });
});

describe('keys', () => {
  test('accepts a new key after a rotation', async () => {
    const authorize = await authorizer();
    await authorize(bearer(issuer.token()));
    issuer.keys = [newKey('second')];
    expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
  });

  test('does not fetch the key set for each unknown key id', async () => {
    const authorize = await authorizer();
    for (let i = 0; i < 20; i++) {
      const token = signToken({ iss: issuer.url, sub: 'x', exp: now() + 60 }, { ...issuer.keys[0]!, kid: `k${i}` });
      await expect(authorize(bearer(token))).rejects.toThrow('Unauthorized');
    }
    expect(issuer.requests.filter((each) => each === '/keys').length).toBeLessThanOrEqual(2);
  });

  test('accepts a new key 2 seconds after a token with an unknown key id', async () => {
    const authorize = await authorizer();
    await authorize(bearer(issuer.token()));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await expect(authorize(bearer(issuer.token({}, { header: { kid: 'other' } })))).rejects.toThrow('Unauthorized');
      issuer.keys = [newKey('second')];
      await expect(authorize(bearer(issuer.token()))).rejects.toThrow('Unauthorized');
      vi.advanceTimersByTime(2_000);
      expect(effectOf(await authorize(bearer(issuer.token())))).toBe('Allow');
    } finally {
      vi.useRealTimers();
    }
  });

  test('keeps the known keys if they cannot be read again, and refuses revoked ones after an hour', async () => {
    const authorize = await authorizer();
    const token = issuer.token({ exp: now() + 10_000 });
    await authorize(bearer(token));
    vi.useFakeTimers({ now: Date.now() + 3_601_000, toFake: ['Date'] });
    try {
      issuer.respond = (_, response) => response.writeHead(500).end();
      expect(effectOf(await authorize(bearer(token)))).toBe('Allow');
      issuer.respond = undefined;
      issuer.keys = [newKey('second')];
      vi.setSystemTime(Date.now() + 61_000);
      await expect(authorize(bearer(token))).rejects.toThrow('Unauthorized');
    } finally {
      vi.useRealTimers();
    }
  });
});
