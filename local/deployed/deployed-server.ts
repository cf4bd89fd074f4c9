import { AUTHORIZATION, ENV, PATHS } from '../../src/private/contract.js';
import { isLoopbackUrl } from '../assembly/urls.js';
import { fetchToken } from '../commands/token.js';
import { fetchDirectly } from '../connect/direct-fetch.js';
import { mcpUrl, siblingUrl, toolsetIn, toolsetUrl } from '../connect/mcp-url.js';
import { regionOf } from '../connect/signer.js';
import { requestSigner, type Sign } from '../request-signer.js';
import { stateDirectory } from '../state/directory.js';
import { credentialsOf, runnerAt } from '../state/running.js';
import { AwsAccess } from './aws-access.js';
import { credentialsFailure, Failure, reasonOf, rejectionHint } from './failure.js';
import { API_KEY_VARIABLE, type ServerOptions, TOKEN_VARIABLE } from './server-options.js';
import { ServerStack } from './server-stack.js';

/** A server of a local runner. */
type Running = NonNullable<ReturnType<typeof runnerAt>>;

/** How requests to a path are authorized. */
type Authorization = 'signature' | 'token' | 'apiKey' | 'none';

export interface ServerRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A server that is deployed, or runs locally, with what the user gave to reach it. */
export class DeployedServer {
  private token: Promise<string | undefined> | undefined;
  private access: Promise<AwsAccess> | undefined;
  /** Why requests are not signed. */
  private missingCredentials: Error | undefined;

  private constructor(
    /** The address of `/mcp`, or of a toolset. */
    readonly mcpUrl: URL,
    private readonly options: ServerOptions,
    private readonly running: Running | undefined,
    private readonly serverStack: ServerStack | undefined,
    access: AwsAccess | undefined,
  ) {
    this.access = access && Promise.resolve(access);
  }

  /**
   * Finds a server by its stack, or by its URL.
   * @throws Failure if neither is given, or the stack has no such server
   */
  static async find(options: ServerOptions): Promise<DeployedServer> {
    const url = options.url === undefined ? undefined : mcpUrl(options.url);
    if (options.stack !== undefined) {
      const access = await AwsAccess.create(options);
      const stack = await ServerStack.find(options.stack, access, url && toolsetUrl(url, undefined));
      const address = toolsetUrl(stack.mcpUrl, url && toolsetIn(url));
      return new DeployedServer(address, options, findRunning(address, options.as), stack, access);
    }
    if (url === undefined) {
      throw new Failure('no server specified: pass --stack <name> or --url <url>', [
        'mcp-lambda status --stack Orders',
        'mcp-lambda tools --url http://127.0.0.1:3001/prod',
      ]);
    }
    const running = findRunning(url, options.as);
    if (running === undefined) return new DeployedServer(url, options, undefined, undefined, undefined);
    const access = isRunnerKey()
      ? await AwsAccess.create({ region: running.runner.region }, running.runner.awsEndpointUrl)
      : AwsAccess.ofRunner(running.runner);
    // an app without the construct has other outputs: its server can be called, not operated
    const address = new URL(running.server.mcp);
    const { stack: name } = running.server;
    const stack = name === undefined ? undefined : await ServerStack.find(name, access, address).catch(() => undefined);
    return new DeployedServer(toolsetUrl(address, toolsetIn(url)), options, running, stack, access);
  }

  /** Whether a local runner serves it. */
  get isLocal(): boolean {
    return this.running !== undefined;
  }

  /** Whether the stack is known. */
  get hasStack(): boolean {
    return this.serverStack !== undefined;
  }

  get registerUrl(): URL {
    return this.at(PATHS.REGISTER);
  }

  /** Returns the URL of a path of the server, such as `/register`. */
  at(path: string): URL {
    return siblingUrl(this.mcpUrl, path);
  }

  /**
   * Returns the stack.
   * @param command the command that requires it
   * @throws Failure if only the URL is known
   */
  stack(command: string): ServerStack {
    if (this.serverStack) return this.serverStack;
    throw new Failure(`${command} requires --stack: it reads the server's functions, logs and metrics`, [
      `mcp-lambda ${command} --stack <name of the CloudFormation stack>`,
    ]);
  }

  /** The AWS services of the server's account and region. */
  aws(): Promise<AwsAccess> {
    this.access ??= AwsAccess.create({ ...this.options, region: this.signingRegion() });
    return this.access;
  }

  /**
   * Returns a function that adds the authorization to headers of requests to a URL.
   * @throws Failure if the server requires authorization, and there are neither credentials nor a token
   */
  async signer(url: URL): Promise<Sign> {
    const authorization = await this.authorizationOf(url);
    if (authorization === 'signature') await (await this.signingIdentity()).credentials();
    const token = authorization === 'token' ? await this.accessToken() : undefined;
    if (authorization === 'none' || (authorization === 'token' && token === undefined)) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      if (response.status === 401 || response.status === 403) throw await this.failure(response);
      await response.body?.cancel();
    }
    return (method, headers, body) => this.authorize(url, method, headers, body);
  }

  /** Sends a request to the server, with the authorization that its path requires. */
  async send(url: URL, { method, headers = {}, body, signal }: ServerRequest): Promise<Response> {
    const authorized = await this.authorize(url, method, { ...headers }, body ?? '');
    try {
      return await fetchDirectly(url, { method, headers: authorized, body, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Failure(`cannot reach ${url.href}: ${reasonOf(error)}`, unreachableHints(url));
    }
  }

  /** Explains a response without success: what the server said, and what to do. */
  async failure(response: Response): Promise<Failure> {
    const text = await response.text().catch(() => '');
    const detail = detailOf(text);
    // a request that was not signed, although the server requires it
    if (response.status === 403 && this.missingCredentials) {
      const reason = this.missingCredentials;
      return reason instanceof Failure ? reason : credentialsFailure(reason);
    }
    const message = `${this.mcpUrl.host} returned ${response.status}${detail ? `: ${detail}` : ''}`;
    return new Failure(message, this.hints(response, detail));
  }

  /** Returns the headers of a request with its authorization. */
  private async authorize(
    url: URL,
    method: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<Record<string, string>> {
    const authorization = await this.authorizationOf(url);
    if (authorization === 'none') return headers;
    if (authorization === 'apiKey') return { ...headers, 'x-api-key': this.apiKey! };
    if (authorization === 'token') {
      const token = await this.accessToken();
      return token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    }
    const { region, credentials } = await this.signingIdentity();
    return requestSigner(url, { service: 'execute-api', region, credentials })(method, headers, body);
  }

  private async authorizationOf(url: URL): Promise<Authorization> {
    const isRegistration = isRegistrationPath(url);
    if (this.options.as !== undefined) return 'signature';
    if (this.serverStack || this.running) {
      const name = isRegistration ? 'RegistrationFunction' : 'HttpFunction';
      const type =
        (await this.serverStack?.function(name))?.environment[ENV.AUTHORIZATION] ?? this.running?.server.authorization;
      if (type === AUTHORIZATION.IAM) return 'signature';
      if (type === AUTHORIZATION.API_KEY) return this.apiKey === undefined ? 'none' : 'apiKey';
      if (type === AUTHORIZATION.NONE) return 'none';
      if (type !== undefined) return 'token';
    }
    if (this.givenToken !== undefined && (!isRegistration || this.options.token !== undefined)) return 'token';
    if (!isRegistration && this.apiKey !== undefined) return 'apiKey';
    return (await this.hasCredentials()) ? 'signature' : 'none';
  }

  private async hasCredentials(): Promise<boolean> {
    try {
      await (await this.aws()).credentials();
      return true;
    } catch (error) {
      if (this.options.profile !== undefined) throw error;
      this.missingCredentials = error as Error;
      return false;
    }
  }

  /** Returns the credentials with which requests are signed: those of `--as`, or of the user. */
  private async signingIdentity(): Promise<Pick<AwsAccess, 'region' | 'credentials'>> {
    const { as } = this.options;
    if (as === undefined || !this.running) return this.aws();
    const credentials = credentialsOf(this.running.runner, as);
    return { region: this.running.runner.region, credentials: async () => credentials };
  }

  private get givenToken(): string | undefined {
    return this.options.token ?? process.env[TOKEN_VARIABLE];
  }

  private get apiKey(): string | undefined {
    return this.options.apiKey ?? process.env[API_KEY_VARIABLE] ?? this.running?.server.apiKeys[0];
  }

  /** Returns the given token; for a local server, one from the authorization server for development. */
  private accessToken(): Promise<string | undefined> {
    const given = this.givenToken;
    if (given !== undefined || !this.isLocal) return Promise.resolve(given);
    // a runner that does not enforce authorization has no authorization server
    this.token ??= fetchToken({ url: this.mcpUrl.href }).catch(() => undefined);
    return this.token;
  }

  private signingRegion(): string | undefined {
    try {
      return regionOf(this.mcpUrl, this.options.region);
    } catch {
      return undefined; // that of the profile
    }
  }

  private hints({ status, headers, url }: Response, detail: string): string[] {
    const challenge = headers.get('www-authenticate') ?? headers.get('x-amzn-remapped-www-authenticate') ?? '';
    if (status === 401 && /^bearer/i.test(challenge)) {
      return [
        this.givenToken === undefined
          ? `the server requires an access token: pass --token, or set ${TOKEN_VARIABLE}`
          : rejectedToken(this.givenToken),
        ...(this.isLocal ? [`mcp-lambda token --url ${this.mcpUrl.href}`] : []),
      ];
    }
    if (status === 403 && /^bearer/i.test(challenge)) {
      const [, scope] = /scope="([^"]*)"/.exec(challenge) ?? [];
      return [scope ? `get an access token with the scope ${scope}` : 'the access token does not allow this request'];
    }
    if (status === 401) return ['the server requires authorization: pass --token or --api-key'];
    if (status === 403 && /missing authentication token/i.test(detail)) {
      return ['the request was not signed, or the path does not exist: configure AWS credentials, or check --url'];
    }
    if (status === 403 && detail === 'Forbidden') {
      return [`the server requires an API key: pass --api-key, or set ${API_KEY_VARIABLE}`];
    }
    const rejection = status === 403 ? rejectionHint(detail) : undefined;
    if (rejection !== undefined) return [rejection];
    if (status === 403) {
      const policy = url && isRegistrationPath(new URL(url)) ? 'register' : 'connect';
      return [`the credentials do not allow this request: see docs/iam/${policy}.json`];
    }
    if (status === 429) return ['the server limits requests: repeat the command later'];
    return [];
  }
}

/**
 * Finds the local runner that serves a URL.
 * @throws if none does, and a role of its app was given
 */
function findRunning(url: URL, as: string | undefined): Running | undefined {
  const found = isLoopbackUrl(url.href) ? runnerAt(stateDirectory(), url.href) : undefined;
  if (!found && as !== undefined) {
    throw new Failure(`--as ${as}: no local runner serves ${url.href}: start mcp-lambda local`);
  }
  return found;
}

/** Whether the environment has credentials that a local runner issued: their ids are hexadecimal. */
function isRunnerKey(): boolean {
  return /^A[KS]IA[0-9A-F]{16}$/.test(process.env.AWS_ACCESS_KEY_ID ?? '');
}

/** Returns why a server may have rejected a token. Reads the expiry of a JWT. */
function rejectedToken(token: string): string {
  const expiry = expiryOf(token);
  if (expiry === undefined || expiry > Date.now()) {
    return 'the server rejects the access token: it has expired, or is for another server';
  }
  return `the access token expired at ${new Date(expiry).toISOString()}: get a new one`;
}

function expiryOf(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function isRegistrationPath({ pathname }: URL): boolean {
  return pathname.endsWith(PATHS.REGISTER) || pathname.includes(`${PATHS.REGISTER}/`);
}

function unreachableHints({ hostname, port }: URL): string[] {
  if (hostname === '127.0.0.1' || hostname === 'localhost') {
    return [`no program listens on port ${port}: start the server with mcp-lambda local --port ${port}`];
  }
  return ['check the address: it is the output McpUrl of the stack'];
}

/** Returns the message of an error response. */
function detailOf(text: string): string {
  try {
    const { message, Message, error, details = [] } = JSON.parse(text);
    const reason = message ?? Message ?? error?.message ?? error;
    const pointers = (details as Array<{ path: string; message: string }>).map(
      (each) => `\n  ${each.path}: ${each.message}`,
    );
    return typeof reason === 'string' ? reason + pointers.join('') : text.slice(0, 300);
  } catch {
    return text.slice(0, 300).trim();
  }
}
