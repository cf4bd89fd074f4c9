import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key of an issuer. */
export interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newKey(kid: string): Key {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs a token. */
export function signToken(payload: object, { kid, privateKey }: Key, header: object = {}): string {
  const input = `${encode({ alg: 'RS256', typ: 'at+jwt', kid, ...header })}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

/** An issuer on this machine: its metadata and its key set, which tests can change. */
export class Issuer {
  keys: Key[] = [newKey('first')];
  /** Paths that answer with the metadata. */
  metadataPaths: string[] = ['/.well-known/openid-configuration'];
  /** Members that replace those of the metadata. */
  metadata: Record<string, unknown> = {};
  /** Replaces the answer to every request. */
  respond?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly requests: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Issuer> {
    const server = createServer();
    const issuer = new Issuer(server);
    server.on('request', (request, response) => issuer.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  token(claims: object = {}, { key = this.keys[0]!, header = {} }: { key?: Key; header?: object } = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: this.url,
      sub: 'ada',
      aud: 'https://example.com/mcp',
      scope: 'read',
      iat: now,
      exp: now + 300,
    };
    return signToken({ ...payload, ...claims }, key, header);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url!);
    const keys = this.keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }));
    const metadata = { issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.metadata };
    if (this.respond) this.respond(request, response);
    else if (this.metadataPaths.includes(request.url!)) response.end(JSON.stringify(metadata));
    else if (request.url === '/keys') response.end(JSON.stringify({ keys }));
    else response.writeHead(400).end();
  }
}
