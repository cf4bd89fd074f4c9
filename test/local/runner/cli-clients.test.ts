/** The commands that use a runner that runs: `local --env`, `local --as`, `connect --as` and `add`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestAssembly } from '../support/assembly.js';
import { Inspector } from '../support/inspector.js';
import { oneStack } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const BIN = resolve('bin/mcp-lambda');
const home = realpathSync(mkdtempSync(join(tmpdir(), 'cli-clients-')));
const project = join(home, 'project');
mkdirSync(project);
const env = { PATH: process.env.PATH, TMPDIR: tmpdir(), HOME: home, XDG_STATE_HOME: join(home, 'state') };

const code =
  'export const handler = async ({ body, requestContext: { identity } }) => ({ statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(body).id, result: { caller: identity.userArn } }) });';
const method = { AuthorizationType: 'AWS_IAM' };
const api = restApi('Orders', 'Function', { path: 'mcp', method });
const agent = role({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' });
const assembly = new TestAssembly(
  oneStack(
    {
      Role: role(),
      Function: lambdaFunction('Role', 'caller'),
      Agent: { ...agent, Metadata: { 'aws:cdk:path': 'Orders/Agent/Resource' } },
      Auditor: { ...role(), Metadata: { 'aws:cdk:path': 'Orders/Auditor/Resource' } },
      ...api,
      RegisterResource: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: { ...api.OrdersResource!.Properties, PathPart: 'register' },
      },
      RegisterMethod: {
        Type: 'AWS::ApiGateway::Method',
        Properties: { ...api.OrdersMethod!.Properties, ResourceId: { Ref: 'RegisterResource' } },
      },
    },
    { assets: { caller: { 'index.mjs': code } } },
  ),
);

const running: ChildProcess[] = [];
const stopAll = () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
};
afterAll(() => {
  stopAll();
  assembly.remove();
  rmSync(home, { recursive: true, force: true });
});

/** Runs a command to its end. */
async function run(args: string[], options: { cwd?: string; input?: string } = {}) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd ?? project, env });
  running.push(child);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.end(options.input);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

/** Starts the runner. Returns its line of JSON, and a function that stops it. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [BIN, 'local', '--app', assembly.directory, '--json', ...args], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.push(child);
  const closed = new Promise((done) => child.once('close', done));
  const line = await new Promise<string>((done, reject) => {
    createInterface({ input: child.stdout }).once('line', done);
    void closed.then(() => reject(new Error('the runner has stopped')));
  });
  return {
    ready: JSON.parse(line) as { mcp: string; credentials: Record<string, string>; awsEndpointUrl: string },
    stop: async () => {
      child.kill('SIGINT');
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const ping = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`;
const recorded = () => existsSync(join(env.XDG_STATE_HOME, 'runners'));

it('without a runner, --env, add and connect --as say so', async () => {
  expect(recorded()).toBe(false);
  const none = `mcp-lambda: no runner runs in ${project}: start mcp-lambda local`;
  expect(await run(['local', '--env'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining(none) });
  expect(await run(['add', 'cursor'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining(none) });
  const url = 'http://127.0.0.1:9/prod/mcp';
  expect((await run(['connect', url, '--as', 'admin'])).err).toContain(
    `--as admin: no local runner serves ${url}: start mcp-lambda local`,
  );
});

describe('with a runner', () => {
  let runner: Awaited<ReturnType<typeof start>>;
  let port: string;
  beforeAll(async () => {
    port = String(await freePort());
    runner = await start('--enforce-auth', '--port', port);
  });
  afterAll(() => runner?.stop());

  it('local --env prints a shell script', async () => {
    const { awsEndpointUrl, credentials } = runner.ready;
    const { out, code } = await run(['local', '--env']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `export AWS_ACCESS_KEY_ID=${credentials.accessKeyId}`,
      `export AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
      'unset AWS_SESSION_TOKEN',
      'unset AWS_PROFILE',
      'export AWS_REGION=us-east-1',
      'export AWS_DEFAULT_REGION=us-east-1',
      `export AWS_ENDPOINT_URL=${awsEndpointUrl}`,
      '',
    ]);
    expect((await run(['local', '--env', '--as', 'Orders/Agent'])).out).toContain('export AWS_SESSION_TOKEN=');
    expect((await run(['local', '--env', '--as', 'Agent'])).err).toContain(
      'role "Agent" is not part of the app: pass Orders/Agent, Orders/Auditor, Role, admin',
    );
  });

  it('connect --as sends requests with the credentials of a role', async () => {
    const { mcp } = runner.ready;
    const granted = await run(['connect', mcp, '--as', 'Orders/Agent'], { input: ping });
    expect(JSON.parse(granted.out).result.caller).toMatch(/assumed-role\/Test-Agent-\w+\/local$/);
    const denied = await run(['connect', mcp, '--as', 'Orders/Auditor'], { input: ping });
    expect(JSON.parse(denied.out).error.message).toContain('Orders/Auditor: server.grantConnect(role)');
  });

  it('add prints the configuration of a client, and writes it with --write', async () => {
    const printed = await run(['add', 'cursor']);
    const entry = (as: string) => ({
      type: 'stdio',
      command: 'npx',
      args: ['-y', '-p', 'cdk-mcp-lambda', 'mcp-lambda', 'connect', runner.ready.mcp, '--as', as],
    });
    expect(JSON.parse(printed.out)).toEqual({ mcpServers: { Orders: entry('admin') } });
    expect(printed.err).toMatch(/^Cursor: \.cursor\/mcp\.json\npass --write .*\nor open: cursor:\/\/\S+\n$/);
    expect(existsSync(join(project, '.cursor'))).toBe(false);

    const written = await run(['add', 'vscode', '--as', 'Orders/Agent', '--name', 'agent', '--write']);
    expect(written).toEqual({ code: 0, out: '', err: 'created "agent": .vscode/mcp.json\n' });
    expect(JSON.parse(readFileSync(join(project, '.vscode', 'mcp.json'), 'utf8'))).toEqual({
      servers: { agent: entry('Orders/Agent') },
    });
  });

  it('keys and ports are the same after a restart', async () => {
    const { ready } = runner;
    await runner.stop();
    expect((await run(['local', '--env'])).code).toBe(1); // its record is gone
    runner = await start('--enforce-auth', '--port', port);
    expect([runner.ready.credentials, runner.ready.mcp]).toEqual([ready.credentials, ready.mcp]);
    expect(runner.ready.awsEndpointUrl).toBe(ready.awsEndpointUrl);
    await runner.stop();
    runner = await start('--as', 'Orders/Agent', '--port', port);
    const response = await fetch(runner.ready.mcp, { method: 'POST', body: ping });
    expect(await response.json()).toMatchObject({ result: { caller: expect.stringContaining('Agent') } });
    expect((await run(['local', '--env'])).out).toContain(runner.ready.credentials.sessionToken);
  });
});

it('local --debug=<port> lets a debugger attach', async () => {
  const port = await freePort();
  const runner = await start(`--debug=${port}`, '--port', '0');
  const inspector = await Inspector.attach(port);
  const { result } = await inspector.send('Runtime.evaluate', { expression: 'process.env.AWS_LAMBDA_FUNCTION_NAME' });
  expect(result.value).toMatch(/^Test-Function-/);
  inspector.close();
  await runner.stop();
});

describe('add --url', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** Starts a server that answers as API Gateway does for an authorization type. */
  async function serve(status: number, headers: Record<string, string>, body: (path: string) => object | undefined) {
    server = createServer((request, response) => {
      const content = body(request.url!);
      response.writeHead(
        content === undefined ? 404 : request.url!.endsWith('/mcp') && request.method === 'POST' ? status : 200,
        {
          'content-type': 'application/json',
          ...headers,
        },
      );
      response.end(JSON.stringify(content ?? {}));
    });
    await new Promise<void>((done) => server!.listen(0, '127.0.0.1', () => done()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
  }
  const addTo = (url: string, ...more: string[]) =>
    run(['add', 'claude-code', '--url', url, '--name', 'orders', ...more]);
  const entryOf = ({ out }: { out: string }) => JSON.parse(out).mcpServers.orders;

  it.each<[string, number, object, object]>([
    ['IAM', 403, { message: 'Missing Authentication Token' }, { type: 'stdio' }],
    [
      'API keys',
      403,
      { message: 'Forbidden' },
      { type: 'http', headers: { 'x-api-key': expect.stringContaining('ORDERS_API_KEY') } },
    ],
    ['no authorization', 200, { jsonrpc: '2.0', id: 1, result: {} }, { type: 'http' }],
  ])('detects %s', async (_name, status, body, entry) => {
    expect(entryOf(await addTo(await serve(status, {}, () => body)))).toMatchObject(entry);
  });

  it('detects OAuth, and whether clients need an id', async () => {
    const metadata: Record<string, object> = {};
    const base = await serve(401, { 'www-authenticate': '' }, (path) => metadata[path]);
    server!.removeAllListeners('request');
    server!.on('request', (request, response) => {
      const found = metadata[request.url!];
      const challenge = `Bearer resource_metadata="${base}/meta", scope="use"`;
      response.writeHead(found ? 200 : request.url === '/prod/mcp' ? 401 : 404, { 'www-authenticate': challenge });
      response.end(JSON.stringify(found ?? {}));
    });
    metadata['/prod/meta'] = { resource: `${base}/mcp`, authorization_servers: [`${base}/pool`] };
    metadata['/prod/pool/.well-known/openid-configuration'] = { issuer: `${base}/pool` };
    const cognito = await addTo(base);
    expect(entryOf(cognito)).toEqual({ type: 'http', url: `${base}/mcp` });
    expect(cognito.err).toContain('clients cannot register themselves at the identity provider: pass --client-id');
    const withId = await addTo(base, '--client-id', '4ab');
    expect(entryOf(withId).oauth).toEqual({ clientId: '4ab', callbackPort: 33420 });
    expect(withId.err).not.toContain('cannot register');
    metadata['/prod/pool/.well-known/openid-configuration'] = { registration_endpoint: `${base}/register` };
    expect((await addTo(base)).err).not.toContain('cannot register');
  });

  it('reports a server that it cannot reach, and options that are missing', async () => {
    const url = 'http://127.0.0.1:9/prod/mcp';
    expect((await addTo(url)).err).toMatch(
      /cannot reach http:\/\/127\.0\.0\.1:9\/prod\/mcp: .*; start the server, or pass --auth/,
    );
    expect(entryOf(await addTo(url, '--auth', 'none'))).toEqual({ type: 'http', url });
    expect((await run(['add', 'cursor', '--url', url])).err).toContain('pass --name');
    expect((await addTo(url, '--as', 'admin')).err).toContain('no local runner serves');
    expect((await run(['add', 'emacs'])).err).toContain(
      'Allowed choices are claude-code, claude-desktop, cursor, vscode',
    );
  });
});
