import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { announce, environmentOf, mcpLambda, OUTSIDE, stable } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';

let fixture: Fixture;
let url: string;
beforeAll(async () => {
  fixture = await startFixture({ enforceAuth: true });
  announce(fixture.runner);
  url = fixture.mcpUrl.href.replace(/\/mcp$/, '');
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

describe('lists', () => {
  test('tools prints signatures and descriptions', async () => {
    const { out, err, code } = await mcpLambda(['tools', '--url', url]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "ask()
      crash()
      echo(message: string)
      fail()
      record(n: integer)
      reflect()
      slow(seconds: number)
      slow_with_timeout(seconds: number)
      weather(city: string)
      "
    `);
  });

  test('resources prints a table, prompts prints arguments', async () => {
    expect((await mcpLambda(['resources', '--url', `${url}/mcp`])).out).toMatchInlineSnapshot(`
      "URI                  NAME    TYPE        DESCRIPTION
      docs://readme        readme  text/plain
      docs://pages/{page}  page    text/plain
      "
    `);
    expect((await mcpLambda(['prompts', '--url', `${url}/`])).out).toMatchInlineSnapshot(`
      "greeting(name, tone?)
      "
    `);
  });

  test('--json prints what the server lists', async () => {
    const { out } = await mcpLambda(['tools', '--url', url, '--json']);
    expect(JSON.parse(out).map((tool: { name: string }) => tool.name)).toContain('echo');
  });

  test('--stack finds the server by its outputs, with the credentials of the environment', async () => {
    const { out, err } = await mcpLambda(['tools', '--stack', 'E2e'], { env: environmentOf(fixture) });
    expect(err).toBe('');
    expect(out).toContain('echo(message: string)');
  });
});

describe('the address of a local server', () => {
  test('may lack the stage', async () => {
    const { out, code } = await mcpLambda(['tools', '--url', new URL(url).origin]);
    expect(code).toBe(0);
    expect(out).toContain('echo(message: string)');
  });
});

test('ends quietly if the reader of its output ends first', () => {
  const script = 'set -o pipefail; (sleep 0.5; exec "$0" bin/mcp-lambda --help) | true';
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

describe('call', () => {
  const run = (...args: string[]) => mcpLambda(['call', ...args, '--url', url]);

  test('reads arguments as the input schema says', async () => {
    expect(await run('echo', 'message=42')).toEqual({ code: 0, out: '42\n', err: '' });
    expect(await run('record', 'n=42')).toMatchObject({ code: 0, err: '' });
    expect(fixture.journal().at(-1)).toMatch(/^record 42 /);
  });

  test('takes all arguments as JSON', async () => {
    expect((await run('echo', '--args-json', '{"message":"a=b"}')).out).toBe('a=b\n');
    const piped = await mcpLambda(['call', 'echo', '--args-json', '-', '--url', url], { input: '{"message":"piped"}' });
    expect(piped.out).toBe('piped\n');
  });

  test('--json prints the result', async () => {
    const { out } = await run('weather', 'city=Bern', '--json');
    expect(JSON.parse(out)).toMatchObject({ structuredContent: { city: 'Bern' } });
  });

  test('a tool error exits with 2', async () => {
    const { code, out, err } = await run('fail');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatchInlineSnapshot(`
      "the tool returned an error: TypeError: the database rejected the query
      "
    `);
  });

  test.each([
    ['an unknown tool', ['ecko']],
    ['an unknown argument', ['echo', 'text=hello']],
    ['a value of another type', ['record', 'n=many']],
    ['a pair without a value', ['echo', 'hello']],
    ['invalid JSON', ['echo', '--args-json', '{message:1}']],
    ['a JSON array', ['echo', '--args-json', '[]']],
  ])('explains %s', async (_, args) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatchSnapshot();
  });

  test('says that a tool asks the client', async () => {
    expect((await run('ask', '--args-json', '{}')).err).toMatchInlineSnapshot(`
      "mcp-lambda: tools/call asks the client for input, which this command cannot give
        → use an interactive client, such as the MCP Inspector: npx @modelcontextprotocol/inspector
      "
    `);
  });
});

test('read prints a resource, prompt prints messages', async () => {
  const { out } = await mcpLambda(['read', 'docs://readme', '--url', url]);
  expect(out).toMatchInlineSnapshot(`
    "document docs://readme {}
    "
  `);
  const prompt = await mcpLambda(['prompt', 'greeting', 'name=Ada', '--url', url]);
  expect(prompt.out).toMatchInlineSnapshot(`
    "user:
    Greet Ada in a plain tone.
    "
  `);
  const missing = await mcpLambda(['read', 'docs://nothing/here', '--url', url]);
  expect(missing).toMatchObject({ code: 1, out: '' });
  expect(missing.err).toMatchInlineSnapshot(`
    "mcp-lambda: resources/read: Resource not found: docs://nothing/here (-32602)
    "
  `);
});

describe('explains', () => {
  const cases: Array<[string, () => string[], () => Record<string, string>]> = [
    ['no server', () => ['tools'], () => ({})],
    ['an invalid URL', () => ['tools', '--url', 'orders'], () => ({})],
    ['a server that does not run', () => ['tools', '--url', 'http://127.0.0.1:59999/prod'], () => OUTSIDE],
    ['missing credentials', () => ['tools', '--url', url, '--region', 'us-east-1'], () => OUTSIDE],
    ['a missing region for a URL', () => ['tools', '--url', url], () => OUTSIDE],
    ['missing credentials for a stack', () => ['tools', '--stack', 'E2e', '--region', 'us-east-1'], () => ({})],
    ['a missing region', () => ['tools', '--stack', 'E2e'], () => ({})],
    ['an unknown stack', () => ['tools', '--stack', 'Other'], () => environmentOf(fixture)],
    [
      'missing permissions',
      () => ['tools', '--url', url],
      () => ({ ...environmentOf(fixture, fixture.runner.issueCredentials('none', [])), ...OUTSIDE }),
    ],
  ];
  test.each(cases)('%s', async (_, args, env) => {
    const { code, out, err } = await mcpLambda(args(), { env: env() });
    expect([code, out]).toEqual([1, '']);
    expect(stable(err)).toMatchSnapshot();
  });
});

test('--version and --help', async () => {
  expect((await mcpLambda(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await mcpLambda(['call', '--help'])).out).toContain(
    '$ mcp-lambda call lookup_order orderId=A-1001 --stack Orders',
  );
});
