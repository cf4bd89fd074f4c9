// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Maven's placeholders
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { javaVersion, mavenRepository, newestClient } from '../../../local/services/lambda/runtimes/java.js';
import { pythonCandidates } from '../../../local/services/lambda/runtimes/python.js';
import { testRuntimes } from '../../support/runtime-dir.js';
import { defineFunction } from './support.js';

const folder = () => mkdtempSync(join(tmpdir(), 'machine-'));

function file(path: string, text = ''): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Writes a shell script that replaces an interpreter. */
function program(path: string, script: string): string {
  file(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Returns a PATH with only a shell. */
function emptyPath(): string {
  const bin = folder();
  symlinkSync('/bin/sh', join(bin, 'sh'));
  return bin;
}

/** The handler `index.handler` in each language. */
const HANDLERS = {
  'index.mjs': 'export const handler = async () => 1;',
  'index.py': 'def handler(event, context): pass',
  'index/handler.class': '',
};
const check = (runtime: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux') =>
  testRuntimes({ env, cwd: folder(), platform }).check(defineFunction('f', HANDLERS, { runtime }));

describe('Python', () => {
  const python = (version: string, path: string) => `echo ${path}; echo ${version}`;

  it('is searched in virtual environments first', () => {
    const [active, cwd] = [folder(), folder()];
    file(join(active, 'bin', 'python'));
    const env = { VIRTUAL_ENV: active };
    expect(pythonCandidates('python3.13', { env: {}, cwd, platform: 'linux' })).toEqual(['python3.13', 'python3']);
    expect(pythonCandidates('python3.13', { env, cwd, platform: 'linux' })).toEqual([
      join(active, 'bin', 'python'),
      'python3.13',
      'python3',
    ]);
    file(join(cwd, '.venv', 'bin', 'python'));
    expect(pythonCandidates('python3.12', { env, cwd, platform: 'darwin' })).toEqual([
      join(active, 'bin', 'python'),
      join(cwd, '.venv', 'bin', 'python'),
      'python3.12',
      'python3',
    ]);
    expect(pythonCandidates('python3.13', { env: {}, cwd, platform: 'win32' })).toEqual([
      'python3.13',
      'python3',
      'python',
    ]);
  });

  it('is reported if it is missing', async () => {
    expect(await check('python3.13', { PATH: emptyPath() })).toEqual({
      problem:
        'runtime python3.13 requires Python, tried python3.13, python3: install Python 3.10 or newer, then run python3 -m pip install awslambdaric',
    });
  });

  it('is reported without the runtime client, with the interpreter to install it for', async () => {
    const env = { PATH: emptyPath(), VIRTUAL_ENV: folder() };
    const own = program(
      join(env.VIRTUAL_ENV, 'bin', 'python'),
      'case "$2" in *awslambdaric*) exit 1;; *) echo me;; esac',
    );
    expect(await check('python3.13', env)).toEqual({
      problem: `runtime python3.13 requires AWS's runtime client for Python, which is missing in ${own}: run ${own} -m pip install awslambdaric`,
    });
  });

  it('runs functions of another version, with a notice', async () => {
    const env = { PATH: emptyPath() };
    program(join(env.PATH, 'python3'), python('3.11.7', '/opt/python3'));
    expect(await check('python3.13', env)).toEqual({
      notice: 'functions with runtime python3.13 run with Python 3.11.7 (/opt/python3)',
    });
    expect(await check('python3.11', env)).toEqual({ notice: undefined });
    expect(await check('python3.1', env)).toMatchObject({ notice: expect.any(String) });
  });

  it('is searched once, and again by an invocation after a failed search', async () => {
    const env = { PATH: emptyPath() };
    const count = join(folder(), 'count');
    program(join(env.PATH, 'python3.13'), `case "$2" in *awslambdaric*) echo run >> ${count};; esac; exit 1`);
    const runtimes = testRuntimes({ env, cwd: folder() });
    const definition = defineFunction('f', {}, { runtime: 'python3.13' });
    await expect(runtimes.command(definition)).rejects.toThrow('requires Python');
    expect(readFileSync(count, 'utf8')).toBe('run\n');
    rmSync(join(env.PATH, 'python3.13'));
    program(join(env.PATH, 'python3'), `echo run >> ${count}; ${python('3.13.1', '/opt/python3')}`);
    const commands = await Promise.all([runtimes.command(definition), runtimes.command(definition)]);
    expect(commands.map(({ command }) => command)).toEqual(['/opt/python3', '/opt/python3']);
    await runtimes.command(definition);
    expect(readFileSync(count, 'utf8')).toBe('run\nrun\n');
  });
});

describe('Java', () => {
  const pom = (...dependencies: string[]) => `<project><dependencies>${dependencies.join('')}</dependencies>
    <build><plugins><plugin><dependencies><dependency><groupId>no</groupId></dependency></dependencies></plugin></plugins></build></project>`;
  const dependency = (name: string, more = '') =>
    `<dependency><groupId>com.amazonaws</groupId><artifactId>${name}</artifactId><version>1.4.0</version>${more}</dependency>`;
  const client = (repository: string, version: string, ending: string) =>
    join(
      repository,
      'com/amazonaws/aws-lambda-java-runtime-interface-client',
      version,
      `aws-lambda-java-runtime-interface-client-${version}.${ending}`,
    );
  const MISSING = 'mvn dependency:get -Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:2.9.0';

  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "25" 2025-09-16', 25],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
  ])('has its version parsed: %s', (printed, version) => {
    expect(javaVersion(printed)).toBe(version);
  });

  it('is reported if it is missing', async () => {
    expect(await check('java21', { PATH: emptyPath(), HOME: folder() })).toEqual({
      problem: 'runtime java21 requires Java, which was not found in JAVA_HOME or PATH: install a JDK',
    });
  });

  it('is reported without the runtime client', async () => {
    const env = { PATH: emptyPath(), HOME: folder() };
    program(join(env.PATH, 'java'), 'echo \'openjdk version "21.0.5"\' >&2');
    expect(await check('java21', env)).toEqual({
      problem: `runtime java21 requires AWS's runtime client for Java, which was not found in ${join(env.HOME, '.m2/repository')}: run ${MISSING}`,
    });
  });

  it('is reported without a compiler for the native library replacement, or with an incompatible runtime client', async () => {
    const env = { PATH: emptyPath(), HOME: folder() };
    program(join(env.PATH, 'java'), 'echo \'openjdk version "21.0.5"\' >&2');
    const repository = join(env.HOME, '.m2', 'repository');
    writeFileSync(
      file(client(repository, '2.9.0', 'jar')),
      Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]),
    );
    file(client(repository, '2.9.0', 'pom'), pom());
    const problem =
      "runtime java21 requires a replacement for AWS's native library, which supports only Linux; cannot compile it on darwin";
    expect(await check('java21', env)).toEqual({ notice: undefined });
    expect(await check('java21', env, 'darwin')).toEqual({
      problem: `${problem}: javac was not found, install a JDK`,
    });
    program(join(env.PATH, 'javac'), '[ "$1" = -version ]');
    expect(await check('java21', env, 'darwin')).toEqual({
      problem: `${problem}: the runtime client is incompatible, run ${MISSING}`,
    });
  });

  it('has the jars of layers after those of the function on its class path', async () => {
    const env = { PATH: emptyPath(), HOME: folder() };
    program(join(env.PATH, 'java'), `echo 'openjdk version "21.0.1"'`);
    const jars = { 'lib/own.jar': '', 'com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class': '' };
    const layersDir = defineFunction('layer', { 'java/lib/b.jar': '', 'java/lib/a.jar': '' }).codeDir;
    const definition = defineFunction('f', jars, { runtime: 'java21', layersDir });
    const { args } = await testRuntimes({ env, cwd: folder(), platform: 'linux' }).command(definition);
    const classPath = args[args.indexOf('-cp') + 1]!;
    expect(classPath.split(':').slice(-3)).toEqual([
      join(definition.codeDir, 'lib/own.jar'),
      join(layersDir, 'java/lib/a.jar'),
      join(layersDir, 'java/lib/b.jar'),
    ]);
  });

  it('uses the local Maven repository', () => {
    const home = folder();
    expect(mavenRepository({ HOME: home })).toBe(join(home, '.m2', 'repository'));
    const settings =
      '<settings><!-- <localRepository>/no</localRepository> --><localRepository> ${user.home}/jars </localRepository></settings>';
    file(join(home, '.m2', 'settings.xml'), settings);
    expect(mavenRepository({ HOME: home })).toBe(`${home}/jars`);
    expect(mavenRepository({ HOME: home, MAVEN_OPTS: '-Xmx1g -Dmaven.repo.local=/jars' })).toBe('/jars');
  });

  it('uses the newest complete runtime client, with its runtime dependencies', () => {
    const repository = folder();
    expect(newestClient(repository)).toBeUndefined();
    const core = join(repository, 'com/amazonaws/core/1.4.0/core-1.4.0.jar');
    for (const version of ['2.9.0', '2.10.0', '2.11.0']) {
      file(client(repository, version, 'pom'), pom(dependency('core'), dependency('junit', '<scope>test</scope>')));
      if (version !== '2.11.0') file(client(repository, version, 'jar'));
    }
    expect(newestClient(repository)).toBeUndefined();
    file(core);
    expect(newestClient(repository)).toEqual({ jar: client(repository, '2.10.0', 'jar'), dependencies: [core] });
  });
});
