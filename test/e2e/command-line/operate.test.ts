/** The commands of an operator, as a user with docs/iam/operate.json only, and `connect` as MCP clients start it. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CfnOutput, Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { list, statements } from '../../../local/services/iam/policy';
import { policy } from '../../support/iam-policies';
import { announce, environmentOf, mcpLambda, OUTSIDE, stable } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';
import { signedFetch } from '../support/signed';
import { openSession } from '../support/sse';

let fixture: Fixture;
let operator: Record<string, string>;
let allowed: string[];
const used = new Set<string>();
const denied = new Set<string>();
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    onAccess: ({ role, action, granted }) => {
      if (role.endsWith(':user/operate')) (granted ? used : denied).add(action);
    },
    extend: ({ stack, server, fn }) => {
      Tags.of(fn('echo')).add('mcp-server', 'e2e');
      const output = (id: string, value: string) => new CfnOutput(stack, id, { value });
      output('Region', stack.region);
      output('Account', stack.account);
      output('ApiId', server.restApiId);
      output('SessionTableArn', server.sessionTable.tableArn);
      output('LogGroupArn', server.logGroup.logGroupArn);
    },
  });
  announce(fixture.runner);
  const outputs = fixture.runner.outputs.E2e as Record<string, string>;
  const LogGroupArn = outputs.LogGroupArn!.replace(/:\*$/, '');
  const document = policy('operate', { ...outputs, LogGroupArn, Partition: 'aws', StackName: 'E2e' });
  allowed = statements(document).flatMap(({ Action }) => list(Action));
  operator = environmentOf(fixture, fixture.runner.issueCredentials('operate', [document]));
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

test('docs/iam/operate.json allows exactly what the commands call', async () => {
  const asAdmin = (args: string[], input?: string) =>
    mcpLambda([...args, '--stack', 'E2e'], { env: environmentOf(fixture), input });
  const tool = { type: 'tool', name: 'mine', lambdaArn: fixture.functionArn('echo') };
  expect(await asAdmin(['register', '-'], JSON.stringify(tool))).toMatchObject({ code: 0 });
  expect(await asAdmin(['call', 'mine', '--args-json', '{"message":"a"}'])).toMatchObject({ code: 0 });
  const headers = await signedFetch(fixture.runner.admin).headers('GET', fixture.sseUrl);
  const session = await openSession(fixture, headers);

  const run = (...args: string[]) => mcpLambda([...args, '--stack', 'E2e'], { env: operator });
  expect(await run('status')).toMatchObject({ code: 0, err: '' });
  const { open } = JSON.parse((await run('sessions', '--json')).out);
  expect(await run('sessions', 'end', open[0].name)).toMatchObject({ code: 0 });
  session.disconnect();
  expect(await run('audit')).toMatchObject({ code: 0, err: expect.stringContaining('records') });
  expect(await run('cost')).toMatchObject({ code: 0 });
  const { out } = await run('doctor', '--json');
  const checks = JSON.parse(out).checks as Array<{ check: string; skipped?: string }>;
  const skipped = checks.filter((each) => each.skipped !== undefined).map(({ check }) => check);
  expect(skipped).toEqual(['sign-in', 'credentials', 'streams']);

  expect([...denied], 'denied').toEqual([]);
  used.add('execute-api:Invoke'); // checked by API Gateway
  expect([...used].sort()).toEqual([...new Set(allowed)].sort());
});

test('operate allows reading registrations, and neither changes nor calls', async () => {
  for (const args of [
    ['call', 'echo', 'message=a'],
    ['register', '-'],
    ['unregister', 'tool-echo'],
  ]) {
    const { code, out } = await mcpLambda([...args, '--stack', 'E2e'], {
      env: operator,
      input: JSON.stringify({ type: 'tool', name: 'mine', lambdaArn: fixture.functionArn('echo') }),
    });
    expect([code, out], args[0]).toEqual([1, '']);
  }
});

test('connect finds the server of a stack', async () => {
  const client = new Client({ name: 'stdio', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['bin/mcp-lambda', 'connect', '--stack', 'E2e'],
      env: { PATH: process.env.PATH!, ...environmentOf(fixture) },
      stderr: 'ignore',
    }),
  );
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
  await client.close();
});

test('connect explains missing credentials', async () => {
  const url = fixture.mcpUrl.href;
  const { code, out, err } = await mcpLambda(['connect', url, '--region', 'us-east-1'], { env: OUTSIDE });
  expect([code, out]).toEqual([1, '']);
  expect(stable(err)).toMatchInlineSnapshot(`
    "mcp-lambda: cannot find AWS credentials: Could not load credentials from any providers
      → sign in with aws sso login --profile <profile>, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
      → pass --profile <profile> to use a profile of ~/.aws/config
    "
  `);
  const stack = await mcpLambda(['connect', '--stack', 'E2e', '--region', 'us-east-1']);
  expect(stack.err).toContain('cannot find AWS credentials');
});
