import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The npm package of the authorization server, which developers install themselves. */
const PACKAGE = 'oidc-provider';

/** The command that installs the authorization server. */
export const INSTALL_COMMAND = `npm install --save-dev ${PACKAGE}@9`;

/** The parts of `oidc-provider` that the local runner uses. */
export interface Library {
  readonly Provider: new (issuer: string, configuration: object) => Provider;
}

export interface Provider {
  readonly issuer: string;
  proxy: boolean;
  readonly Client: {
    find(id: string): Promise<Client | undefined>;
    readonly prototype: Client;
    readonly Schema: { readonly prototype: { scopes(): void } };
  };
  readonly Grant: new (properties: object) => Grant;
  readonly AccessToken: new (properties: object) => { scope?: string; save(): Promise<string> };
  readonly ResourceServer: new (identifier: string, info: object) => object;
  callback(): (req: unknown, res: unknown) => Promise<void>;
  interactionDetails(req: unknown, res: unknown): Promise<Interaction>;
  interactionFinished(req: unknown, res: unknown, result: object, options?: object): Promise<void>;
  on(event: 'server_error', listener: (ctx: unknown, error: Error) => void): void;
}

export interface Client {
  readonly clientId: string;
  readonly clientName?: string;
  redirectUriAllowed(uri: string): boolean;
}

interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  rejectResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
}

/** The context of a request to the authorization server. */
export interface RequestContext {
  readonly oidc: {
    readonly params: { readonly scope?: string };
    readonly entities: Readonly<Partial<Record<'AuthorizationCode' | 'RefreshToken', { readonly scope?: string }>>>;
  };
}

/** An authorization request that waits for the developer. */
export interface Interaction {
  readonly uid: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads the library from the developer's project, or from the installation of the runner.
 *
 * @returns undefined if it is not installed
 */
export async function loadLibrary(cwd: string): Promise<Library | undefined> {
  for (const from of [pathToFileURL(join(cwd, 'package.json')).href, import.meta.url]) {
    let file: string;
    try {
      file = createRequire(from).resolve(PACKAGE);
    } catch {
      continue;
    }
    return (await import(pathToFileURL(file).href)) as Library;
  }
  return undefined;
}
