/** The commands for a server whose endpoint is a function URL. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpAuth, McpEndpoint } from '../../../src';
import { announce, environmentOf, mcpLambda, OUTSIDE, stateOf } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    server: { endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 100 }) },
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
  });
  announce(fixture.runner);
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Runs a command for the server of the fixture: by its URL, as a local server, or by its stack, as a deployed one. */
const local = (...args: string[]) => mcpLambda([...args, '--url', fixture.mcpUrl.href]);
const deployed = (...args: string[]) =>
  mcpLambda([...args, '--stack', 'E2e'], { env: { ...OUTSIDE, ...environmentOf(fixture) } });

test.each([
  ['its URL', local],
  ['its stack', deployed],
])('a server is called and registered with by %s', async (_, run) => {
  expect(await run('call', 'echo', 'message=hello')).toMatchObject({ code: 0, out: expect.stringContaining('hello') });
  const file = join(mkdtempSync(join(tmpdir(), 'registrations-')), 'tool.json');
  writeFileSync(file, JSON.stringify({ type: 'tool', name: 'stock', lambdaArn: fixture.functionArn('echo') }));
  expect(await run('register', file)).toMatchObject({ code: 0, out: expect.stringContaining('tool-stock created') });
  expect(await run('unregister', 'tool-stock')).toMatchObject({ code: 0 });
});

test('status shows both addresses, and doctor finds no fault of the server', async () => {
  const { out, err } = await deployed('status');
  expect(err).toBe('');
  expect(out).toContain(`Streamable HTTP  ${fixture.mcpUrl.href}`);
  expect(out).toMatch(new RegExp(`Registration +${fixture.registerUrl.href}`));
  const doctor = await deployed('doctor');
  expect(doctor.out).toMatch(/✓ reachability .*\n(.*\n)*✓ authorization +a request without credentials gets 403/);
  expect(doctor.out).toMatch(/✓ credentials +the credentials of this user are accepted by e2e/);
  expect(doctor.out).toMatch(/- streams +skipped: the server has no \/sse/);
  // some functions of the test app have faults, and no sweeper has run yet
  expect(doctor.out).not.toMatch(/✗ (?!functions|queues)/);
});

test('with the URL alone, the address of the Registration API is not known', async () => {
  const url = 'https://a1b2c3.lambda-url.eu-central-1.on.aws';
  const { code, err } = await mcpLambda(['unregister', 'tool-stock', '--url', url], {
    env: { ...OUTSIDE, ...environmentOf(fixture) },
  });
  expect(code).not.toBe(0);
  expect(err).toContain('the Registration API of a1b2c3.lambda-url.eu-central-1.on.aws has a function URL of its own');
  expect(err).toContain('→ pass --stack');
});

test('a caller without the grant is denied', async () => {
  const credentials = fixture.runner.issueCredentials('ungranted', []);
  const env = { ...environmentOf(fixture, credentials), ...stateOf([fixture.mcpUrl.href]) };
  const denied = await mcpLambda(['tools', '--url', fixture.mcpUrl.href], { env });
  expect(denied.err).toMatch(/returned 403: Forbidden\. For troubleshooting/);
  expect(denied.err).toContain('→ the credentials do not allow this request: see docs/iam/connect-function-url.json');
});

test('connect signs for Lambda', async () => {
  const client = new Client({ name: 'stdio', version: '1.0.0' });
  const env = { PATH: process.env.PATH!, ...OUTSIDE, ...environmentOf(fixture) };
  const args = ['bin/mcp-lambda', 'connect', '--stack', 'E2e'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  expect(await client.callTool({ name: 'echo', arguments: { message: 'signed' } })).toMatchObject({
    content: [{ text: 'signed' }],
  });
  await client.close();
});

test('doctor explains a missing permission of everyone', async () => {
  await using open = await startFixture({
    server: { endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 100 }), auth: McpAuth.none() },
    modifyTemplate: (template) => {
      for (const [id, { Type, Properties }] of Object.entries(template.Resources ?? {})) {
        const isOfUrl = Type === 'AWS::Lambda::Permission' && Properties?.InvokedViaFunctionUrl !== undefined;
        if (isOfUrl) delete template.Resources![id];
      }
      return template;
    },
  });
  const { code, out } = await mcpLambda(['doctor', '--stack', 'E2e'], { env: { ...OUTSIDE, ...environmentOf(open) } });
  expect(code).toBe(2);
  expect(out).toMatch(/✗ credentials +url-permission-missing/);
});

test('add detects how callers are authorized', async () => {
  const { out, err } = await mcpLambda(['add', 'cursor', '--url', fixture.mcpUrl.href, '--name', 'e2e'], {
    env: OUTSIDE,
  });
  expect(out, err).toContain('connect');
});
