/** Sign-in with stock clients, and the person in front of the browser. */
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { type OAuthDiscoveryState, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';

/** A callback address at which nothing listens. */
export const CALLBACK = 'http://127.0.0.1:33418/callback';
const MAX_REDIRECTS = 10;
/** How often a client may ask for a sign-in before it connects or before one call succeeds. */
const MAX_SIGN_INS = 3;

/** What a person fills in on the sign-in page. */
export interface Choice {
  readonly subject: string;
  /** Scopes to grant; all requested ones when absent. */
  readonly scopes?: readonly string[];
  readonly groups?: readonly string[];
  readonly refuse?: boolean;
}

/** The sign-in page, as the person saw it. */
export interface Page {
  readonly html: string;
  readonly scopes: readonly string[];
}

/** A person with a browser: opens an authorization URL, signs in, and is returned to the client. */
export class Person {
  readonly pages: Page[] = [];
  private readonly cookies = new Map<string, string>();
  private readonly choices: Choice[];

  /** @param choices what the person fills in each time; the last one is repeated */
  constructor(...choices: Choice[]) {
    this.choices = choices;
  }

  /** Returns the parameters with which the browser returns to the client. */
  async open(url: URL): Promise<URLSearchParams> {
    return (await this.signIn(url)).searchParams;
  }

  /** Signs in, and returns to a client that listens at its callback address. */
  async openAndReturn(url: URL): Promise<void> {
    await fetch(await this.signIn(url));
  }

  /** Signs in. Returns the address to which the browser returns. */
  async signIn(url: URL): Promise<URL> {
    let [address, form]: [URL, URLSearchParams | undefined] = [url, undefined];
    for (let i = 0; i < MAX_REDIRECTS; i++) {
      const response: Response = await this.request(address, form);
      const location = response.headers.get('location');
      if (location === null) {
        if (response.status !== 200) throw new Error(`${address}: ${response.status} ${await response.text()}`);
        form = this.fillIn(await response.text());
        continue;
      }
      [address, form] = [new URL(location, address), undefined];
      if (address.host !== url.host) return address;
    }
    throw new Error('too many redirects');
  }

  private fillIn(html: string): URLSearchParams {
    const requested = [...html.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope]) => scope!);
    this.pages.push({ html, scopes: requested });
    const [next] = this.choices.length > 1 ? this.choices.splice(0, 1) : this.choices;
    const { subject, scopes = requested, groups = [], refuse } = next!;
    const form = new URLSearchParams({ subject, groups: groups.join('\r\n'), action: refuse ? 'refuse' : 'sign-in' });
    for (const scope of scopes) form.append('scope', scope);
    return form;
  }

  private async request(url: URL, body: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { method: body ? 'POST' : 'GET', body, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return response;
  }
}

/** Someone with a browser: returns the parameters with which it returns to the client. */
export type Browsing = Pick<Person, 'open'>;

/** What a client stores about its user. Both SDKs use it as their `OAuthClientProvider`. */
export class Credentials {
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata = {
    client_name: 'e2e client',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  registered?: OAuthClientInformationMixed;
  stored?: OAuthTokens;
  /** How often the user was sent to the sign-in page. */
  signIns = 0;
  /** The parameters with which the browser returned. */
  returned?: URLSearchParams;
  private verifier = '';
  private discovery?: OAuthDiscoveryState;

  /** Address of a client metadata document. */
  clientMetadataUrl?: string;

  /** @param clientId id of a client that was registered by hand; without it, the client registers itself */
  constructor(
    readonly person: Browsing,
    clientId?: string,
  ) {
    if (clientId) this.registered = { client_id: clientId };
  }

  clientInformation = () => this.registered;
  saveClientInformation = (information: OAuthClientInformationMixed) => {
    this.registered = information;
  };
  tokens = () => this.stored;
  saveTokens = (tokens: OAuthTokens) => {
    this.stored = tokens;
  };
  saveCodeVerifier = (verifier: string) => {
    this.verifier = verifier;
  };
  discoveryState = () => this.discovery;
  saveDiscoveryState = (state: OAuthDiscoveryState) => {
    this.discovery = state;
  };
  codeVerifier = () => this.verifier;
  invalidateCredentials = (scope: string) => {
    if (scope === 'all' || scope === 'tokens') this.stored = undefined;
    if (scope === 'all' || scope === 'client') this.registered = undefined;
  };

  redirectToAuthorization = async (url: URL) => {
    this.signIns++;
    this.returned = await this.person.open(new URL(url));
  };
}

type Tool = { content: Array<{ type: string; text?: string }>; structuredContent?: unknown; isError?: boolean };

/** A connected client. */
export interface SignedIn {
  tools(): Promise<string[]>;
  call(name: string, args: Record<string, unknown>): Promise<Tool>;
  close(): Promise<void>;
}

interface Library {
  connect(url: URL, credentials: Credentials): Promise<SignedIn>;
}

interface Transport {
  finishAuth(code: string, iss?: string): Promise<void>;
}

/** Does something; whenever the server asks for a sign-in, returns to the client with the code and does it again. */
async function signedIn<T>(credentials: Credentials, transport: () => Transport, work: () => Promise<T>): Promise<T> {
  for (let rounds = 1; ; rounds++) {
    const { signIns } = credentials;
    try {
      return await work();
    } catch (error) {
      const code = credentials.returned?.get('code');
      const asked = credentials.signIns > signIns && rounds <= MAX_SIGN_INS;
      if (!isUnauthorized(error) || !code || !asked) throw error;
      await transport().finishAuth(code, credentials.returned?.get('iss') ?? undefined);
    }
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof UnauthorizedError || /unauthorized/i.test(`${(error as Error).name} ${error}`);
}

function operations(client: Client | V2Client, transport: Transport, credentials: Credentials): SignedIn {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) =>
      signedIn(
        credentials,
        () => transport,
        async () => (await client.callTool({ name, arguments: args })) as Tool,
      ),
    close: () => client.close(),
  };
}

const INFO = { name: 'e2e', version: '1.0.0' };

/** Connects a new client and a new transport, until the server accepts the caller. */
async function connected<C extends Client | V2Client, T extends Transport>(
  credentials: Credentials,
  create: () => { client: C; transport: T },
  connect: (client: C, transport: T) => Promise<void>,
): Promise<SignedIn> {
  let current = create();
  await signedIn(
    credentials,
    () => current.transport,
    () => {
      current = create();
      return connect(current.client, current.transport);
    },
  );
  return operations(current.client, current.transport, credentials);
}

/** The client libraries, with their own sign-in. */
export const libraries: Record<string, Library> = {
  '@modelcontextprotocol/sdk': {
    connect: (url, credentials) =>
      connected(
        credentials,
        () => ({
          client: new Client(INFO),
          transport: new StreamableHTTPClientTransport(url, { authProvider: credentials }),
        }),
        (client, transport) => client.connect(transport),
      ),
  },
  '@modelcontextprotocol/client': {
    connect: (url, credentials) =>
      connected(
        credentials,
        () => ({
          client: new V2Client(INFO, { versionNegotiation: { mode: 'auto' } }),
          transport: new V2Http(url, { authProvider: credentials as never }),
        }),
        (client, transport) => client.connect(transport),
      ),
  },
};

/** A client metadata document at an `https` URL. The authorization server of the runner, which runs in this process, reads it. */
export class MetadataDocument implements Disposable {
  /** How often the document was read. */
  reads = 0;
  private readonly fetch = globalThis.fetch;

  constructor(
    readonly url: string,
    callbacks: readonly string[] = [CALLBACK],
  ) {
    const { clientMetadata } = new Credentials(new Person({ subject: 'ann' }));
    const document = { ...clientMetadata, redirect_uris: callbacks, client_id: url, application_type: 'native' };
    globalThis.fetch = async (input, init) => {
      if ((input instanceof Request ? input.url : String(input)) !== url) return this.fetch(input, init);
      this.reads++;
      return Response.json(document);
    };
  }

  [Symbol.dispose](): void {
    globalThis.fetch = this.fetch;
  }
}

/** Reads the protected resource metadata that the challenge of a server names. */
export async function metadataOf(url: URL): Promise<{ resource: string; authorization_servers: string[] }> {
  const challenge = (await fetch(url, { method: 'POST' })).headers.get('www-authenticate') ?? '';
  const [, metadataUrl] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
  return (await (await fetch(metadataUrl!)).json()) as { resource: string; authorization_servers: string[] };
}

/** Sends a request that lists the tools. */
export function send(url: URL | string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
}
