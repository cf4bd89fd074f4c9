import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ENV } from '../src/private/contract.js';
import { type App, findApp, synthesize } from './assembly/app.js';
import { directoriesOutside, functionsOfCode } from './assembly/code-files.js';
import { readAssembly, readTemplate, type StackArtifact } from './assembly/manifest.js';
import { groupParameters, type ParameterValues, withParameters } from './assembly/parameters.js';
import type { SelectedStacks } from './assembly/select-stacks.js';
import type { Template } from './assembly/template.js';
import { watchDirectory } from './assembly/watch.js';
import type { McpCall } from './calls/call.js';
import type { CallLog } from './calls/call-log.js';
import type { DeclaredRegistration } from './declared-registrations.js';
import { DEFAULT_PORT, LOOPBACK } from './environment.js';
import type { GivenFunctions } from './external-functions.js';
import { LocalAccount } from './local-account.js';
import { type McpServerInfo, type OtherApi, warmServers } from './mcp-servers.js';
import { describeChanges } from './report/changes.js';
import type { NotRun } from './resources/not-run.js';
import { isCustomResource } from './resources/supported-types.js';
import type { EndpointUrls } from './services/aws-endpoint/external-endpoints.js';
import type { PassthroughOptions } from './services/aws-endpoint/passthrough.js';
import type { AccessCheck } from './services/aws-endpoint/server.js';
import type { InjectedFault } from './services/faults/faults.js';
import type { FaultPlan } from './services/faults/file.js';
import type { PolicyDocument } from './services/iam/policy.js';
import type { Credentials } from './services/iam/service.js';
import type { FunctionDefinition } from './services/lambda/function.js';
import type { LogLine } from './services/lambda/log-lines.js';
import type { Isolation } from './services/lambda/service.js';
import type { ResourceChange } from './stacks/changes.js';
import type { InventoryEntry, OnDeleted } from './stacks/stack.js';
import type { KeyMaterial } from './state/key-material.js';
import { credentialsOf, type RoleCredentials } from './state/running.js';

export interface RunnerOptions {
  /** A cloud assembly directory, a template (JSON), or a command that writes an assembly to `$CDK_OUTDIR`; cdk.json's `app` when absent. */
  readonly app?: string;
  /** Names or construct paths of the stacks to run with their dependencies; all stacks of the MCP server's environment when absent. */
  readonly stacks?: readonly string[];
  /** Values of the templates' parameters, of SSM parameters (`ssm:<name>`) and of secrets (`secretsmanager:<name>`); their defaults when absent. */
  readonly parameters?: ParameterValues;
  /** Directories or commands that implement functions which are not part of the app, by ARN or name. */
  readonly implementations?: GivenFunctions;
  /** Working directory of commands and relative paths; that of the process when absent. */
  readonly cwd?: string;
  /** Port of the first MCP server, 0 for any free port; {@link DEFAULT_PORT} when absent. */
  readonly port?: number;
  readonly isolation?: Isolation;
  /** Port of the first debugger: functions in Node.js and Java listen for debuggers, and no call times out. No debuggers when absent. */
  readonly debug?: number;
  /** Role that unsigned requests come from: its construct path, name or ARN, or `admin`. The caller `local` when absent. */
  readonly as?: string;
  /** Keys of users, roles and API keys; random ones when absent. */
  readonly keyMaterial?: KeyMaterial;
  /** Requires authorization as on AWS, with credentials that the runner issued. */
  readonly enforceAuth?: boolean;
  /** Idle timeout of streamed responses, in milliseconds; API Gateway's 5 minutes when absent. Tests use shorter ones. */
  readonly idleTimeoutMs?: number;
  /** Makes `close()` delete the stacks first, as CloudFormation would. */
  readonly destroyOnExit?: boolean;
  /** Applies changes of the assembly, or of the sources of the app's command. */
  readonly watch?: boolean;
  readonly passthrough?: PassthroughOptions;
  /** URLs of emulators by SigV4 service name. */
  readonly endpoints?: EndpointUrls;
  /** Faults that happen to AWS calls and invocations while no stack is deployed or deleted. */
  readonly faults?: FaultPlan;
  /** Receives each fault that happened. */
  readonly onFault?: (injected: InjectedFault) => void;
  /** Receives each log line of a function, with the construct path of the function, and the MCP call that it belongs to. */
  readonly onLog?: (line: LogLine, label: string, call?: McpCall) => void;
  /** Receives messages of the runner itself. */
  readonly onNotice?: (text: string) => void;
  /** Receives what starts, and one line for each new stack when it is deployed; `onNotice` when absent. */
  readonly onProgress?: (text: string) => void;
  /** Receives each line that the app's command prints; `onProgress` when absent. */
  readonly onOutput?: (text: string) => void;
  /** Receives each step that can take long when it starts, such as the app's command. The returned function is called at its end. */
  readonly onStep?: (text: string) => () => void;
  /** Receives the result of each update that `watch` starts; `onNotice` receives a description when absent. */
  readonly onUpdate?: (update: AppUpdate) => void;
  /** Receives each permission that an AWS call required, and whether it was granted. */
  readonly onAccess?: (access: AccessCheck) => void;
  /** Modifies a template before it is deployed, for example to remove a permission. */
  readonly modifyTemplate?: (template: Template, stackName: string) => Template | undefined;
}

/** The result of an update. */
export type AppUpdate =
  | { readonly changes: readonly ResourceChange[]; readonly milliseconds: number }
  | { readonly error: Error };

/** An app that runs locally. */
export interface Runner {
  /** The MCP servers of the app, in the order of the templates. */
  readonly servers: readonly McpServerInfo[];
  /** Outputs by stack name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly functions: readonly FunctionDefinition[];
  /** The newest {@link MAX_LOG_LINES} log lines of all functions. */
  readonly logs: readonly LogLine[];
  /** The newest calls of MCP clients, and events about them. */
  readonly calls: CallLog;
  /** Construct paths of the templates' resources by support level and type. */
  readonly resources: LocalAccount['resourceTypes'];
  /** Functions that cannot run on this machine, by the reason. Their invocations fail with it. */
  readonly unavailable: ReadonlyMap<string, readonly string[]>;
  /** The resources that do not run here. */
  readonly notRun: readonly NotRun[];
  /** The stacks of other environments, which do not run. */
  readonly skippedStacks: SelectedStacks['skipped'];
  /** The tools, resources and prompts that the templates declare. */
  readonly registrations: readonly DeclaredRegistration[];
  /** The REST APIs and function URLs that are not part of MCP servers. */
  readonly otherApis: readonly OtherApi[];
  /** The issuers of the app that an authorization server for development replaces. */
  readonly issuers: ReadonlyArray<{ readonly local: string; readonly remote: string }>;
  /** Credentials of the user `admin`, who has `AdministratorAccess`. */
  readonly admin: Credentials;
  /** The region of the emulated account, for which requests are signed. */
  readonly region: string;
  /** `AWS_ENDPOINT_URL` for clients with credentials of the runner. */
  readonly awsEndpointUrl: string;
  /** URLs of the embedded DynamoDB and SQS servers, which accept any credentials and check no permissions. */
  readonly dynamoDbUrl: string;
  readonly sqsUrl: string;
  /** The roles of the app, each with the credentials of a session for clients. */
  readonly roles: readonly RoleCredentials[];
  /** Issues credentials of a new user with these policies. */
  issueCredentials(name: string, policies: readonly PolicyDocument[]): Credentials;
  /** Issues credentials of a session of a role. The trust policy is not evaluated, as it is for `sts:AssumeRole` at the AWS endpoint. */
  assumeRole(arn: string, sessionName?: string): Credentials;
  /** Starts the processes of the servers' functions before the first request, so that no client waits for them. */
  warm(): void;
  /** Fires a schedule now: the one whose id contains `name`, or the only one. */
  fireSchedule(name?: string): Promise<void>;
  /** Returns the statements of a function's resource-based policy. */
  functionPolicy(nameOrArn: string): readonly object[];
  /** Turns the faults on or off. */
  setFaults(enabled: boolean): void;
  /**
   * Reads the app again and updates the stacks.
   * @returns what changed
   */
  update(): Promise<readonly ResourceChange[]>;
  /**
   * Kills the processes of a function, like a crash.
   * @param name part of the function name; exactly one function must match
   * @returns the number of killed processes
   */
  killFunction(name: string): Promise<number>;
  /**
   * Deletes the stacks in reverse order.
   * @returns the construct paths of retained resources
   */
  destroy(onDeleted?: OnDeleted): Promise<string[]>;
  close(): Promise<void>;
}

const MAX_LOG_LINES = 10_000;

/** Runs all stacks of an app without an AWS account. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const runner = new LocalRunner(options);
  try {
    await runner.start();
  } catch (error) {
    await runner.dispose();
    throw error;
  }
  return runner;
}

class LocalRunner implements Runner {
  readonly logs: LogLine[] = [];
  private readonly cwd: string;
  private readonly app: App;
  private readonly workDir: string;
  private readonly notify: (text: string) => void;
  private readonly progress: (text: string) => void;
  private selected: SelectedStacks | undefined;
  private readonly aborted = new AbortController();
  private account!: LocalAccount;
  /** Functions that stop watching, by directory. */
  private readonly watched = new Map<string, () => void>();
  private updates: Promise<void> = Promise.resolve();
  private pathsExplained = false;

  constructor(private readonly options: RunnerOptions) {
    this.cwd = options.cwd ?? process.cwd();
    this.app = findApp(options.app, this.cwd);
    this.workDir = mkdtempSync(join(tmpdir(), 'mcp-lambda-'));
    process.once('exit', this.cleanUp);
    this.notify = options.onNotice ?? (() => {});
    this.progress = options.onProgress ?? this.notify;
  }

  async start(): Promise<void> {
    const stacks = await this.readStacks();
    const { port = DEFAULT_PORT, isolation = 'shared', enforceAuth = false, idleTimeoutMs, passthrough } = this.options;
    this.account = await LocalAccount.start({
      port,
      isolation,
      enforceAuth,
      idleTimeoutMs,
      passthrough,
      as: this.options.as,
      debug: this.options.debug,
      keyMaterial: this.options.keyMaterial,
      endpoints: this.options.endpoints,
      faults: this.options.faults,
      onFault: this.options.onFault,
      given: groupParameters(this.options.parameters ?? {}),
      implementations: this.options.implementations,
      workDir: this.workDir,
      cwd: this.cwd,
      environment: this.selected!.environment,
      onDeployed: (name, inventory) => this.progress(describeStack(name, inventory)),
      onStep: (text) => this.step(text),
      onLog: (line, call) => this.log(line, call),
      onNotice: this.notify,
      onAccess: this.options.onAccess,
    });
    await this.account.apply(stacks);
    if (this.options.as !== undefined) this.checkRole(this.options.as);
    if (this.options.watch) this.watch();
  }

  /** @throws if the role of `--as` does not exist */
  private checkRole(as: string): void {
    credentialsOf(this.account, as);
    if (this.servers.length === 0 || this.servers.some(({ authorization }) => authorization === 'AWS_IAM')) return;
    this.notify(`--as ${as} has no effect on /mcp: the server does not use McpAuth.iam()`);
  }

  get servers() {
    return this.account.servers;
  }

  get outputs() {
    return this.account.outputs;
  }

  get functions() {
    return this.account.functions;
  }

  get calls() {
    return this.account.recorder.log;
  }

  get resources() {
    return this.account.resourceTypes;
  }

  get unavailable() {
    return this.account.unavailable;
  }

  get notRun() {
    return this.account.notRun;
  }

  get skippedStacks() {
    return this.selected!.skipped;
  }

  get registrations() {
    return this.account.registrations;
  }

  get otherApis() {
    return this.account.otherApis;
  }

  get issuers() {
    return this.account.services.issuers.all;
  }

  get admin() {
    return this.account.admin;
  }

  get region() {
    return this.account.environment.region;
  }

  get awsEndpointUrl() {
    return this.account.services.awsEndpointUrl;
  }

  get dynamoDbUrl() {
    return this.account.services.dynamoDb.url;
  }

  get sqsUrl() {
    return `http://${LOOPBACK}:${this.account.services.sqs.port}`;
  }

  get roles() {
    return this.account.roles;
  }

  issueCredentials(name: string, policies: readonly PolicyDocument[]): Credentials {
    return this.account.services.iam.issueUserKey(name, this.account.environment.accountId, policies);
  }

  assumeRole(arn: string, sessionName = 'assumed'): Credentials {
    const role = this.account.services.iam.roleByArn(arn);
    if (!role) throw new Error(`role ${arn} does not exist`);
    return this.account.services.iam.issueRoleKey(role.name, sessionName);
  }

  warm(): void {
    warmServers(this.account.services);
  }

  async fireSchedule(name = ''): Promise<void> {
    const { all } = this.account.services.schedules;
    const found = all.filter(({ id }) => id.includes(name));
    if (found.length !== 1) {
      throw new Error(
        `expected one schedule with '${name}' in its id, found ${found.length}; all schedules: ${all.map(({ id }) => id).join(', ')}`,
      );
    }
    await found[0].fire();
  }

  functionPolicy(nameOrArn: string): readonly object[] {
    const { lambda } = this.account.services;
    return lambda.resourcePolicy(nameOrArn).Statement;
  }

  setFaults(enabled: boolean): void {
    this.account.setFaults(enabled);
  }

  update(): Promise<readonly ResourceChange[]> {
    return this.enqueue(async () => this.account.apply(await this.readStacks()));
  }

  /** Runs an update after those before it. */
  private enqueue<T>(update: () => Promise<T>): Promise<T> {
    const result = this.updates.then(update);
    this.updates = result.then(
      () => {},
      () => {}, // a failed update does not block the next one
    );
    return result;
  }

  async killFunction(name: string): Promise<number> {
    const found = this.functions.filter((definition) => definition.name.includes(name));
    if (found.length !== 1) throw new Error(`expected one function with '${name}' in its name, found ${found.length}`);
    return this.account.services.lambda.kill(found[0].name);
  }

  destroy(onDeleted?: OnDeleted): Promise<string[]> {
    return this.account.destroy(onDeleted);
  }

  async close(): Promise<void> {
    for (const stop of this.watched.values()) stop();
    this.aborted.abort();
    await this.updates;
    try {
      if (this.options.destroyOnExit) {
        const retained = await this.account.destroy();
        this.notify(`stacks deleted${retained.length > 0 ? `, retained: ${retained.join(', ')}` : ''}`);
      }
    } finally {
      await this.dispose();
    }
  }

  /** Stops the services and removes temporary files. Does not delete the stacks. */
  async dispose(): Promise<void> {
    await this.account?.close();
    this.cleanUp();
    process.off('exit', this.cleanUp);
  }

  private readonly cleanUp = (): void => rmSync(this.workDir, { recursive: true, force: true });

  private async readStacks(): Promise<StackArtifact[]> {
    const { modifyTemplate = () => undefined, parameters = {} } = this.options;
    this.selected = await this.readApp();
    const stacks = this.selected.stacks.map((stack) => {
      const template = structuredClone(stack.template);
      return { ...stack, template: modifyTemplate(template, stack.name) ?? template };
    });
    return withParameters(stacks, groupParameters(parameters).template);
  }

  private async readApp(): Promise<SelectedStacks> {
    if ('template' in this.app) {
      const stack = readTemplate(this.app.template);
      return { stacks: [stack], environment: stack.environment, skipped: [] };
    }
    // an app in Python or Java takes seconds until its first output
    if ('command' in this.app) this.progress(`running ${this.app.command}`);
    const finished = 'command' in this.app ? this.step("running the app's command") : () => {};
    try {
      const directory = await synthesize(this.app, {
        cwd: this.cwd,
        workDir: this.workDir,
        onOutput: this.options.onOutput ?? this.progress,
        signal: this.aborted.signal,
      });
      return readAssembly(directory, this.options.stacks);
    } finally {
      finished();
    }
  }

  private step(text: string): () => void {
    return this.options.onStep?.(text) ?? (() => {});
  }

  /** Watches the app, and the source directories of its functions that are elsewhere. */
  private watch(): void {
    const { app } = this;
    const root = 'directory' in app ? app.directory : 'template' in app ? dirname(app.template) : this.cwd;
    for (const directory of [root, ...directoriesOutside(this.account.runningFunctions, root)]) {
      if (this.watched.has(directory)) continue;
      const stop = watchDirectory(directory, (paths) => void this.changed(paths, root));
      this.watched.set(directory, stop);
    }
  }

  /** Updates the functions whose code is all that has changed, or else the app. */
  private async changed(paths: readonly string[], root: string): Promise<void> {
    const startedAt = performance.now();
    try {
      const changes = await this.enqueue(async () => {
        const functions = functionsOfCode(paths, this.account.runningFunctions, root);
        return functions ? this.account.reload(functions) : this.account.apply(await this.readStacks());
      });
      this.watch();
      this.updated({ changes, milliseconds: performance.now() - startedAt });
    } catch (error) {
      if (!this.aborted.signal.aborted) this.updated({ error: error as Error });
    }
  }

  private updated(update: AppUpdate): void {
    if (this.options.onUpdate) this.options.onUpdate(update);
    else for (const line of describeUpdate(update)) this.notify(line);
  }

  /** Explains the paths in the first error of a function that runs from a finished cloud assembly, which has only copies of the sources. */
  private explainPaths({ text, functionName }: LogLine): void {
    const { app } = this;
    if (this.pathsExplained || !('directory' in app) || !text.includes(`${app.directory}/asset.`)) return;
    const { environment = {} } = this.functions.find(({ name }) => name === functionName) ?? {};
    if (ENV.SERVER_ID in environment) return; // the sources of the server functions are not part of the app
    this.pathsExplained = true;
    this.notify(
      `paths in ${app.directory} are those of assets: pass the app's command as --app for paths of the sources`,
    );
  }

  private log(line: LogLine, call?: McpCall): void {
    this.logs.push(line);
    this.explainPaths(line);
    if (this.logs.length > MAX_LOG_LINES) this.logs.shift();
    this.options.onLog?.(line, this.account.constructPathOf(line.functionName), call);
  }
}

/** Describes the result of an update, one line for each kind of change. */
export function describeUpdate(update: AppUpdate): string[] {
  if ('error' in update) return [`not updated: ${update.error.message}`];
  return describeChanges(update.changes);
}

/** `Orders: 68 resources, 10 of them custom` */
function describeStack(name: string, inventory: readonly InventoryEntry[]): string {
  const { length } = inventory;
  const custom = inventory.filter(({ type }) => isCustomResource(type)).length;
  const suffix = custom === 0 ? '' : `, ${custom} of them custom`;
  return `${name}: ${length} ${length === 1 ? 'resource' : 'resources'}${suffix}`;
}
