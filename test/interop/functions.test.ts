import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBody } from '../../local/services/forward.js';
import { DebugPorts } from '../../local/services/lambda/debug-ports.js';
import type { FunctionDefinition } from '../../local/services/lambda/function.js';
import type { Isolation } from '../../local/services/lambda/service.js';
import {
  arnOf,
  defineFunction,
  isAlive,
  startAsProcess,
  startLambda,
  type TestLambda,
} from '../local/lambda/support.js';
import { untilListening } from '../local/support/inspector.js';
import { classPath, compile } from './support/java';
import { venv } from './support/venv';

const JAVA_PROJECT = 'test/interop/functions/java';
let env: NodeJS.ProcessEnv;
let classes: string;
let lambda: TestLambda;
beforeAll(async () => {
  env = { ...process.env, VIRTUAL_ENV: resolve(venv('functions'), '..'), AWS_PROFILE: 'production' };
  classes = compile(JAVA_PROJECT);
  lambda = await startLambda('shared', { env });
});
afterAll(() => lambda?.stop());

const python = (handler: string, more: Partial<FunctionDefinition> = {}) =>
  defineFunction(
    `python-${handler.replaceAll(/\W/g, '-')}`,
    {},
    {
      runtime: 'python3.13',
      handler,
      codeDir: resolve('test/interop/functions/python'),
      ...more,
    },
  );
const java = (handler: string, more: Partial<FunctionDefinition> = {}) =>
  defineFunction(
    `java-${handler.replaceAll(/\W/g, '-')}`,
    {},
    {
      runtime: 'java21',
      handler,
      codeDir: classes,
      timeoutSeconds: 30,
      ...more,
    },
  );

/** Creates the function of a fixture, by its name in both languages. */
type Fixture = (name: string, more?: Partial<FunctionDefinition>) => FunctionDefinition;
const languages: Array<[string, Fixture]> = [
  ['Python', (name, more) => python(`app.${name}`, more)],
  ['Java', (name, more) => java(`fixture.Functions::${name}`, more)],
];

async function call(
  definition: FunctionDefinition,
  event: unknown = {},
  clientContext?: object,
  service = lambda.service,
) {
  if (service.get(definition.name)?.codeDir === undefined) service.define(definition);
  const options = clientContext && { clientContext: Buffer.from(JSON.stringify(clientContext)).toString('base64') };
  const { body, ended } = await service.invoke(definition.name, Buffer.from(JSON.stringify(event)), options);
  const answer = JSON.parse((await readBody(body)).toString());
  return { answer, error: (await ended)?.type };
}

describe.each(languages)('a function in %s', (language, fixture) => {
  test('receives its event and context and returns a result', async () => {
    const definition = fixture('echo', { environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', OWN: 'größe' } });
    const custom = { mcpName: 'größe 👋', mcpPrincipal: 'you' };
    const event = { text: 'grüß dich 👋', n: [1, null], nested: { yes: true } };
    const { answer } = await call(definition, event, { custom });
    expect(answer).toMatchObject({ event, custom, arn: arnOf(definition.name), calls: 1, cwd: definition.codeDir });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.remaining).toBeGreaterThan(1000);
    expect(answer.environment).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      OWN: 'größe',
      LAMBDA_TASK_ROOT: definition.codeDir,
      AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
      AWS_REGION: 'us-east-1',
    });
    expect(answer.environment).not.toHaveProperty('AWS_PROFILE');
    expect(answer.environment).not.toHaveProperty('HOME');
    const second = (await call(definition)).answer;
    expect(second).toMatchObject({ event: {}, calls: 2, pid: answer.pid });
    expect(second.custom ?? null).toBeNull();
  });

  test('accepts and returns 5 MB', async () => {
    const { answer } = await call(fixture('size'), { text: `a${'ü'.repeat(2_500_000)}` });
    expect(answer.text).toBe(`${'ü'.repeat(2_500_000)}a`);
  });

  test('runs concurrent invocations in separate processes and reuses them', async () => {
    const definition = fixture('slow');
    const parallel = (seconds: number) =>
      Promise.all(Array.from({ length: 10 }, async () => (await call(definition, { seconds })).answer));
    const pids = new Set(await parallel(1));
    expect(pids.size).toBe(10);
    for (const pid of await parallel(0)) expect(pids).toContain(pid);
  });

  test('returns an exception and keeps running', async () => {
    const definition = fixture('fail');
    for (let i = 0; i < 2; i++) {
      expect((await call(definition)).answer).toMatchObject({
        errorType: language === 'Java' ? 'java.lang.IllegalStateException' : 'LookupError',
        errorMessage: 'keine Lampe übrig 🪔',
      });
    }
    const logged = () => lambda.logs.filter(({ functionName }) => functionName === definition.name);
    await expect
      .poll(() =>
        logged()
          .map(({ text }) => text)
          .join(),
      )
      .toMatch(/keine Lampe übrig 🪔[\s\S]*fail/);
  });

  test('reports a function that exits', async () => {
    const definition = fixture('leave');
    for (let i = 0; i < 2; i++) {
      const { answer } = await call(definition);
      expect(answer).toMatchObject({ errorType: 'Runtime.ExitError' });
      expect(answer.errorMessage).toMatch(/Runtime exited with error: exit status 3$/);
    }
  });

  test('stops a function in an endless loop after its timeout', async () => {
    const definition = fixture('hang', { timeoutSeconds: 1 });
    const { answer } = await call(definition);
    expect(answer.errorMessage).toMatch(/Task timed out after 1.00 seconds$/);
  });

  test('logs printed lines and log records', async () => {
    const definition = fixture('log');
    await call(definition);
    const logged = () =>
      lambda.logs
        .filter(({ functionName }) => functionName === definition.name)
        .map(({ stream, level = '', text }) => `${stream} ${level} ${text.split('\n').slice(0, 2).join('|')}`);
    const expected =
      language === 'Java'
        ? [
            'stdout  printed: grüß dich 👋',
            'stderr  to standard error',
            'stdout  without a line break',
            'stdout  in two|lines',
            'stdout WARN beware',
          ]
        : [
            'stdout  printed: grüß dich 👋',
            'stderr  two',
            'stderr  lines',
            'stdout INFO logged|in two lines',
            'stdout WARN beware',
            'stdout ERROR it went wrong|Traceback (most recent call last):',
          ];
    await expect.poll(logged).toHaveLength(expected.length);
    expect(logged().sort()).toEqual(expected.sort());
  });

  test.each<Isolation>(['shared', 'lambda'])(
    'stops with the service (%s), including child processes',
    async (isolation) => {
      const other = await startLambda(isolation, { env });
      const { answer } = await call(fixture('parent'), {}, undefined, other.service);
      expect(answer.map(isAlive)).toEqual([true, true]);
      await other.stop();
      await expect.poll(() => answer.map(isAlive), { timeout: 60_000 }).toEqual([false, false]);
    },
  );

  test('stops when the runner is killed', async () => {
    const child = startAsProcess(fixture('parent'), env);
    const pids = await new Promise<number[]>((done) =>
      child.stdout!.once('data', (text) => done(JSON.parse(String(text)))),
    );
    process.kill(-child.pid!, 'SIGINT'); // Ctrl-C
    expect(pids.map(isAlive)).toEqual([true, true]);
    child.kill('SIGKILL');
    await expect.poll(() => pids.map(isAlive), { timeout: 60_000 }).toEqual([false, false]);
  });
});

describe('Python', () => {
  test('loads handlers from folders', async () => {
    expect((await call(python('nested/module.handler'))).answer).toBe('nested.module');
  });

  test('has the code on its path and an empty standard input, and writes no files', async () => {
    const { answer } = await call(python('app.echo'));
    expect(answer).toMatchObject({ path: resolve('test/interop/functions/python'), stdin: '' });
    expect(readdirSync('test/interop/functions/python')).not.toContain('__pycache__');
  });

  test('writes nothing into its source directory', async () => {
    const codeDir = mkdtempSync(join(tmpdir(), 'source-'));
    writeFileSync(join(codeDir, 'helper.py'), 'TEXT = "helped"\n');
    writeFileSync(
      join(codeDir, 'app.py'),
      `import os, pathlib, subprocess, sys, tempfile
import helper
def attempt(work):
    try:
        work()
        return "written"
    except OSError as error:
        return error.strerror
def handler(event, context):
    subprocess.run([sys.executable, "-c", "import helper"], check=True)
    return [
        helper.TEXT,
        attempt(lambda: open("a.txt", "w").close()),
        attempt(lambda: pathlib.Path(__file__).with_name("b").mkdir()),
        attempt(lambda: os.rename("helper.py", "other.py")),
        attempt(lambda: tempfile.TemporaryFile().close()),
    ]
`,
    );
    const { answer } = await call(python('app.handler', { name: 'python-source', codeDir, isSource: true }));
    const refused = 'Read-only file system';
    expect(answer).toEqual(['helped', refused, refused, refused, 'written']);
    expect(readdirSync(codeDir).sort()).toEqual(['app.py', 'helper.py']);
  });

  test.each([
    ['nowhere.handler', 'Runtime.ImportModuleError', "Unable to import module 'nowhere': No module named 'nowhere'"],
    [
      'broken.handler',
      'Runtime.ImportModuleError',
      "Unable to import module 'broken': No module named 'missing_lamps'",
    ],
    ['syntax.handler', 'Runtime.UserCodeSyntaxError', /^Syntax error in module 'syntax': /],
    ['app.missing', 'Runtime.HandlerNotFound', "Handler 'missing' missing on module 'app'"],
    ['app', 'Runtime.MalformedHandlerName', /^Bad handler 'app'/],
  ])('explains why %s cannot be loaded', async (handler, errorType, message) => {
    const { answer } = await call(python(handler));
    expect(answer).toMatchObject({
      errorType,
      errorMessage: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });

  test('reports a result that cannot be serialised', async () => {
    const { answer } = await call(python('app.unserialisable'));
    expect(answer).toMatchObject({ errorType: 'Runtime.MarshalError', errorMessage: expect.stringContaining('set') });
  });
});

describe('Java', () => {
  test('loads handlers by class and stream handlers', async () => {
    expect((await call(java('fixture.Greeting'), { name: 'Ada 👋' })).answer).toBe('Grüß dich, Ada 👋');
    expect((await call(java('fixture.Functions::stream'), { name: 'Ada' })).answer).toEqual({ name: 'Ada' });
  });

  test('loads classes and the runtime client from lib/*.jar', async () => {
    const codeDir = mkdtempSync(join(tmpdir(), 'lib-'));
    mkdirSync(join(codeDir, 'lib'));
    execFileSync('jar', ['cf', join(codeDir, 'lib', 'functions.jar'), '-C', classes, '.']);
    const other = await startLambda('shared', { env: { ...env, HOME: codeDir, MAVEN_OPTS: '', MAVEN_ARGS: '' } });
    const definition = java('fixture.Greeting', { codeDir });
    other.service.define(definition);
    expect(await other.service.check(definition.name)).toEqual({
      problem: expect.stringContaining(
        'mvn dependency:get -Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:',
      ),
    });
    for (const jar of classPath(JAVA_PROJECT).split(delimiter))
      cpSync(jar, join(codeDir, 'lib', jar.split('/').at(-1)!));
    expect((await call(definition, { name: 'Ada' }, undefined, other.service)).answer).toBe('Grüß dich, Ada');
    await other.stop();
  });

  test('lets a debugger attach to the JVM', async () => {
    const debugPort = await new DebugPorts(24_000).portOf('echo');
    const echo = java('fixture.Functions::echo', { debugPort });
    lambda.service.define(echo);
    lambda.service.warm(echo.name);
    const socket = await untilListening(async () => {
      const connection = createConnection(debugPort, '127.0.0.1');
      await once(connection, 'connect');
      return connection;
    });
    socket.write('JDWP-Handshake');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('JDWP-Handshake');
    socket.destroy();
    expect((await call(echo, { text: 'debugged' })).answer).toMatchObject({ event: { text: 'debugged' } });
  });

  test('runs on a platform without the native library', async () => {
    const other = await startLambda('shared', { env, platform: 'darwin' });
    const echo = java('fixture.Functions::echo');
    const custom = { mcpName: 'größe 👋' };
    const { answer } = await call(echo, { text: 'grüß dich 👋' }, { custom }, other.service);
    expect(answer).toMatchObject({ event: { text: 'grüß dich 👋' }, custom, arn: arnOf(echo.name), calls: 1 });
    expect(answer.remaining).toBeGreaterThan(1000);
    expect((await call(echo, {}, undefined, other.service)).answer.calls).toBe(2);
    const text = 'ü'.repeat(2_500_000);
    expect((await call(java('fixture.Functions::size'), { text }, undefined, other.service)).answer).toEqual({ text });
    const failed = await call(java('fixture.Functions::fail'), {}, undefined, other.service);
    expect(failed.answer.errorMessage).toBe('keine Lampe übrig 🪔');
    await other.stop();
  });

  test.each([
    ['fixture.Missing', 'Class not found: fixture.Missing'],
    [
      'fixture.Functions::missing',
      'No public method named missing with appropriate method signature found on class fixture.Functions',
    ],
  ])('explains why %s cannot be loaded', async (handler, message) => {
    expect((await call(java(handler))).answer).toMatchObject({ errorMessage: message });
  });
});
