/** Keycloak from Maven Central, in its development mode. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LOCAL_REPOSITORY } from './maven';

const VERSION = '26.7.3';
const ADMIN = 'admin';
const REALM = 'mcp';
const START_MS = 300_000;

/** The user of the realm. */
export const USER = { username: 'ann', password: 'correct horse' } as const;
export const CLIENT_ID = 'my-client';

/** Downloads Keycloak once. Returns its folder. */
function install(): string {
  const folder = resolve(`.cache/keycloak-${VERSION}`);
  if (existsSync(folder)) return folder;
  const group = join(LOCAL_REPOSITORY, 'org/keycloak/keycloak-quarkus-dist', VERSION);
  const archive = join(group, `keycloak-quarkus-dist-${VERSION}.tar.gz`);
  if (!existsSync(archive)) {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
    const options = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${LOCAL_REPOSITORY}`, '-Dtransitive=false'];
    execFileSync('mvn', [...options, 'dependency:get', `-Dartifact=${artifact}`], { stdio: 'inherit' });
  }
  mkdirSync('.cache', { recursive: true });
  const unpacked = mkdtempSync(resolve('.cache/keycloak-'));
  execFileSync('tar', ['xzf', archive, '--strip-components=1', '-C', unpacked]);
  rmSync(archive); // 170 MB that the folder has, too
  renameSync(unpacked, folder);
  return folder;
}

/** What a realm needs so that MCP clients can sign in: docs/guides/sign-in.md says the same in words. */
export interface RealmOptions {
  readonly mcpUrl: string;
  readonly callbacks: readonly string[];
  /** Scopes that clients may request. */
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
}

export class Keycloak implements AsyncDisposable {
  /** The issuer of the realm. */
  readonly issuer: string;

  private constructor(
    private readonly child: ChildProcess,
    private readonly base: string,
  ) {
    this.issuer = `${base}/realms/${REALM}`;
  }

  /** The issuer of a Keycloak that will listen on a port. */
  static issuerAt(port: number): string {
    return `http://127.0.0.1:${port}/realms/${REALM}`;
  }

  static async start(port: number): Promise<Keycloak> {
    const base = `http://127.0.0.1:${port}`;
    const log = join(mkdtempSync(join(tmpdir(), 'keycloak-')), 'log');
    const options = ['--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`, `--hostname=${base}`];
    const child = spawn(join(install(), 'bin/kc.sh'), ['start-dev', ...options], {
      detached: true, // a group of processes, to end the JVM, too
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN,
      },
    });
    const file = createWriteStream(log);
    for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
    const keycloak = new Keycloak(child, base);
    for (const end = Date.now() + START_MS; ; ) {
      if (
        await fetch(`${base}/realms/master`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return keycloak;
      if (child.exitCode !== null || Date.now() > end) {
        await keycloak[Symbol.asyncDispose]();
        throw new Error(`Keycloak does not start:\n${readFileSync(log, 'utf8').slice(-4_000)}`);
      }
      await new Promise((done) => setTimeout(done, 1_000));
    }
  }

  /** Creates the realm, its user, its scopes and a client. */
  async createRealm({ mcpUrl, callbacks, scopes, groups }: RealmOptions): Promise<void> {
    const { username, password } = USER;
    await this.admin('POST', '', {
      realm: REALM,
      enabled: true,
      groups: groups.map((name) => ({ name })),
      users: [
        {
          username,
          enabled: true,
          emailVerified: true,
          email: 'ann@example.com',
          firstName: 'Ann',
          lastName: 'Example',
          credentials: [{ type: 'password', value: password, temporary: false }],
          groups: groups.map((name) => `/${name}`),
          realmRoles: [`default-roles-${REALM}`], // with `offline_access`, which clients request
        },
      ],
    });
    for (const name of scopes) {
      await this.admin('POST', `/${REALM}/client-scopes`, {
        name,
        protocol: 'openid-connect',
        attributes: { 'include.in.token.scope': 'true' },
        protocolMappers: [
          mapper('MCP URL', 'oidc-audience-mapper', { 'included.custom.audience': mcpUrl }),
          mapper('groups', 'oidc-group-membership-mapper', { 'claim.name': 'groups', 'full.path': 'false' }),
        ],
      });
    }
    const known: Array<{ id: string; name: string }> = await this.admin('GET', `/${REALM}/client-scopes`);
    for (const { id, name } of known)
      if (scopes.includes(name)) await this.admin('PUT', `/${REALM}/default-optional-client-scopes/${id}`);
    await this.admin('POST', `/${REALM}/clients`, {
      clientId: CLIENT_ID,
      publicClient: true,
      standardFlowEnabled: true,
      redirectUris: callbacks,
      attributes: { 'pkce.code.challenge.method': 'S256' },
    });
  }

  /** Lets clients of this machine register themselves, without an initial access token. */
  async allowRegistration(scopes: readonly string[]): Promise<void> {
    const type = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy';
    const policies: any[] = await this.admin('GET', `/${REALM}/components?type=${type}`);
    for (const policy of policies.filter(({ subType }) => subType === 'anonymous')) {
      if (policy.providerId === 'trusted-hosts') {
        // programs name a page about themselves, at another host
        const hosts = { 'trusted-hosts': ['127.0.0.1', 'localhost'], 'client-uris-must-match': ['false'] };
        Object.assign(policy.config, hosts);
      } else if (policy.providerId === 'allowed-client-templates') {
        Object.assign(policy.config, { 'allowed-client-scopes': [...scopes] });
      } else continue;
      await this.admin('PUT', `/${REALM}/components/${policy.id}`, policy);
    }
  }

  /** Adds a key, which signs all further tokens. */
  async rotateKeys(): Promise<void> {
    const { id } = await this.admin('GET', `/${REALM}`);
    await this.admin('POST', `/${REALM}/components`, {
      name: 'second',
      parentId: id,
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: { priority: ['1000'], algorithm: ['RS256'] },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    process.kill(-this.child.pid!, 'SIGKILL');
    await ended;
  }

  /** A token of the administrator, which is valid for a minute. */
  private async adminToken(): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: ADMIN,
      password: ADMIN,
    });
    const url = `${this.base}/realms/master/protocol/openid-connect/token`;
    const response = await fetch(url, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  private async admin(method: string, path: string, body?: object): Promise<any> {
    const response = await fetch(`${this.base}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.adminToken()}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

function mapper(name: string, protocolMapper: string, config: Record<string, string>) {
  const all = { 'access.token.claim': 'true', 'id.token.claim': 'false', ...config };
  return { name, protocol: 'openid-connect', protocolMapper, config: all };
}
