import { EventEmitter } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { CallRecorder } from '../../../local/calls/recorder.js';
import { isOwnRequest } from '../../../local/console/access-check.js';
import { Console } from '../../../local/console/console.js';
import { Inspector } from '../../../local/console/inspector.js';
import { shortArn, visibleParts, visibleText } from '../../../local/console/page/text.js';
import { toRegistrations } from '../../../local/console/registrations.js';
import { send } from '../apigateway/support.js';

let server: Server | undefined;
let stateReads = 0;
afterEach(() => server?.close());

const serverInfo = {
  name: 'orders',
  path: 'App/Mcp',
  mcp: 'http://127.0.0.1:1/prod/mcp',
  register: '',
  authorization: 'NONE',
  clients: [],
};

/** Serves a console, and returns its origin. */
async function serve(inspector = new Inspector('/')): Promise<{ origin: string; recorder: CallRecorder }> {
  const recorder = new CallRecorder({ pathOf: (name) => name, serverOf: (id) => id });
  const console = new Console({
    recorder,
    inspector,
    state: async () => {
      stateReads += 1;
      return { servers: [serverInfo], registrations: [], sessions: [] };
    },
    mcpUrl: () => serverInfo.mcp,
  });
  server = createServer((req, res) =>
    console.handles(req) ? void console.handle(req, res) : res.writeHead(418).end(),
  );
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, recorder };
}

/** Records a finished call. */
function record(recorder: CallRecorder): void {
  const res = Object.assign(new EventEmitter(), {
    writeHead: () => res,
    write: () => true,
    end: () => res,
    writableFinished: true,
  });
  const body = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  recorder.request(
    { apiId: 'api', method: 'POST', resourcePath: '/mcp', url: '/mcp', headers: {}, body, requestId: 'a-b' },
    res as never,
  );
  res.emit('close');
}

describe('requests of other pages', () => {
  const host = '127.0.0.1:3001';
  test.each([
    ['a program', 'GET', {}, true],
    ['a program', 'POST', {}, true],
    ['the page', 'GET', { 'sec-fetch-site': 'same-origin' }, true],
    ['the page', 'POST', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }, true],
    ['the address bar', 'GET', { 'sec-fetch-site': 'none' }, true],
    ['a page of another site', 'GET', { 'sec-fetch-site': 'cross-site' }, false],
    ['a page on another port', 'GET', { 'sec-fetch-site': 'same-site' }, false],
    ['a page on another port', 'POST', { origin: 'http://127.0.0.1:8080' }, false],
    ['a sandboxed frame', 'POST', { origin: 'null' }, false],
    ['a browser without Origin', 'POST', { 'sec-fetch-site': 'same-origin' }, false],
  ])('%s: %s %j', (_, method, headers, allowed) => {
    expect(isOwnRequest({ method, headers: { host, ...headers } })).toBe(allowed);
  });

  test('get neither calls, events nor the state, and start nothing', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'foreign-')), 'started');
    const { origin, recorder } = await serve(new Inspector('/', () => ({ command: 'touch', args: [marker] })));
    record(recorder);
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const [method, route] of [
      ['GET', 'state'],
      ['GET', 'calls'],
      ['GET', 'calls/1'],
      ['GET', 'events'],
      ['DELETE', 'calls'],
      ['POST', 'inspector'],
    ] as const) {
      expect((await send(`${origin}/console/api/${route}`, { method, headers })).status).toBe(403);
    }
    expect(recorder.log.all).toHaveLength(1);
    expect(existsSync(marker)).toBe(false);
  });
});

test('serves the page to browsers with a strict policy, and text to programs', async () => {
  const { origin } = await serve();
  const page = await send(`${origin}/`, { headers: { accept: 'text/html,application/xhtml+xml' } });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const policy = page.headers['content-security-policy'];
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
  expect(page.text).not.toMatch(/<style|style=|<script>|onload|https?:\/\//);
  expect((await send(`${origin}/`, { headers: { accept: '*/*' } })).status).toBe(418);
  for (const file of ['console.js', 'console.css', 'icon.svg']) {
    const { status, headers } = await send(`${origin}/console/${file}`);
    expect([status, headers['x-content-type-options'], headers['cache-control']]).toEqual([200, 'nosniff', 'no-store']);
  }
  for (const path of [
    '../cli/index.mjs',
    '..%2fcli%2findex.mjs',
    'THIRD-PARTY-LICENSES.txt',
    '__proto__',
    'constructor',
    '',
  ]) {
    expect((await send(`${origin}/console/${path}`)).status).toBeGreaterThanOrEqual(400);
  }
});

test('lists, shows and clears calls', async () => {
  const { origin, recorder } = await serve();
  record(recorder);
  const [summary] = (await send(`${origin}/console/api/calls`)).json;
  expect(summary).toMatchObject({ id: '1', method: 'ping', outcome: 'error', denied: false });
  expect(summary).not.toHaveProperty('steps');
  expect((await send(`${origin}/console/api/calls/1`)).json.steps).toHaveLength(2);
  expect((await send(`${origin}/console/api/calls`, { method: 'DELETE' })).status).toBe(200);
  expect((await send(`${origin}/console/api/calls/1`)).status).toBe(404);
});

test('starts the Inspector once, and reports why it does not start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'inspector-'));
  const program = join(directory, 'inspector.mjs');
  const address = 'http://127.0.0.1:6274?MCP_INSPECTOR_API_TOKEN=abc';
  writeFileSync(
    program,
    `console.log(process.argv.slice(2).join(' ')); console.log('   ${address}'); setInterval(() => {}, 1000);`,
  );
  chmodSync(program, 0o755);
  stateReads = 0;
  const inspector = new Inspector(directory, () => ({ command: process.execPath, args: [program] }));
  const { origin } = await serve(inspector);
  const started = await send(`${origin}/console/api/inspector`, { method: 'POST' });
  expect(started.json).toEqual({ url: address });
  expect(stateReads).toBe(0); // reading the registry takes long in a large app
  expect(await inspector.open('http://127.0.0.1:1/prod/mcp')).toBe(address);
  inspector.close();
  const failing = new Inspector(directory, () => ({
    command: process.execPath,
    args: ['-e', 'console.error("no network"); process.exit(1)', '--'],
  }));
  await expect(failing.open('http://127.0.0.1:1')).rejects.toThrow('the MCP Inspector did not start: no network');
});

test('shows hidden characters by their codes', () => {
  expect(visibleText('a\u001b[31mb')).toBe('a\\x1b[31mb');
  expect(visibleText('abc\u202Etxt.exe\u2066')).toBe('abc\\u202etxt.exe\\u2066');
  expect(visibleText('line\r\nnext\ttab ü 漢 🙂')).toBe('line\nnext\ttab ü 漢 🙂');
  expect(visibleText('tag \u{E0041}')).toBe('tag \\u{e0041}');
  expect(visibleParts('x\u200by').map(({ escaped }) => escaped)).toEqual([false, true, false]);
});

test('shortens ARNs', () => {
  expect(shortArn('arn:aws:sts::123456789012:assumed-role/Fn/session')).toBe('Fn/session');
  expect(shortArn('local')).toBe('local');
});

test('lists what the registry has, with owners', () => {
  const definition = JSON.stringify({ type: 'tool', name: 'echo' });
  const item = (type: string, name: string, more = {}) => ({
    type: { S: type },
    name: { S: name },
    definition: { S: definition },
    lambdaArn: { S: 'arn:fn' },
    ...more,
  });
  const declared = item('tool', 'b', { owner: { S: 'cdk' }, ownerResource: { S: 'Logical1' } });
  const lookup = {
    server: 'App/Mcp',
    constructPath: (id: string) => (id === 'Logical1' ? 'App/Mcp/tool-b' : undefined),
    functionOf: (path: string) => ({ path, runtime: 'nodejs24.x' }),
  };
  const items = [
    declared,
    item('prompt', 'p', { owner: { S: 'api' } }),
    item('tool', 'a', { owner: { S: 'api' } }),
    item('META', 'REVISION'),
  ];
  expect(
    toRegistrations(items, lookup).map(({ kind, name, owner, construct }) => [kind, name, owner, construct]),
  ).toEqual([
    ['tool', 'a', 'Registration API', undefined],
    ['tool', 'b', 'stack', 'App/Mcp/tool-b'],
    ['prompt', 'p', 'Registration API', undefined],
  ]);
});

test('is smaller than 150 KB, and lists the licence of its library', () => {
  const size = ['index.html', 'console.js', 'console.css', 'icon.svg']
    .map((file) => gzipSync(readFileSync(`assets/console/${file}`)).length)
    .reduce((sum, length) => sum + length, 0);
  expect(size).toBeLessThan(150 * 1024);
  expect(readFileSync('assets/console/console.js', 'utf8')).not.toMatch(
    /\beval\(|new Function|https?:\/\/(?!www\.w3\.org)/,
  );
  expect(readFileSync('assets/console/THIRD-PARTY-LICENSES.txt', 'utf8')).toMatch(/preact .*\(MIT\)/);
});
