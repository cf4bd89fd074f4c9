import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { isLoopbackUrl } from '../../assembly/urls.js';
import type { Client, Interaction, Library, Provider, RequestContext } from './library.js';
import type { Resource } from './resource.js';
import { Storage } from './storage.js';
import { TOKEN_URL_MEMBER } from './token-request.js';

/** What the developer chooses when a client asks for access. */
export interface SignIn {
  readonly subject: string;
  readonly groups: readonly string[];
  /** Further claims of the token. */
  readonly claims: Readonly<Record<string, string>>;
  /** Scopes to grant, as the client requested them. */
  readonly scopes: readonly string[];
}

/** A token that `mcp-lambda token` asks for. */
export interface TokenRequest extends SignIn {
  readonly resource: string;
  readonly clientId: string;
  /** Seconds until the token expires. */
  readonly expiresIn: number;
}

export interface IssuerOptions {
  readonly library: Library;
  /** The issuer of the app that this one replaces. */
  readonly remote: string;
  readonly local: string;
  readonly resources: () => readonly Resource[];
  /** Addresses to which an app client of the template may return users. */
  readonly callbacksOf: (clientId: string) => readonly string[];
  readonly onLog: (text: string) => void;
}

/** Scopes of OpenID Connect. */
const OIDC_SCOPES = ['openid', 'offline_access', 'email', 'profile'];
const HOUR = 3600;

/** An issuer of the app, replaced by a local one. */
export class Issuer {
  readonly local: string;
  readonly remote: string;
  /** Public keys, for those who check tokens. */
  readonly jwks: Jwks;
  readonly provider: Provider;
  /** What the developer chose, by grant. */
  private readonly choices = new Map<string, Pick<SignIn, 'groups' | 'claims'>>();
  private readonly storage = new Storage(publicClient);

  constructor(private readonly options: IssuerOptions) {
    this.local = options.local;
    this.remote = options.remote;
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const names = { kid: randomUUID(), alg: 'RS256', use: 'sig' };
    this.jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), ...names }] } as Jwks;
    this.provider = new options.library.Provider(
      this.local,
      this.configuration({ ...privateKey.export({ format: 'jwk' }), ...names }),
    );
    this.allowRedirects();
    this.allowScopes();
    this.provider.on('server_error', (_, error) => options.onLog(`authorization server: ${error.stack}`));
  }

  /** Grants what the developer chose, and returns to the client. */
  async finish(req: unknown, res: unknown, { params }: Interaction, signIn: SignIn): Promise<void> {
    const { subject, scopes } = signIn;
    const grant = new this.provider.Grant({ accountId: subject, clientId: params.client_id });
    const requested = words(params.scope);
    const ofOidc = requested.filter((scope) => OIDC_SCOPES.includes(scope));
    if (ofOidc.length > 0) grant.addOIDCScope(ofOidc.join(' '));
    const resource = params.resource ?? this.local;
    for (const scope of this.grantableScopes(params.scope)) {
      if (scopes.includes(scope)) grant.addResourceScope(resource, scope);
      else grant.rejectResourceScope(resource, scope);
    }
    const grantId = await grant.save();
    this.choices.set(grantId, signIn);
    await this.provider.interactionFinished(
      req,
      res,
      { login: { accountId: subject }, consent: { grantId } },
      { mergeWithLastSubmission: false },
    );
  }

  /** Refuses the client's request. */
  async refuse(req: unknown, res: unknown): Promise<void> {
    const result = { error: 'access_denied', error_description: 'the developer refused the request' };
    await this.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }

  /** Issues an access token without a client and a browser. */
  async issueToken(request: TokenRequest): Promise<string> {
    const { subject, scopes, resource, clientId, expiresIn } = request;
    const client = await this.provider.Client.find(clientId);
    const grantId = randomUUID();
    this.choices.set(grantId, request);
    const server = new this.provider.ResourceServer(resource, this.resourceServer(resource, scopes.join(' ')));
    const token = new this.provider.AccessToken({
      client,
      accountId: subject,
      grantId,
      expiresIn,
      resourceServer: server,
    });
    token.scope = scopes.join(' ') || undefined;
    return token.save();
  }

  /** Returns the server with a URL. */
  resource(url: string): Resource | undefined {
    return this.options.resources().find((each) => each.url === url);
  }

  /** Returns the scopes of a request that the developer can grant or refuse. */
  grantableScopes(scope: string | undefined): readonly string[] {
    return words(scope).filter((each) => !OIDC_SCOPES.includes(each));
  }

  private configuration(key: object): object {
    const { pathname } = new URL(this.local);
    const mount = pathname.replace(/\/$/, '');
    return {
      adapter: this.storage.adapter,
      jwks: { keys: [key] },
      scopes: OIDC_SCOPES,
      claims: { openid: ['sub', 'groups', 'cognito:groups'], email: ['email'], profile: ['name'] },
      conformIdTokenClaims: false, // ID tokens have the claims of the user, as Cognito's
      clientDefaults: { application_type: 'native', token_endpoint_auth_method: 'none' },
      clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
      clientBasedCORS: () => true,
      cookies: { keys: [randomBytes(32).toString('hex')] },
      pkce: { required: () => true },
      discovery: { [TOKEN_URL_MEMBER]: `${this.local.replace(/\/$/, '')}/development/token` },
      expiresWithSession: () => false,
      issueRefreshToken: () => true,
      renderError: (ctx: { type: string; body: string }, out: { error: string; error_description?: string }) => {
        ctx.type = 'text';
        ctx.body = `${out.error}: ${out.error_description}\n`;
      },
      responseTypes: ['code'],
      rotateRefreshToken: true,
      ttl: {
        AccessToken: (_: unknown, token: { resourceServer?: { accessTokenTTL?: number } }) =>
          token.resourceServer?.accessTokenTTL ?? HOUR,
        AuthorizationCode: 60,
        Grant: 14 * 24 * HOUR,
        IdToken: HOUR,
        Interaction: HOUR,
        RefreshToken: 14 * 24 * HOUR,
        Session: HOUR,
      },
      findAccount: (_: unknown, sub: string, token?: { grantId?: string }) => ({
        accountId: sub,
        claims: () => ({ sub, email: `${sub}@example.com`, name: sub, ...this.chosenClaims(token?.grantId) }),
      }),
      extraTokenClaims: (_: unknown, token: { grantId?: string }) => ({
        ...this.chosenClaims(token.grantId),
        ...(this.isCognito && { token_use: 'access', username: (token as { accountId?: string }).accountId }),
      }),
      interactions: { url: (_: unknown, { uid }: Interaction) => `${mount}/sign-in/${uid}` },
      features: {
        devInteractions: { enabled: false },
        clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
        registration: { enabled: true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => this.local, // an audience that no MCP server accepts
          useGrantedResource: () => true,
          getResourceServerInfo: ({ oidc }: RequestContext, resource: string) =>
            this.resourceServer(resource, scopeOf(oidc)),
        },
      },
    };
  }

  /** Allows all scopes: which ones exist depends on the tools, which may be registered at run time. */
  private resourceServer(resource: string, scope = ''): object {
    const known = this.resource(resource);
    return {
      scope: [...new Set([...this.grantableScopes(scope), ...(known?.scopes ?? [])])].join(' '),
      audience: known?.audience ?? resource,
      accessTokenFormat: 'jwt',
    };
  }

  /** Lets clients that did not register themselves return to any port and path of this machine, and to apps. */
  private allowRedirects(): void {
    const { prototype } = this.provider.Client;
    const isRegistered = prototype.redirectUriAllowed;
    const { storage } = this;
    const { callbacksOf } = this.options;
    prototype.redirectUriAllowed = function (this: Client, uri: string): boolean {
      if (isRegistered.call(this, uri) || callbacksOf(this.clientId).includes(uri)) return true;
      if (storage.has('Client', this.clientId) || /^https?:/.test(this.clientId) || !URL.canParse(uri)) return false;
      const { protocol } = new URL(uri);
      return protocol === 'http:' ? isLoopbackUrl(uri) : protocol !== 'https:';
    };
  }

  /** Lets clients register for any scope: which ones exist depends on the tools. The library knows only those of OpenID Connect. */
  private allowScopes(): void {
    this.provider.Client.Schema.prototype.scopes = () => {};
  }

  private get isCognito(): boolean {
    return /^https:\/\/(issuer-)?cognito-idp\./.test(this.remote);
  }

  /** Returns the claims that the developer chose: groups in each claim from which the servers of the app read them, and further ones. */
  private chosenClaims(grantId: string | undefined): object {
    const { groups = [], claims = {} } = this.choices.get(grantId ?? '') ?? {};
    const names = this.options.resources().flatMap(({ groupsClaim }) => groupsClaim ?? []);
    const ofGroups = [this.isCognito ? 'cognito:groups' : 'groups', ...names].map((name) => [name, groups] as const);
    return { ...claims, ...(groups.length > 0 && Object.fromEntries(ofGroups)) };
  }
}

/** The scopes of a request: its own, or those of the code or the refresh token that it exchanges. */
function scopeOf({ params, entities }: RequestContext['oidc']): string | undefined {
  return params.scope ?? entities.AuthorizationCode?.scope ?? entities.RefreshToken?.scope;
}

/** Splits text at spaces. */
function words(text = ''): string[] {
  return text.split(' ').filter(Boolean);
}

/** Any id that is not the URL of a metadata document is that of a public client, registered by hand. */
function publicClient(id: string): Record<string, unknown> | undefined {
  if (/^https?:/.test(id)) return undefined;
  return {
    client_id: id,
    client_name: id,
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
    token_endpoint_auth_method: 'none',
  };
}
