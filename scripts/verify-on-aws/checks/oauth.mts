import { type Check, type Context, ensure } from '../check.mjs';
import { SCOPES, UNAVAILABLE_ISSUER } from '../oauth-stack.mjs';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
/** A call of the tool `write`, with the headers of clients of 2026. */
const CALL = {
  method: 'POST',
  headers: { ...HEADERS, 'mcp-method': 'tools/call', 'mcp-name': 'write' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'write', arguments: {} } }),
};
/** Callback addresses of `McpAuth.cognito()`, one of each kind. */
const CALLBACKS = [
  'https://claude.ai/api/mcp/auth_callback',
  'http://localhost:33420/callback',
  'cursor://anysphere.cursor-mcp/oauth/callback',
];
/** RFC 7636, appendix B. */
const CODE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

type Outputs = NonNullable<Context['oauth']>;

function outputsOf({ oauth }: Context): Outputs {
  ensure(oauth, 'the stack with access tokens is not deployed');
  return oauth;
}

/** The challenge of a response, with the status and the header that API Gateway must not rename. */
function challengeOf({ status, headers }: Response, expected: number, request: string): string {
  ensure(status === expected, `${request}: expected ${expected}, got ${status}`);
  const renamed = headers.get('x-amzn-remapped-www-authenticate');
  const challenge = headers.get('www-authenticate');
  ensure(challenge, `${request}: ${expected} without WWW-Authenticate${renamed ? `; renamed: ${renamed}` : ''}`);
  return challenge;
}

export const challenges: Check = {
  id: 31,
  claim: 'The challenges of 401 and 403 reach the client',
  option: 'oauth',
  async run(context) {
    const { target, signal } = context;
    const outputs = outputsOf(context);
    const { Mcp, Sse } = outputs as Record<'Mcp' | 'Sse', string>;
    const send = (url: string, init: RequestInit = {}) => fetch(url, { ...init, signal });
    const call = async (...scopes: string[]) => {
      const token = await target.accessToken(outputs, scopes);
      return send(Mcp, { ...CALL, headers: { ...CALL.headers, authorization: `Bearer ${token}` } });
    };

    const requests = [
      ['POST', Mcp],
      ['GET', Mcp],
      ['DELETE', Mcp],
      ['GET', Sse],
    ] as const;
    let metadataUrl = '';
    for (const [method, url] of requests) {
      const challenge = challengeOf(await send(url, { method }), 401, `${method} ${new URL(url).pathname}`);
      metadataUrl = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
      ensure(metadataUrl, `the challenge names no metadata: ${challenge}`);
    }
    const { resource } = (await (await send(metadataUrl)).json()) as { resource?: string };
    ensure(resource === Mcp, `the metadata at ${metadataUrl} has the resource ${resource}`);

    for (const [scopes, missing] of [
      [[SCOPES.other], SCOPES.connect],
      [[SCOPES.connect], SCOPES.write],
    ] as const) {
      const denied = challengeOf(await call(...scopes), 403, `a token without ${missing}`);
      ensure(
        denied.includes('error="insufficient_scope"') && denied.includes(missing),
        `unexpected challenge: ${denied}`,
      );
    }
    const allowed = await call(SCOPES.connect, SCOPES.write);
    const text = await allowed.text();
    ensure(allowed.status === 200 && text.includes('done'), `a token with all scopes: ${allowed.status} ${text}`);
    return `${requests.length} × 401 and 2 × 403 with the true header, 200 with all scopes`;
  },
};

export const unavailableIssuer: Check = {
  id: 33,
  claim: 'An issuer that does not answer is 503, not 401',
  option: 'oauth',
  async run(context) {
    const { Mcp } = outputsOf(context);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: UNAVAILABLE_ISSUER })}.AA`;
    const headers = { ...CALL.headers, authorization: `Bearer ${token}` };
    const response = await fetch(Mcp!, { ...CALL, headers, signal: context.signal });
    const text = await response.text();
    ensure(response.status === 503, `expected 503, got ${response.status} ${text}`);
    ensure(response.headers.get('retry-after'), '503 without Retry-After');
    const { error } = JSON.parse(text) as { error?: { data?: { type?: string } } };
    ensure(error, `the body is not a JSON-RPC error: ${text}`);
    return `503 with Retry-After; the type of the gateway response is ${error.data?.type}`;
  },
};

export const cognitoLogin: Check = {
  id: 34,
  claim: 'Cognito accepts the requests of clients',
  option: 'oauth',
  awsOnly: 'the pages are those of Cognito',
  async run(context) {
    const { Issuer, LoginUrl, PersonId, Register } = outputsOf(context) as Record<string, string>;
    const { signal } = context;
    const discovered = await fetch(`${Issuer}/.well-known/openid-configuration`, { signal });
    const metadata = (await discovered.json()) as Record<string, unknown>;
    ensure(metadata.issuer === Issuer, `the metadata of ${Issuer} is that of ${metadata.issuer}`);
    const authorize = async (redirectUri: string, resource: string) => {
      const parameters = new URLSearchParams({
        client_id: PersonId!,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: `${resource}/register`,
        resource,
        state: 'x',
        code_challenge: CODE_CHALLENGE,
        code_challenge_method: 'S256',
      });
      const url = `${LoginUrl}/oauth2/authorize?${parameters}`;
      const response = await fetch(url, { redirect: 'manual', signal });
      return response.headers.get('location') ?? `status ${response.status}`;
    };
    // the resource of both APIs of a server is its MCP URL
    const resource = Register!.replace(/\/register$/, '/mcp');
    for (const callback of CALLBACKS) {
      const location = await authorize(callback, resource);
      ensure(
        /\/login\b/.test(location) && !/error=/.test(location),
        `${callback}: expected the login page, got ${location}`,
      );
    }
    const stranger = await authorize('https://attacker.example/callback', resource);
    ensure(!stranger.startsWith('https://attacker.example'), `an address that is not registered gets ${stranger}`);
    const unknown = await authorize(CALLBACKS[0]!, 'https://attacker.example/mcp');
    const supported = [
      'client_id_metadata_document_supported',
      'registration_endpoint',
      'code_challenge_methods_supported',
    ];
    return [
      `${CALLBACKS.length} callback addresses lead to the login page`,
      `an unknown resource leads to ${new URL(unknown, LoginUrl).pathname}`,
      ...supported.map((name) => `${name}: ${JSON.stringify(metadata[name]) ?? 'absent'}`),
    ].join('; ');
  },
};
