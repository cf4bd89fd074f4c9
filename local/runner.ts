import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type App, findApp, synthesise } from './assembly/app.js';
import { readAssembly, readTemplate, type StackArtifact } from './assembly/manifest.js';
import { type ParameterValues, withParameters } from './assembly/parameters.js';
import type { Template } from './assembly/template.js';
import { watchDirectory } from './assembly/watch.js';
import { Cloud } from './cloud.js';
import type { Server } from './servers.js';
import type { PassthroughOptions } from './services/aws-endpoint/passthrough.js';
import type { Access } from './services/aws-endpoint/server.js';
import type { PolicyDocument } from './services/iam/policy.js';
import type { Credentials } from './services/iam/service.js';
import type { FunctionDefinition } from './services/lambda/function.js';
import type { LogLine } from './services/lambda/log-lines.js';
import type { Isolation } from './services/lambda/service.js';
import type { OnDeleted } from './stacks/stack.js';

/** Where the first server listens unless told otherwise. */
export const DEFAULT_PORT = 3001;

export interface RunnerOptions {
  /** A cloud assembly directory, a template (JSON), or a command that writes an assembly to `$CDK_OUTDIR`; cdk.json's `app` when absent. */
  readonly app?: string;
  /** Values of the templates' parameters; their defaults when absent. */
  readonly parameters?: ParameterValues;
  /** Where commands run and relative paths begin; the process's own when absent. */
  readonly cwd?: string;
  /** 0 for any that is free; {@link DEFAULT_PORT} when absent. */
  readonly port?: number;
  readonly isolation?: Isolation;
  /** Requests must be signed by a key that the runner gave out. */
  readonly enforceAuth?: boolean;
  /** Longest silence of a streamed response, milliseconds; API Gateway's 5 minutes when absent. Shorter ones are for tests. */
  readonly idleTimeoutMs?: number;
  /** `close()` deletes the stacks first, as CloudFormation would. */
  readonly destroyOnExit?: boolean;
  /** Follows changes of the assembly, or of the sources of the app's command. */
  readonly watch?: boolean;
  readonly passthrough?: PassthroughOptions;
  /** Lines of the functions' logs, and what the function is called in the app: its construct path. */
  readonly onLog?: (line: LogLine, label: string) => void;
  /** What the runner itself has to say. */
  readonly onNotice?: (text: string) => void;
  /** Each permission that a call of AWS needed, and whether the caller had it. */
  readonly onAccess?: (access: Access) => void;
  /** A chance to change a template before it runs, e.g. to take a permission out. */
  readonly modifyTemplate?: (template: Template, stackName: string) => Template | undefined;
}

/** An app that runs on this machine. */
export interface Runner {
  /** The MCP servers of the app, in the order of the templates. */
  readonly servers: readonly Server[];
  /** Outputs by stack name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly functions: readonly FunctionDefinition[];
  /** What functions have logged since the start, the newest {@link MAX_LOG_LINES}. */
  readonly logs: readonly LogLine[];
  /** Types of the templates' resources by what is done with them. */
  readonly resources: Cloud['treatments'];
  /** Functions that cannot run on this machine, by the reason: their invocations fail with it. */
  readonly unavailable: ReadonlyMap<string, readonly string[]>;
  /** Keys of `admin`, who may do everything. */
  readonly admin: Credentials;
  /** `AWS_ENDPOINT_URL` for clients with keys from here. */
  readonly awsEndpointUrl: string;
  /** The embedded DynamoDB and SQS themselves: any key, no permission asked. */
  readonly dynamoDbUrl: string;
  readonly sqsUrl: string;
  /** Keys of one more user, who has these policies. */
  issueCredentials(name: string, policies: readonly PolicyDocument[]): Credentials;
  /** Keys of a session of a role of the app. Whom its trust policy lets have them is not asked. */
  assumeRole(arn: string): Credentials;
  /** Fires a schedule now: the one whose name has this in it, or the only one. */
  fireSchedule(name?: string): Promise<void>;
  /** Statements on a function's policy, of whoever made them. */
  functionPolicy(nameOrArn: string): readonly object[];
  /** Reads the app again and brings what runs to it. */
  update(): Promise<void>;
  /** Ends the processes of a function, as a crash would: the one whose name has this in it. Returns how many there were. */
  killFunction(name: string): Promise<number>;
  /** Deletes the stacks, last made first deleted; returns what the templates say to retain. */
  destroy(onDeleted?: OnDeleted): Promise<string[]>;
  close(): Promise<void>;
}

const MAX_LOG_LINES = 10_000;

/** Runs an app: all its stacks, without an AWS account. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const runner = new LocalRunner(options);
  try {
    await runner.start();
  } catch (error) {
    await runner.abandon();
    throw error;
  }
  return runner;
}

class LocalRunner implements Runner {
  readonly logs: LogLine[] = [];
  private readonly cwd: string;
  private readonly app: App;
  private readonly workDir: string;
  private readonly notice: (text: string) => void;
  private readonly aborted = new AbortController();
  private cloud!: Cloud;
  private endWatch: (() => void) | undefined;
  private updates: Promise<void> = Promise.resolve();

  constructor(private readonly options: RunnerOptions) {
    this.cwd = options.cwd ?? process.cwd();
    this.app = findApp(options.app, this.cwd);
    this.workDir = mkdtempSync(join(tmpdir(), 'mcp-lambda-'));
    process.once('exit', this.cleanUp);
    this.notice = options.onNotice ?? (() => {});
  }

  async start(): Promise<void> {
    const stacks = await this.read();
    const { port = DEFAULT_PORT, isolation = 'shared', enforceAuth = false, idleTimeoutMs, passthrough } = this.options;
    this.cloud = await Cloud.start({
      port,
      isolation,
      enforceAuth,
      idleTimeoutMs,
      passthrough,
      workDir: this.workDir,
      cwd: this.cwd,
      environment: stacks[0].environment,
      onLog: (line) => this.log(line),
      onNotice: this.notice,
      onAccess: this.options.onAccess,
    });
    await this.cloud.apply(stacks);
    if (this.options.watch) this.watch();
  }

  get servers() {
    return this.cloud.servers;
  }

  get outputs() {
    return this.cloud.outputs;
  }

  get functions() {
    return this.cloud.functions;
  }

  get resources() {
    return this.cloud.treatments;
  }

  get unavailable() {
    return this.cloud.unavailable;
  }

  get admin() {
    return this.cloud.admin;
  }

  get awsEndpointUrl() {
    return this.cloud.services.awsEndpointUrl;
  }

  get dynamoDbUrl() {
    return `http://127.0.0.1:${this.cloud.services.dynamoDb.port}`;
  }

  get sqsUrl() {
    return `http://127.0.0.1:${this.cloud.services.sqs.port}`;
  }

  issueCredentials(name: string, policies: readonly PolicyDocument[]): Credentials {
    return this.cloud.services.iam.issueUserKey(name, this.cloud.environment.accountId, policies);
  }

  assumeRole(arn: string): Credentials {
    const role = this.cloud.services.iam.roleOf(arn);
    if (!role) throw new Error(`there is no role ${arn}`);
    return this.cloud.services.iam.issueRoleKey(role.name, 'assumed');
  }

  async fireSchedule(name = ''): Promise<void> {
    const { all } = this.cloud.services.schedules;
    const found = all.filter(({ id }) => id.includes(name));
    if (found.length !== 1) {
      throw new Error(`${found.length} schedules have '${name}' in their name: ${all.map(({ id }) => id).join(', ')}`);
    }
    await found[0].fire();
  }

  functionPolicy(nameOrArn: string): readonly object[] {
    const { lambda } = this.cloud.services;
    return lambda.policies.statements(lambda.target(nameOrArn));
  }

  update(): Promise<void> {
    this.updates = this.updates.then(async () => this.cloud.apply(await this.read()));
    const result = this.updates;
    this.updates = this.updates.catch(() => {}); // the next one starts from what is there
    return result;
  }

  async killFunction(name: string): Promise<number> {
    const found = this.functions.filter((definition) => definition.name.includes(name));
    if (found.length !== 1) throw new Error(`${found.length} functions have '${name}' in their name`);
    return this.cloud.services.lambda.kill(found[0].name);
  }

  destroy(onDeleted?: OnDeleted): Promise<string[]> {
    return this.cloud.destroy(onDeleted);
  }

  async close(): Promise<void> {
    this.endWatch?.();
    this.aborted.abort();
    await this.updates;
    try {
      if (this.options.destroyOnExit) {
        const retained = await this.cloud.destroy();
        this.notice(`stacks deleted${retained.length > 0 ? `, retained: ${retained.join(', ')}` : ''}`);
      }
    } finally {
      await this.abandon();
    }
  }

  /** Ends what runs and removes what was written, and nothing more. */
  async abandon(): Promise<void> {
    await this.cloud?.close();
    this.cleanUp();
    process.off('exit', this.cleanUp);
  }

  private readonly cleanUp = (): void => rmSync(this.workDir, { recursive: true, force: true });

  private async read(): Promise<StackArtifact[]> {
    const { modifyTemplate = () => undefined, parameters = {} } = this.options;
    const stacks = (await this.readApp()).map((stack) => {
      const template = structuredClone(stack.template);
      return { ...stack, template: modifyTemplate(template, stack.name) ?? template };
    });
    if (stacks.length === 0) throw new Error('the app has no stacks');
    return withParameters(stacks, parameters);
  }

  private async readApp(): Promise<StackArtifact[]> {
    if ('template' in this.app) return [readTemplate(this.app.template)];
    // an app in Python or Java takes seconds to say anything
    if ('command' in this.app) this.notice(`running ${this.app.command}`);
    const directory = await synthesise(this.app, {
      cwd: this.cwd,
      workDir: this.workDir,
      onOutput: this.notice,
      signal: this.aborted.signal,
    });
    return readAssembly(directory);
  }

  private watch(): void {
    const { app } = this;
    const directory = 'directory' in app ? app.directory : 'template' in app ? dirname(app.template) : this.cwd;
    this.endWatch = watchDirectory(directory, () => {
      this.update().then(
        () => this.notice('updated'),
        (error: Error) => this.notice(`not updated: ${error.message}`),
      );
    });
  }

  private log(line: LogLine): void {
    this.logs.push(line);
    if (this.logs.length > MAX_LOG_LINES) this.logs.shift();
    this.options.onLog?.(line, this.cloud.labelOf(line.functionName));
  }
}
