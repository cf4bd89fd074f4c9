import { JwtVerifier } from 'aws-jwt-verify';
import { isLoopbackUrl, replaceUrl } from '../../assembly/urls.js';
import { AuthorizationServer } from './authorization-server.js';
import type { Issuer } from './issuer.js';
import { INSTALL_COMMAND, loadLibrary } from './library.js';
import { developerContext, type KnownAccess, oauthConfigOf } from './oauth-config.js';
import type { Resource } from './resource.js';

interface LocalIssuersOptions {
  /** Whether callers must sign in. Otherwise, no issuer is replaced. */
  readonly enforceAuth: boolean;
  /** Directory of the developer's project, from which the authorization server is loaded. */
  readonly cwd: string;
  readonly port: number;
  /** The MCP servers of the app whose callers need a token. */
  readonly resources: () => readonly Resource[];
  readonly access: () => KnownAccess;
  readonly onLog: (text: string) => void;
}

/** Why an issuer is not replaced, with what to do. */
export const NOT_INSTALLED = {
  reason: 'the authorization server for development is not installed, so that callers cannot sign in',
  remedy: INSTALL_COMMAND,
} as const;

/** The issuers of the app, which an authorization server for development replaces. It starts when the first one is needed. */
export class LocalIssuers {
  private readonly issuers = new Map<string, Issuer>();
  /** Callback URLs by client id. */
  private readonly clients = new Map<string, readonly string[]>();
  private server: Promise<AuthorizationServer | undefined> | undefined;

  constructor(private readonly options: LocalIssuersOptions) {}

  /** Whether an issuer needs a replacement: callers must sign in, and it is not on this machine. */
  needsReplacement(issuer: string): boolean {
    return this.options.enforceAuth && !isLoopbackUrl(issuer);
  }

  /**
   * Replaces an issuer.
   *
   * @returns undefined if the authorization server is not installed
   */
  async replace(remote: string): Promise<Issuer | undefined> {
    this.server ??= this.start();
    const issuer = this.issuers.get(remote) ?? (await this.server)?.issuer(remote);
    if (issuer) this.issuers.set(remote, issuer);
    return issuer;
  }

  /** Returns the addresses of the replacements, with the issuers that they replace. */
  get all(): ReadonlyArray<Pick<Issuer, 'local' | 'remote'>> {
    return [...this.issuers.values()].map(({ local, remote }) => ({ local, remote }));
  }

  /** Scopes and groups that the app names. */
  get access(): KnownAccess {
    return this.options.access();
  }

  /** Returns the context of the local developer for a function that checks access tokens; undefined for other functions. */
  developerOf(
    environment: Readonly<Record<string, unknown>> | undefined,
  ): ReturnType<typeof developerContext> | undefined {
    const config = oauthConfigOf(environment);
    return config && developerContext(config, this.access);
  }

  /** Records an app client of a user pool of the app, with the addresses to which it may return users. */
  setClient(id: string, callbackUrls: readonly string[]): void {
    this.clients.set(id, callbackUrls);
  }

  /**
   * Verifies a token of a replaced issuer.
   *
   * @throws if the token is invalid, or the issuer is not replaced
   */
  async verify(remote: string, token: string): Promise<Readonly<Record<string, unknown>>> {
    const replacement = this.issuers.get(remote);
    if (!replacement) throw new Error(`issuer ${remote} is not replaced`);
    const { local: issuer, jwks } = replacement;
    const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri: 'https://unused.invalid/jwks' });
    verifier.cacheJwks(jwks);
    return verifier.verify(token);
  }

  /** Replaces the issuers in a text. */
  readonly toLocal = (text: string): string => {
    let local = text;
    for (const [remote, issuer] of this.issuers) local = replaceUrl(local, remote, issuer.local);
    return local;
  };

  async close(): Promise<void> {
    await (await this.server)?.close();
  }

  private async start(): Promise<AuthorizationServer | undefined> {
    const { cwd, port, access, resources, onLog } = this.options;
    const library = await loadLibrary(cwd);
    if (!library) return undefined;
    const server = new AuthorizationServer({
      library,
      port,
      resources,
      groups: () => access().groups,
      callbacksOf: (clientId) => this.clients.get(clientId) ?? [],
      onLog,
    });
    await server.listen();
    return server;
  }
}
