import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import { Issuer, type SignIn } from './issuer.js';
import type { Library } from './library.js';
import { readForm, readText } from './request-text.js';
import type { Resource } from './resource.js';
import { signInPage } from './sign-in-page.js';
import { parseTokenRequest } from './token-request.js';

export interface AuthorizationServerOptions {
  readonly library: Library;
  /** Port to listen on, or the next free one; 0 for any free port. */
  readonly port: number;
  readonly resources: () => readonly Resource[];
  /** Groups that the tools of the app name. */
  readonly groups: () => readonly string[];
  /** Addresses to which an app client of the template may return users. */
  readonly callbacksOf: (clientId: string) => readonly string[];
  readonly onLog: (text: string) => void;
}

/** Well-known addresses of an issuer's metadata that end with the issuer's path. */
const METADATA = /^\/\.well-known\/(oauth-authorization-server|openid-configuration)(\/[^/?]+)\/?(?=\?|$)/;
/** Cookies of a browser session. */
const SESSION_COOKIES = ['_session', '_session.sig'];

/** An HTTP server with authorization servers for development, one for each issuer of the app. */
export class AuthorizationServer {
  private readonly issuers = new Map<string, Issuer>();
  private readonly server: Server;

  constructor(private readonly options: AuthorizationServerOptions) {
    this.server = createServer((req, res) => {
      this.handle(req, res).catch((error: Error) => {
        options.onLog(`authorization server: ${req.method} ${req.url}: ${error.stack}`);
        if (!res.headersSent) respond(res, 500, 'Internal Server Error');
      });
    });
  }

  /** Listens on the port of the options, or on the next free one. */
  async listen(): Promise<void> {
    for (let { port } = this.options; ; port++) {
      try {
        await new Promise<void>((resolve, reject) => {
          this.server.once('error', reject).listen(port, LOOPBACK, () => resolve());
        });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  /** Returns the replacement of an issuer. Its path names the issuer. */
  issuer(remote: string): Issuer {
    const { host, pathname } = new URL(remote);
    const mount = `/${(host + pathname).replace(/\/$/, '').replace(/[^\w.-]/g, '-')}`;
    const { library, resources, callbacksOf, onLog } = this.options;
    const local = this.origin + mount + (remote.endsWith('/') ? '/' : '');
    const issuer = this.issuers.get(mount) ?? new Issuer({ library, remote, local, resources, callbacksOf, onLog });
    this.issuers.set(mount, issuer);
    return issuer;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get origin(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  private async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // to protect from DNS rebinding
    if (req.headers.host !== new URL(this.origin).host) return respond(res, 403, `open ${this.origin} instead`);
    const url = (req.url ?? '/').replace(METADATA, '$2/.well-known/$1');
    const mount = /^\/[^/?]+/.exec(url)?.[0] ?? '';
    const issuer = this.issuers.get(mount);
    if (!issuer)
      return respond(res, 404, `issuers: ${[...this.issuers.values()].map(({ local }) => local).join(', ')}`);
    const path = url.slice(mount.length) || '/';
    if (path.startsWith('/sign-in/')) return this.signIn(issuer, req, res);
    if (path === '/development/token') return issueToken(issuer, req, res);
    if (path.startsWith('/auth?')) forgetSession(req, res);
    await issuer.provider.callback()(Object.assign(req, { originalUrl: url, url: path }), res);
  }

  private async signIn(issuer: Issuer, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const interaction = await issuer.provider.interactionDetails(req, res).catch(() => undefined);
    if (!interaction)
      return respond(res, 400, 'this sign-in has ended or was started in another browser: sign in again');
    const { params } = interaction;
    if (req.method === 'POST') {
      const form = await readForm(req);
      if (form.get('action') === 'refuse') return issuer.refuse(req, res);
      return issuer.finish(req, res, interaction, choiceOf(form));
    }
    const client = await issuer.provider.Client.find(params.client_id!);
    const page = signInPage({
      client: client?.clientName ?? params.client_id!,
      redirectUri: params.redirect_uri!,
      resource: params.resource ?? '(none: the client names no resource)',
      issuer: issuer.remote,
      scopes: issuer.grantableScopes(params.scope),
      groups: this.options.groups(),
    });
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
    };
    res.writeHead(200, headers).end(page);
  }
}

/** Ends the browser's session, so that the developer chooses a user at each sign-in. */
function forgetSession({ headers }: IncomingMessage, res: ServerResponse): void {
  const kept = headers.cookie?.split(/; */).filter((pair) => !SESSION_COOKIES.includes(pair.split('=')[0]!));
  headers.cookie = kept?.join('; ');
  res.setHeader(
    'set-cookie',
    SESSION_COOKIES.map((name) => `${name}=; path=/; max-age=0`),
  );
}

/** Reads the form of the sign-in page. */
function choiceOf(form: URLSearchParams): SignIn {
  const lines = (name: string) => (form.get(name) ?? '').split(/\r?\n/).map((line) => line.trim());
  const claims = lines('claims').flatMap((line) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name.trim(), value!.trim()] as const];
  });
  return {
    subject: form.get('subject')?.trim() || 'developer',
    scopes: form.getAll('scope'),
    groups: [...new Set([...form.getAll('group'), ...lines('groups')])].filter((group) => group !== ''),
    claims: Object.fromEntries(claims),
  };
}

/** Serves `mcp-lambda token`. Web pages cannot call it: they send `Origin`, or a form. */
async function issueToken(issuer: Issuer, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const isJson = req.headers['content-type'] === 'application/json';
  if (req.method !== 'POST' || !isJson || req.headers.origin !== undefined) return respond(res, 403, 'Forbidden');
  const request = parseTokenRequest(await readText(req), (url) => issuer.resource(url));
  if (typeof request === 'string') return respond(res, 400, request);
  const body = JSON.stringify({ access_token: await issuer.issueToken(request), expires_in: request.expiresIn });
  res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
}

function respond(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
