import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

interface Loaded {
  /** Names of the files of the bundle, without the hash. */
  readonly files: readonly string[];
  /** Modules of Node.js, as `process.moduleLoadList` names them. */
  readonly modules: readonly string[];
}

const ENVIRONMENT = {
  MCP_SERVER_ID: 'mcp-test',
  MCP_SERVER_INFO: '{"name":"test","version":"1.0.0"}',
  MCP_AUTHORIZATION: 'NONE',
  MCP_METRIC_NAMESPACE: 'McpLambda',
};
const OAUTH = { MCP_OAUTH: '{"issuers":[],"resource":"https://mcp.example/mcp"}' };

/** Loads a bundled function in a new process, without a region or credentials: it cannot call AWS. */
function load(name: string, env: Record<string, string> = {}): Loaded {
  const file = pathToFileURL(`assets/lambda/${name}/index.mjs`).href;
  const output = execFileSync(process.execPath, ['test/support/loaded-code.mjs', file], {
    env: { ...ENVIRONMENT, ...env },
    encoding: 'utf8',
  });
  return JSON.parse(output.split('\n').at(-1)!);
}

const request = (httpMethod: string, body?: object) =>
  JSON.stringify({
    httpMethod,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    requestContext: {},
    body: body ? JSON.stringify(body) : null,
  });

const ON_DEMAND = ['on-demand-handlers', 'server-methods', 'function-url-oauth'];

test('the HTTP function loads sessions, streams, tasks and the check of tokens only where they are used', () => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const { files } = load('http', { TEST_EVENT: request('POST', ping) });
  expect(files).toContain('index.mjs');
  for (const each of ON_DEMAND) expect(files).not.toContain(each);
  const { files: afterDelete } = load('http', { MCP_HTTP_SESSIONS: '1', TEST_EVENT: request('DELETE') });
  expect(afterDelete).toContain('on-demand-handlers');
  expect(afterDelete).not.toContain('server-methods');
});

test('the SSE function loads resource updates only with notifications', () => {
  const { files } = load('sse');
  expect(files).not.toContain('resource-updates');
  const [code] = readdirSync('assets/lambda/sse').filter((file) => file.startsWith('resource-updates'));
  expect(readFileSync(`assets/lambda/sse/${code}`, 'utf8')).toContain('polling for resource updates failed');
});

test.each(readdirSync('assets/lambda'))('the %s function loads at most five files at its start', (name) => {
  expect(load(name, name === 'authorizer' ? OAUTH : {}).files.length).toBeLessThanOrEqual(5);
});

test('the functions load no module of Node.js only because another one exports it', () => {
  for (const name of ['message', 'registration', 'sweeper']) {
    const { modules } = load(name);
    for (const unused of ['internal/deps/undici/undici', 'internal/crypto/webcrypto', 'http2']) {
      expect(modules, name).not.toContain(`NativeModule ${unused}`);
    }
  }
});

test('the bundles contain none of the parts of the SDKs that they leave out', () => {
  for (const name of readdirSync('assets/lambda')) {
    for (const file of readdirSync(`assets/lambda/${name}`).filter((each) => each.endsWith('.mjs'))) {
      const code = readFileSync(`assets/lambda/${name}/${file}`, 'utf8');
      expect(code, `${name}/${file} reads shared config files`).not.toContain('AWS_SHARED_CREDENTIALS_FILE');
      expect(code, `${name}/${file} discovers endpoints`).not.toContain('AWS_ENABLE_ENDPOINT_DISCOVERY');
      expect(code, `${name}/${file} parses user agents`).not.toContain('getBrowserName');
      expect(code, `${name}/${file} has schemas of unused operations`).not.toContain('ListCapacityProviders');
      expect(code, `${name}/${file} imports a module of Node.js`).not.toMatch(/from ?"node:(?!module")/);
    }
  }
});
