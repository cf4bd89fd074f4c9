import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { unzip } from '../../../assembly/unzip.js';
import { LOOPBACK } from '../../../environment.js';
import type { FunctionDefinition } from '../function.js';
import type { LanguageRuntime, RuntimeCommand } from './language-runtime.js';
import { CachedLookup, probe } from './probe.js';

interface JavaOptions {
  readonly runtimeDir: string;
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

interface Jvm {
  readonly command: string;
  /** Feature release: 8, 17, 21. */
  readonly version: number;
}

/** AWS's runtime client, extracted, and the jars that it depends on. */
interface RuntimeClient {
  readonly directory: string;
  readonly jars: readonly string[];
}

const MAIN_CLASS = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
const NATIVE_CLIENT = 'com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient';
const ARTIFACT = { group: 'com.amazonaws', name: 'aws-lambda-java-runtime-interface-client' };
/** Installs the version that the tests use. Other versions work, too. */
export const GET_CLIENT = `mvn dependency:get -Dartifact=${ARTIFACT.group}:${ARTIFACT.name}:2.9.0`;
/** JVM options of Lambda, which favor a short startup time. */
const JVM_OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Dfile.encoding=UTF-8'];

/** Runs Java functions with AWS's runtime client, from the local Maven repository or from the function's code. */
export class JavaRuntime implements LanguageRuntime {
  private readonly jvm: CachedLookup<Jvm>;
  private readonly client: CachedLookup<RuntimeClient>;
  /** Runtime clients in the code of functions, by jar. */
  private readonly bundledClients = new Map<string, RuntimeClient>();
  /** Directories with the compiled `NativeClient` class, by the directory of the runtime client. */
  private readonly nativeClients = new Map<string, CachedLookup<string>>();

  constructor(private readonly options: JavaOptions) {
    this.jvm = new CachedLookup(() => this.findJvm());
    this.client = new CachedLookup(async () => this.findClient());
  }

  async command(definition: FunctionDefinition): Promise<RuntimeCommand> {
    try {
      return await this.buildCommand(definition);
    } catch (error) {
      throw new Error(`runtime ${definition.runtime} ${(error as Error).message}`);
    }
  }

  private async buildCommand({ handler, codeDir, layersDir, debugPort }: FunctionDefinition): Promise<RuntimeCommand> {
    const { platform, runtimeDir } = this.options;
    const { command, version } = await this.jvm.getOrRetry();
    const client = await this.clientFor(codeDir);
    const nativeClient = platform === 'linux' ? [] : [await this.compileNativeClient(command, client)];
    const args = [
      ...JVM_OPTIONS,
      ...debuggerOptions(debugPort),
      ...(version > 8 ? ['--add-opens=java.base/java.io=ALL-UNNAMED'] : []), // the client opens the file descriptor for log records
      ...(platform === 'linux' ? nativeLibrary(client.directory) : []),
      '-cp',
      [
        ...nativeClient,
        client.directory,
        ...client.jars,
        codeDir,
        ...bundledJars(codeDir),
        ...layerJars(layersDir),
      ].join(delimiter),
      MAIN_CLASS,
      handler,
    ];
    if (platform === 'win32') return { command, args };
    return { command: '/bin/sh', args: [join(runtimeDir, 'guard.sh'), command, ...args], logsRecords: true };
  }

  async notice({ runtime }: FunctionDefinition): Promise<string | undefined> {
    const { command, version } = await this.jvm.get();
    return version === Number(/\d+/.exec(runtime))
      ? undefined
      : `functions with runtime ${runtime} run with Java ${version} (${command})`;
  }

  private async findJvm(): Promise<Jvm> {
    const { env } = this.options;
    for (const command of [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []), 'java']) {
      const version = javaVersion((await probe(command, ['-version'], env)) ?? '');
      if (version) return { command, version };
    }
    throw new Error('requires Java, which was not found in JAVA_HOME or PATH: install a JDK');
  }

  /** Returns the newest runtime client in the local Maven repository, or else the one in the function's code. */
  private async clientFor(codeDir: string): Promise<RuntimeClient> {
    try {
      return await this.client.getOrRetry();
    } catch (missing) {
      const own = join(codeDir, `${MAIN_CLASS.replaceAll('.', '/')}.class`);
      if (existsSync(own)) return { directory: codeDir, jars: [] };
      const jar = bundledJars(codeDir).find((path) => path.includes(ARTIFACT.name));
      if (!jar) throw missing;
      const client = this.bundledClients.get(jar) ?? { directory: this.unpack(jar), jars: [] };
      this.bundledClients.set(jar, client);
      return client;
    }
  }

  private findClient(): RuntimeClient {
    const repository = mavenRepository(this.options.env);
    const found = newestClient(repository);
    if (!found) {
      throw new Error(
        `requires AWS's runtime client for Java, which was not found in ${repository}: run ${GET_CLIENT}`,
      );
    }
    return { directory: this.unpack(found.jar), jars: found.dependencies };
  }

  /** Compiles the replacement for the native library of the client, once for each client. Returns the directory. */
  private compileNativeClient(java: string, { directory }: RuntimeClient): Promise<string> {
    const { runtimeDir, workDir, env, platform } = this.options;
    const known = this.nativeClients.get(directory);
    if (known) return known.getOrRetry();
    const search = new CachedLookup(async () => {
      const output = mkdtempSync(join(workDir, 'java-native-client-'));
      const args = ['-nowarn', '-cp', directory, '-d', output, join(runtimeDir, 'NativeClient.java')];
      const javac = java.replace(/java$/, 'javac');
      if ((await probe(javac, args, env)) !== undefined) return output;
      const reason =
        (await probe(javac, ['-version'], env)) === undefined
          ? `${javac} was not found, install a JDK`
          : `the runtime client is incompatible, run ${GET_CLIENT}`;
      throw new Error(
        `requires a replacement for AWS's native library, which supports only Linux; cannot compile it on ${platform}: ${reason}`,
      );
    });
    this.nativeClients.set(directory, search);
    return search.get();
  }

  private unpack(jar: string): string {
    const directory = mkdtempSync(join(this.options.workDir, 'java-client-'));
    unzip(jar, directory);
    return directory;
  }
}

/** Returns the option that starts the debugger interface of the JVM (JDWP), without its messages. */
function debuggerOptions(port: number | undefined): string[] {
  if (port === undefined) return [];
  return [`-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=${LOOPBACK}:${port}`];
}

/** Extracts the feature release from the output of `java -version`: 8 from `1.8.0_402`, 21 from `21.0.5`. */
export function javaVersion(printed: string): number | undefined {
  const [, feature] = /version "(?:1\.)?(\d+)/.exec(printed) ?? [];
  return feature === undefined ? undefined : Number(feature);
}

/** Returns the local Maven repository, from Maven's options, its settings, or the default. */
export function mavenRepository(env: NodeJS.ProcessEnv): string {
  const [, option] = /-Dmaven\.repo\.local=(\S+)/.exec(`${env.MAVEN_OPTS ?? ''} ${env.MAVEN_ARGS ?? ''}`) ?? [];
  if (option) return option;
  const maven = join(env.HOME ?? homedir(), '.m2');
  const settings = join(maven, 'settings.xml');
  const text = existsSync(settings) ? readFileSync(settings, 'utf8').replace(/<!--[\s\S]*?-->/g, '') : '';
  const [, setting] = /<localRepository>\s*([^<]+?)\s*<\/localRepository>/.exec(text) ?? [];
  return setting?.replace(/\$\{user\.home\}/g, env.HOME ?? homedir()) ?? join(maven, 'repository');
}

/** Finds the newest runtime client in a Maven repository that is complete: its jar, and the jars of its dependencies. */
export function newestClient(repository: string): { jar: string; dependencies: string[] } | undefined {
  const folder = join(repository, ...ARTIFACT.group.split('.'), ARTIFACT.name);
  const versions = existsSync(folder) ? readdirSync(folder).sort(byVersion).reverse() : [];
  for (const version of versions) {
    const base = join(folder, version, `${ARTIFACT.name}-${version}`);
    if (!existsSync(`${base}.jar`) || !existsSync(`${base}.pom`)) continue;
    const dependencies = dependenciesOf(readFileSync(`${base}.pom`, 'utf8')).map(({ group, name, version: needed }) =>
      join(repository, ...group.split('.'), name, needed, `${name}-${needed}.jar`),
    );
    if (dependencies.every(existsSync)) return { jar: `${base}.jar`, dependencies };
  }
  return undefined;
}

/** Returns the runtime dependencies of a POM. */
function dependenciesOf(pom: string): Array<{ group: string; name: string; version: string }> {
  // the first list has the dependencies of the artifact, later ones those of build plugins
  const [, list = ''] = /<dependencies>([\s\S]*?)<\/dependencies>/.exec(pom) ?? [];
  const element = (xml: string, name: string) => new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1] ?? '';
  return list
    .split('</dependency>')
    .filter((xml) => xml.includes('<dependency>') && !/<scope>\s*(test|provided)/.test(xml))
    .map((xml) => ({
      group: element(xml, 'groupId'),
      name: element(xml, 'artifactId'),
      version: element(xml, 'version'),
    }));
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Returns the jars in a function's code, in Lambda's order. */
function bundledJars(codeDir: string): string[] {
  return jarsIn(join(codeDir, 'lib'));
}

/** Returns the jars in a function's layers. */
function layerJars(layersDir: string | undefined): string[] {
  return layersDir === undefined ? [] : jarsIn(join(layersDir, 'java', 'lib'));
}

function jarsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(directory, name));
}

/**
 * Returns the option that loads the client's native library from its directory. By default, each process writes it to the same file in /tmp,
 * while other processes load it.
 */
function nativeLibrary(clientDirectory: string): string[] {
  const arch = process.arch === 'arm64' ? 'aarch_64' : 'x86_64';
  const file = join(clientDirectory, 'jni', `libaws-lambda-jni.linux${isMusl() ? '_musl' : ''}-${arch}.so`);
  return existsSync(file) ? [`-D${NATIVE_CLIENT}.JNI=${file}`] : [];
}

/** Whether this Linux uses musl: the loader of glibc, with its fixed path, is missing. */
function isMusl(): boolean {
  return !['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'].some(existsSync);
}
