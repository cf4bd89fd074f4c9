import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { TestAssembly } from '../support/assembly.js';
import { oneStack } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const BIN = resolve('bin/mcp-lambda');
const empty = mkdtempSync(join(tmpdir(), 'cli-test-'));
writeFileSync(join(empty, 'faults.json'), '{"faults":[{"type":"reset","service":"sqs","share":2}]}');
const temporary = mkdtempSync(join(tmpdir(), 'cli-tmp-'));
afterAll(() => {
  for (const directory of [empty, temporary]) rmSync(directory, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly exit: Promise<number | null>;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(args: string[], cwd = empty): Started {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, TMPDIR: temporary } });
  running.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const exit = new Promise<number | null>((done) => child.once('close', done));
  return { child, out: () => out, err: () => err, exit };
}

/** Waits until the condition returns a value; the timeout of the test is the limit. */
async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = condition();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 20));
  }
}

const hello = (text: string) => ({
  [`hello-${text}`]: {
    'index.mjs': `export const handler = async () => { console.log('returned ${text}'); return { statusCode: 200, body: '${text}' }; };`,
  },
});
const stacks = (text: string) => {
  const server = { ...restApi('Api', 'Function', { path: 'mcp' }) };
  const register = {
    RegisterResource: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { ...server.ApiResource.Properties, PathPart: 'register' },
    },
    RegisterMethod: {
      Type: 'AWS::ApiGateway::Method',
      Properties: { ...server.ApiMethod.Properties, ResourceId: { Ref: 'RegisterResource' } },
    },
  };
  const functions = { Role: role(), Function: lambdaFunction('Role', `hello-${text}`) };
  return oneStack({ ...functions, ...server, ...register }, { assets: hello(text) });
};

describe('mcp-lambda', () => {
  it.each<[string[], RegExp]>([
    [
      ['local'],
      /^mcp-lambda: no app specified: pass --app \(a cdk\.out directory, a template, or a command\), or run in a directory with a cdk\.json\n$/,
    ],
    [['local', '--app', '.'], /^mcp-lambda: .* is not a cloud assembly: it has no manifest\.json \(run cdk synth\)\n$/],
    [['local', '--app', 'exit 3'], /mcp-lambda: the app's command failed \(exit code 3\): exit 3\n$/],
    [
      ['local', '--app', 'true'],
      /mcp-lambda: the app's command did not write a cloud assembly to \$CDK_OUTDIR: true\n$/,
    ],
    [
      ['local', '--port', '70000'],
      /^error: option '-p, --port <port>' argument '70000' is invalid\. expected a number from 0 to 65535\./,
    ],
    [
      ['local', '--parameters', 'prod'],
      /argument 'prod' is invalid\. expected name=value, such as VpcEnabled=true or ssm:/,
    ],
    [['local', '--endpoint', 'states=4566'], /argument 'states=4566' is invalid\. expected service=url/],
    [['local', '--function', '=x'], /argument '=x' is invalid\. expected <ARN or name>=<directory or command>/],
    [['local', '--parameters-file', 'missing.env'], /cannot read --parameters-file missing\.env: ENOENT/],
    [['local', '--faults', 'missing.json'], /cannot read --faults missing\.json: ENOENT/],
    [['local', '--faults', 'faults.json'], /cannot read --faults faults\.json: \/faults\/0\/share: 2 must be above 0/],
    [['local', '--isolation', 'none'], /argument 'none' is invalid\. Allowed choices are shared, lambda\./],
    [['local', '--nonsense'], /unknown option '--nonsense'/],
    [['deploy'], /unknown command 'deploy'/],
    [['connect'], /^mcp-lambda: no server specified: pass --stack <name> or --url <url>/],
    [['connect', 'orders'], /^mcp-lambda: invalid URL "orders": pass the McpUrl of the server/],
  ])('%j fails with an error', async (args, message) => {
    const { exit, err } = start(args);
    expect(await exit).toBe(1);
    expect(err()).toMatch(message);
  });

  it('local prints resources, URLs, and how to connect', async () => {
    const assembly = new TestAssembly(stacks('one'));
    const { out, child, exit } = start(['local', '--app', assembly.directory, '--port', '0', '--verbose']);
    await until(() => out().includes('Ctrl-C to stop'));
    const [, url] = /Streamable HTTP {2}(http:\/\/127\.0\.0\.1:\d+\/prod)\/mcp/.exec(out())!;
    expect(out()).toContain(`claude mcp add --transport http Api ${url}/mcp`);
    expect(out()).toContain(`{"servers":{"Api":{"type":"http","url":"${url}/mcp"}}}`);
    expect(out()).toContain('Lambda::Function');
    expect(out()).toMatch(/^· Test: 9 resources\n\nEmulated: /);
    expect(out()).toContain('\n\nApi\n  Streamable HTTP');
    expect(out()).toMatch(/AWS_ACCESS_KEY_ID=AKIA[0-9A-F]{16}/);
    expect(await (await fetch(`${url}/mcp`)).text()).toBe('one');
    expect(await until(() => /\d\d:\d\d:\d\d Function \[[0-9a-f]{8}\] returned one\n/.exec(out()))).toBeTruthy();

    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(readdirSync(temporary), 'temporary files').toEqual([]);
    assembly.remove();
  });

  it('local --json prints events to standard output, one in each line, and everything else to standard error', async () => {
    const assembly = new TestAssembly(stacks('one'));
    const args = ['local', '--app', assembly.directory, '--port', '0', '--json', '--enforce-auth'];
    const { out, err, child, exit } = start(args);
    const line = await until(() => out().includes('\n') && out());
    const ready = JSON.parse(line);
    expect(ready).toMatchObject({
      type: 'ready',
      mcp: `${ready.url}/mcp`,
      register: `${ready.url}/register`,
      servers: [{ name: 'Api', url: ready.url }],
      credentials: { accessKeyId: expect.any(String), secretAccessKey: expect.any(String) },
    });
    await fetch(ready.mcp);
    await until(() => err().includes('returned one'));
    const events = await until(() => out().includes('returned one') && out().slice(line.length).trimEnd().split('\n'));
    expect(events.map((text) => JSON.parse(text))).toMatchObject([
      { type: 'log', function: 'Function', level: 'INFO', message: 'returned one', requestId: expect.any(String) },
    ]);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    assembly.remove();
  });

  it('local starts the processes of a server before the first request', async () => {
    const assembly = new TestAssembly(stacks('one'));
    writeFileSync(
      join(assembly.directory, 'asset.hello-one', 'index.mjs'),
      "console.log('initialized'); export const handler = async () => ({ statusCode: 200, body: '' });",
    );
    const { out, child, exit } = start(['local', '--app', assembly.directory, '--port', '0', '--json']);
    await until(() => out().includes('initialized'));
    child.kill('SIGTERM');
    await exit;
    assembly.remove();
  });

  it('local runs a template with local code and parameter values', async () => {
    const directory = join(temporary, 'greeting');
    mkdirSync(join(directory, 'code'), { recursive: true });
    const code = 'export const handler = async () => ({ statusCode: 200, body: process.env.GREETING });';
    writeFileSync(join(directory, 'code', 'index.mjs'), code);
    const { Test } = stacks('one');
    const { Role, Function: fn, ...api } = Test.template.Resources;
    const Environment = { Variables: { GREETING: { Ref: 'Greeting' } } };
    const template = {
      Parameters: { Greeting: { Type: 'String', Default: 'hello' } },
      Resources: {
        Role,
        Function: { ...fn, Properties: { ...fn.Properties, Code: './code', Environment } },
        ...api,
      },
    };
    const file = join(directory, 'template.json');
    writeFileSync(file, JSON.stringify(template));
    const { out, child, exit } = start([
      'local',
      '--app',
      file,
      '--parameters',
      'Greeting=a=b',
      '--port',
      '0',
      '--json',
    ]);
    const { mcp } = JSON.parse(await until(() => out().includes('\n') && out()));
    expect(await (await fetch(mcp)).text()).toBe('a=b');
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    rmSync(directory, { recursive: true });
  });

  it('local reports a port in use', async () => {
    const assembly = new TestAssembly(stacks('one'));
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', () => done()));
    const { port } = other.address() as AddressInfo;
    const { exit, err } = start(['local', '--app', assembly.directory, '--port', String(port)]);
    expect(await exit).toBe(1);
    expect(err()).toContain(
      `port ${port} is already in use: stop the program that uses it, or pass another port with --port`,
    );
    expect(readdirSync(temporary)).toEqual([]);
    other.close();
    assembly.remove();
  });

  it('local --watch applies changes of a cloud assembly or of the output of a command', async () => {
    const assembly = new TestAssembly(stacks('one'));
    const copy = `cp -r ${assembly.directory}/. $CDK_OUTDIR`;
    for (const app of [assembly.directory, copy]) {
      assembly.write(stacks('one'));
      const { out, err, child, exit } = start(
        ['local', '--app', app, '--port', '0', '--watch', '--json'],
        assembly.directory,
      );
      const { mcp } = JSON.parse(await until(() => out().includes('\n') && out()));
      expect(await (await fetch(mcp)).text()).toBe('one');
      assembly.write(stacks('two'));
      await until(() => err().includes('· updated Function (code)'));
      expect(await (await fetch(mcp)).text()).toBe('two');
      expect(err().split(`· running ${copy}\n`)).toHaveLength(app === copy ? 3 : 1);
      writeFileSync(join(assembly.directory, 'manifest.json'), '{');
      await until(() => err().includes('· not updated: '));
      expect(await (await fetch(mcp)).text()).toBe('two');
      child.kill('SIGINT');
      expect(await exit).toBe(0);
    }
    assembly.remove();
  });
});
