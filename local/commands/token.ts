import { isLoopbackUrl } from '../assembly/urls.js';
import { resourceMetadataAddress } from '../oauth-metadata-urls.js';
import { TOKEN_URL_MEMBER } from '../services/authorization-server/token-request.js';

interface TokenOptions {
  readonly url: string;
  readonly subject?: string;
  readonly scope?: readonly string[];
  readonly group?: readonly string[];
  /** Further claims by name. */
  readonly claim?: Readonly<Record<string, string>>;
  readonly clientId?: string;
  readonly expiresIn?: number;
  /** Base URL of the authorization server, if the server has several. */
  readonly issuer?: string;
}

/** `mcp-lambda token`: prints an access token for a server that runs locally. */
export async function token(options: TokenOptions): Promise<void> {
  process.stdout.write(`${await fetchToken(options)}\n`);
}

/** Gets an access token from the authorization server for development, the way a client finds it. */
export async function fetchToken(options: TokenOptions): Promise<string> {
  const { url, issuer, subject, scope, group, claim, clientId, expiresIn } = options;
  if (!isLoopbackUrl(url)) {
    throw new Error(`--url ${url} is not on this machine: pass the MCP URL that mcp-lambda local prints`);
  }
  const metadata = await resourceMetadata(url);
  const [first] = metadata.authorization_servers;
  const tokenUrl = await developmentTokenUrl(issuer ?? first ?? '');
  const body = {
    resource: metadata.resource,
    subject,
    scopes: scope,
    groups: group,
    claims: claim,
    clientId,
    expiresIn,
  };
  const response = await request(tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Reads the protected resource metadata (RFC 9728), to which the server's challenge leads. */
async function resourceMetadata(url: string): Promise<{ resource: string; authorization_servers: string[] }> {
  const response = await request(url, { method: 'POST' });
  const metadataUrl = resourceMetadataAddress(url, response.headers);
  if (metadataUrl === undefined) {
    throw new Error(
      `${url} answered ${response.status} without a challenge: start mcp-lambda local with --enforce-auth, for a server with McpAuth.oauth() or McpAuth.cognito()`,
    );
  }
  return (await (await request(metadataUrl)).json()) as { resource: string; authorization_servers: string[] };
}

async function developmentTokenUrl(issuer: string): Promise<string> {
  if (!isLoopbackUrl(issuer)) throw new Error(`issuer ${issuer} is not the authorization server for development`);
  const { origin, pathname } = new URL(issuer);
  const response = await request(`${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`);
  const metadata = response.ok ? ((await response.json()) as Record<string, unknown>) : {};
  const tokenUrl = metadata[TOKEN_URL_MEMBER];
  if (typeof tokenUrl === 'string') return tokenUrl;
  throw new Error(`issuer ${issuer} is not the authorization server for development: get a token from it`);
}

async function request(url: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new Error(`cannot reach ${url}: ${(error as { cause?: Error }).cause?.message ?? (error as Error).message}`);
  }
}
