import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { unzip } from '../../../assembly/unzip.js';
import type { FunctionDefinition } from '../function.js';
import { probe, Search } from './probe.js';
import type { LanguageRuntime, RuntimeCommand } from './runtimes.js';

export interface JavaOptions {
  readonly runtimeDir: string;
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

interface Machine {
  readonly command: string;
  /** Feature release: 8, 17, 21. */
  readonly version: number;
}

/** AWS's runtime client, unpacked, and the jars that it needs. */
interface Client {
  readonly directory: string;
  readonly jars: readonly string[];
}

const MAIN_CLASS = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
const NATIVE_CLIENT = 'com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient';
const ARTIFACT = { group: 'com.amazonaws', name: 'aws-lambda-java-runtime-interface-client' };
/** Gets the version that the tests run with; any other that is there will do. */
export const GET_CLIENT = `mvn dependency:get -Dartifact=${ARTIFACT.group}:${ARTIFACT.name}:2.9.0`;
/** As Lambda starts it: what runs for moments only is not worth optimising. */
const MACHINE_OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Dfile.encoding=UTF-8'];

/** Functions in Java: AWS's own runtime client, from the local Maven repository or the function's own code. */
export class JavaRuntime implements LanguageRuntime {
  private readonly machine: Search<Machine>;
  private readonly client: Search<Client>;
  /** By the jar that they come from. */
  private readonly ownClients = new Map<string, Client>();
  /** By the client's folder. */
  private readonly standIns = new Map<string, Search<string>>();

  constructor(private readonly options: JavaOptions) {
    this.machine = new Search(() => this.findMachine());
    this.client = new Search(async () => this.findClient());
  }

  async command(definition: FunctionDefinition): Promise<RuntimeCommand> {
    try {
      return await this.prepared(definition);
    } catch (error) {
      throw new Error(`runtime ${definition.runtime} ${(error as Error).message}`);
    }
  }

  private async prepared({ handler, codeDir }: FunctionDefinition): Promise<RuntimeCommand> {
    const { platform, runtimeDir } = this.options;
    const { command, version } = await this.machine.retried();
    const client = await this.clientFor(codeDir);
    const standIn = platform === 'linux' ? [] : [await this.standIn(command, client)];
    const args = [
      ...MACHINE_OPTIONS,
      ...(version > 8 ? ['--add-opens=java.base/java.io=ALL-UNNAMED'] : []), // the client opens the log's file descriptor
      ...(platform === 'linux' ? nativeLibrary(client.directory) : []),
      '-cp',
      [...standIn, client.directory, ...client.jars, codeDir, ...ownJars(codeDir)].join(delimiter),
      MAIN_CLASS,
      handler,
    ];
    if (platform === 'win32') return { command, args };
    return { command: '/bin/sh', args: [join(runtimeDir, 'guard.sh'), command, ...args], logsRecords: true };
  }

  async notice({ runtime }: FunctionDefinition): Promise<string | undefined> {
    const { command, version } = await this.machine.result();
    return version === Number(/\d+/.exec(runtime))
      ? undefined
      : `functions with runtime ${runtime} run with Java ${version} (${command})`;
  }

  private async findMachine(): Promise<Machine> {
    const { env } = this.options;
    for (const command of [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java')] : []), 'java']) {
      const version = javaVersion((await probe(command, ['-version'], env)) ?? '');
      if (version) return { command, version };
    }
    throw new Error('needs Java, which is neither at JAVA_HOME nor on the PATH: install a JDK');
  }

  /** The newest one in the local Maven repository, as a runtime of Lambda has its own; else what the function brings. */
  private async clientFor(codeDir: string): Promise<Client> {
    try {
      return await this.client.retried();
    } catch (missing) {
      const own = join(codeDir, `${MAIN_CLASS.replaceAll('.', '/')}.class`);
      if (existsSync(own)) return { directory: codeDir, jars: [] };
      const jar = ownJars(codeDir).find((path) => path.includes(ARTIFACT.name));
      if (!jar) throw missing;
      const client = this.ownClients.get(jar) ?? { directory: this.unpack(jar), jars: [] };
      this.ownClients.set(jar, client);
      return client;
    }
  }

  private findClient(): Client {
    const repository = mavenRepository(this.options.env);
    const found = newestClient(repository);
    if (!found) {
      throw new Error(`needs AWS's runtime client for Java, which is not in ${repository}: ${GET_CLIENT}`);
    }
    return { directory: this.unpack(found.jar), jars: found.dependencies };
  }

  /** A folder with what takes the place of the client's native library, compiled once for each client. */
  private standIn(java: string, { directory }: Client): Promise<string> {
    const { runtimeDir, workDir, env, platform } = this.options;
    const known = this.standIns.get(directory);
    if (known) return known.retried();
    const search = new Search(async () => {
      const output = mkdtempSync(join(workDir, 'java-stand-in-'));
      const args = ['-nowarn', '-cp', directory, '-d', output, join(runtimeDir, 'NativeClient.java')];
      const javac = java.replace(/java$/, 'javac');
      if ((await probe(javac, args, env)) !== undefined) return output;
      const reason =
        (await probe(javac, ['-version'], env)) === undefined
          ? `by ${javac}, which is not there: install a JDK`
          : `against the client, and this one is too different: ${GET_CLIENT}`;
      throw new Error(
        `needs what takes the place of AWS's native library for Linux on ${platform}; it is compiled ${reason}`,
      );
    });
    this.standIns.set(directory, search);
    return search.result();
  }

  private unpack(jar: string): string {
    const directory = mkdtempSync(join(this.options.workDir, 'java-client-'));
    unzip(jar, directory);
    return directory;
  }
}

/** The feature release in what `java -version` prints: 8 of `1.8.0_402`, 21 of `21.0.5`. */
export function javaVersion(printed: string): number | undefined {
  const [, feature] = /version "(?:1\.)?(\d+)/.exec(printed) ?? [];
  return feature === undefined ? undefined : Number(feature);
}

/** Where Maven keeps what it has downloaded: as its options, its settings or its default have it. */
export function mavenRepository(env: NodeJS.ProcessEnv): string {
  const [, option] = /-Dmaven\.repo\.local=(\S+)/.exec(`${env.MAVEN_OPTS ?? ''} ${env.MAVEN_ARGS ?? ''}`) ?? [];
  if (option) return option;
  const maven = join(env.HOME ?? homedir(), '.m2');
  const settings = join(maven, 'settings.xml');
  const text = existsSync(settings) ? readFileSync(settings, 'utf8').replace(/<!--[\s\S]*?-->/g, '') : '';
  const [, setting] = /<localRepository>\s*([^<]+?)\s*<\/localRepository>/.exec(text) ?? [];
  return setting?.replace(/\$\{user\.home\}/g, env.HOME ?? homedir()) ?? join(maven, 'repository');
}

/** The newest runtime client that a Maven repository has whole: its jar, and the jars that its POM names. */
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

/** The artifacts that a POM needs at run time. */
function dependenciesOf(pom: string): Array<{ group: string; name: string; version: string }> {
  // those of the artifact come before those of its build's plugins
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

/** The jars that a function brings, in Lambda's order. */
function ownJars(codeDir: string): string[] {
  const directory = join(codeDir, 'lib');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(directory, name));
}

/**
 * The client's native library in place: left to itself, each process writes it to the same file in /tmp, under the eyes of those that
 * are loading it.
 */
function nativeLibrary(clientDirectory: string): string[] {
  const arch = process.arch === 'arm64' ? 'aarch_64' : 'x86_64';
  const file = join(clientDirectory, 'jni', `libaws-lambda-jni.linux${isMusl() ? '_musl' : ''}-${arch}.so`);
  return existsSync(file) ? [`-D${NATIVE_CLIENT}.JNI=${file}`] : [];
}

/** Whether this Linux has musl in place of glibc, whose loader has the same path everywhere. */
function isMusl(): boolean {
  return !['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'].some(existsSync);
}
