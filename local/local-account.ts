import type { StackArtifact } from './assembly/manifest.js';
import { mcpApis } from './assembly/mcp-apis.js';
import { hasMcpServer } from './assembly/select-stacks.js';
import { declaredAccess } from './declared-access.js';
import { type DeclaredTool, declaredTools } from './declared-tools.js';
import type { Environment } from './environment.js';
import { findMcpServers, findOtherApis, type McpServerInfo, type OtherApi } from './mcp-servers.js';
import { missingValues } from './report/missing-values.js';
import type { NotRun } from './resources/not-run.js';
import type { Services } from './resources/services.js';
import type { SupportLevel } from './resources/supported-types.js';
import type { RunningServer } from './running-servers.js';
import { runtimeDirectory, sdkDirectory } from './runtime-dir.js';
import { RestApis } from './services/apigateway/rest-apis.js';
import { LocalIssuers } from './services/authorization-server/local-issuers.js';
import { type KnownAccess, oauthConfigOf } from './services/authorization-server/oauth-config.js';
import { type Resource, resourceOf } from './services/authorization-server/resource.js';
import { parsersOf } from './services/aws-endpoint/emulated.js';
import { type EndpointUrls, ExternalEndpoints } from './services/aws-endpoint/external-endpoints.js';
import { Passthrough, type PassthroughOptions } from './services/aws-endpoint/passthrough.js';
import { type AccessCheck, AwsEndpoint } from './services/aws-endpoint/server.js';
import { CustomResources } from './services/cloudformation/custom-resources.js';
import type { StackDescription } from './services/cloudformation/describe-stacks.js';
import { MetricStore } from './services/cloudwatch/metric-store.js';
import type { DeclaredAlarm } from './services/cloudwatch/service.js';
import { LogStore } from './services/cloudwatch-logs/log-store.js';
import { Schedules } from './services/eventbridge/schedules.js';
import { Faults, type InjectedFault } from './services/faults/faults.js';
import type { FaultPlan } from './services/faults/file.js';
import { AWS_MANAGED_POLICIES } from './services/iam/managed-policies.js';
import { type Credentials, IamService } from './services/iam/service.js';
import type { FunctionDefinition } from './services/lambda/function.js';
import type { LogLine } from './services/lambda/log-lines.js';
import { Runtimes } from './services/lambda/runtimes/runtimes.js';
import { type InvocationResult, type Isolation, LambdaService } from './services/lambda/service.js';
import { type GivenValues, startServices } from './services/start.js';
import { type InventoryEntry, type OnDeleted, Stack } from './stacks/stack.js';

/** Port of the authorization server for development, as a distance from the port of the first MCP server. */
const AUTHORIZATION_SERVER_PORT = 100;
const MAX_PORT = 65_535;
/** Types of the declared tools, resources and prompts. */
const MCP_RESOURCES = ['Custom::McpTool', 'Custom::McpResource', 'Custom::McpResourceTemplate', 'Custom::McpPrompt'];
/** Output with the MCP URL of a server. */
const MCP_URL_OUTPUT = /McpUrl[0-9A-F]{8}$/;
/** Variable of the server functions with the access rule of registrations without one. */
const DEFAULT_ACCESS = 'MCP_DEFAULT_ACCESS';

interface LocalAccountOptions {
  readonly port: number;
  readonly isolation: Isolation;
  readonly enforceAuth: boolean;
  readonly idleTimeoutMs?: number;
  readonly passthrough?: PassthroughOptions;
  readonly endpoints?: EndpointUrls;
  readonly given?: GivenValues;
  readonly faults?: FaultPlan;
  readonly workDir: string;
  readonly cwd: string;
  readonly environment: Environment;
  readonly onLog: (line: LogLine) => void;
  readonly onNotice: (text: string) => void;
  /** Receives one line for each stack when it is deployed. */
  readonly onProgress: (text: string) => void;
  readonly onAccess?: (access: AccessCheck) => void;
  readonly onFault?: (injected: InjectedFault) => void;
}

/** An emulated AWS account in one region: its services, and the stacks deployed to it. */
export class LocalAccount {
  readonly environment: Environment;
  /** Credentials of a user with `AdministratorAccess`. */
  readonly admin: Credentials;
  private readonly stacks = new Map<string, Stack>();
  private readonly exports = new Map<string, unknown>();
  private readonly stackOutputs = new Map<string, Readonly<Record<string, unknown>>>();

  private constructor(
    readonly services: Services,
    private readonly endpoint: AwsEndpoint,
    private readonly stopServers: () => Promise<void>,
    private readonly faults: Faults | undefined,
    private readonly options: LocalAccountOptions,
  ) {
    this.environment = options.environment;
    this.admin = services.iam.issueUserKey('admin', options.environment.accountId, [
      AWS_MANAGED_POLICIES.AdministratorAccess,
    ]);
  }

  static async shown(options: LocalAccountOptions): Promise<LocalAccount> {
    const { environment, workDir, onLog, onNotice, port, enforceAuth, idleTimeoutMs, isolation } = options;
    const shown = new Set<string>();
    const warn = (text: string): void => {
      if (!shown.has(text)) onNotice(text);
      shown.add(text);
    };
    const iam = new IamService(environment.accountId);
    const runtimes = new Runtimes({ runtimeDir: runtimeDirectory(workDir), workDir, cwd: options.cwd });
    let account: LocalAccount | undefined;
    const pathOf = (name: string) => account?.constructPathOf(name) ?? name;
    const faults = options.faults && new Faults(options.faults, { pathOf, onFault: options.onFault });
    const [metrics, logs] = [new MetricStore(), new LogStore()];
    const lambda = new LambdaService({
      isolation,
      runtimes,
      faults,
      onLog: (line) => {
        logs.add(line);
        metrics.addEmbedded(line.text);
        onLog(line);
      },
      onInvocation: (invocation) => addInvocation(metrics, invocation),
      ...environment,
    });
    const { dynamodb: dynamoDbUrl, ...endpoints } = options.endpoints ?? {};
    const started = await startServices({ lambda, metrics, logs, given: options.given, dynamoDbUrl, onNotice });
    const { stopServers, ...emulated } = started;
    const customResources: CustomResources = new CustomResources(lambda, () => endpoint.url);
    const endpoint = await AwsEndpoint.start({
      iam,
      parsers: parsersOf(emulated, {
        describe: (stackName) => account?.describe(stackName),
        alarms: () => account?.alarms ?? [],
      }),
      passthrough: options.passthrough && new Passthrough(options.passthrough),
      externalEndpoints: new ExternalEndpoints(endpoints),
      faults,
      onAccess: options.onAccess,
      onError: (message) => (message.includes('is not authorized to perform') ? warn : onNotice)(message),
      onNotice,
      handleUnsigned: (request, response) => customResources.handleResponse(request, response),
    });
    const issuers = new LocalIssuers({
      enforceAuth,
      cwd: options.cwd,
      port: port === 0 || port + AUTHORIZATION_SERVER_PORT > MAX_PORT ? 0 : port + AUTHORIZATION_SERVER_PORT,
      resources: () => account?.oauthResources ?? [],
      access: () => account?.access ?? { scopes: [], groups: [] },
      onLog: onNotice,
    });
    const services: Services = {
      ...emulated,
      iam,
      customResources,
      issuers,
      restApis: new RestApis({ port, enforceAuth, idleTimeoutMs, iam, lambda, issuers, onLog: onNotice, warn }),
      schedules: new Schedules(onNotice),
      versions: new Map(),
      layers: new Map(),
      archives: new Map(),
      awsEndpointUrl: endpoint.url,
      workDir,
      nodeModules: sdkDirectory(options.cwd),
      warn,
    };
    account = new LocalAccount(services, endpoint, stopServers, faults, options);
    return account;
  }

  get servers(): McpServerInfo[] {
    return findMcpServers(this.services.restApis);
  }

  get otherApis(): OtherApi[] {
    return findOtherApis(this.services.restApis);
  }

  /** Construct paths of the templates' resources by support level and type. */
  get resourceTypes(): Record<SupportLevel, Map<string, string[]>> {
    return groupBySupportLevel([...this.stacks.values()].flatMap(({ inventory }) => inventory));
  }

  /** The resources that do not run here. */
  get notRun(): NotRun[] {
    return [...this.stacks.values()].flatMap(({ notRun }) => notRun);
  }

  /** The tools that the templates declare, with their functions. */
  get tools(): DeclaredTool[] {
    return declaredTools([...this.stacks.values()].flatMap((stack) => stack.ofType('Custom::McpTool'))).map((tool) => ({
      ...tool,
      functionPath: this.constructPathOf(this.services.lambda.get(tool.functionArn)?.name ?? tool.functionArn),
      runtime: this.services.lambda.get(tool.functionArn)?.runtime,
    }));
  }

  /** The MCP servers of the app whose callers need an access token. */
  private get oauthResources(): Resource[] {
    return this.functions.flatMap(({ environment }) => {
      const config = oauthConfigOf(environment);
      return config ? [resourceOf(config)] : [];
    });
  }

  /** Scopes and groups that the access rules of the app name. */
  private get access(): KnownAccess {
    const declared = [...this.stacks.values()].flatMap((stack) => MCP_RESOURCES.flatMap((type) => stack.ofType(type)));
    const definitions = declared
      .map(({ properties }) => properties.Definition)
      .filter((each) => typeof each === 'string');
    const rules = this.functions
      .map(({ environment }) => environment[DEFAULT_ACCESS])
      .filter((each) => each !== undefined);
    return declaredAccess(definitions, rules);
  }

  get functions(): FunctionDefinition[] {
    return [...this.stacks.values()]
      .flatMap((stack) => stack.ofType('AWS::Lambda::Function'))
      .flatMap(({ returnValues }) => this.services.lambda.get(returnValues.physicalId) ?? []);
  }

  /** Returns the construct path of a function. */
  constructPathOf(functionName: string): string {
    for (const stack of this.stacks.values()) {
      const functions = stack.ofType('AWS::Lambda::Function');
      const found = functions.find(({ returnValues }) => returnValues.physicalId === functionName);
      if (found) return found.path;
    }
    return functionName;
  }

  /** Construct paths of functions that cannot run on this machine, by the reason. */
  get unavailable(): Map<string, string[]> {
    const reasons = new Map<string, string[]>();
    for (const [name, reason] of this.services.lambda.unavailable) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), this.constructPathOf(name)]);
    }
    return reasons;
  }

  get outputs(): Record<string, Record<string, unknown>> {
    const { toLocal } = this.services.restApis;
    const local = (value: unknown) => (typeof value === 'string' ? toLocal(value) : value);
    return Object.fromEntries(
      [...this.stacks].map(([name, { outputs }]) => [
        name,
        Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, local(value)])),
      ]),
    );
  }

  /** Returns a stack with local addresses in its outputs. */
  private describe(name: string): StackDescription | undefined {
    const stack = this.stacks.get(name);
    return stack && { id: stack.identity.id, outputs: this.outputs[name]!, resources: stack.described };
  }

  private get alarms(): DeclaredAlarm[] {
    return [...this.stacks.values()]
      .flatMap((stack) => stack.accepted)
      .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .map(({ physicalId, properties }) => ({ name: physicalId, properties }));
  }

  /** Returns the name of the stack that defines an API. */
  private stackOf(apiId: string): string | undefined {
    for (const [name, stack] of this.stacks) {
      if (stack.ofType('AWS::ApiGateway::RestApi').some((each) => each.returnValues.physicalId === apiId)) return name;
    }
    return undefined;
  }

  /** The MCP servers, with what commands need to call them. */
  get running(): RunningServer[] {
    return this.servers.map(({ url, apiId, apiKeys }) => ({
      url,
      stack: this.stackOf(apiId)!,
      region: this.environment.region,
      awsEndpointUrl: this.services.awsEndpointUrl,
      credentials: this.admin,
      apiKeys,
    }));
  }

  /** Deploys the stacks of an assembly, and deletes stacks that were removed from it. */
  async apply(artifacts: readonly StackArtifact[]): Promise<void> {
    this.setFaults(false);
    try {
      await this.deploy(artifacts);
    } finally {
      this.setFaults(true);
    }
  }

  private async deploy(artifacts: readonly StackArtifact[]): Promise<void> {
    if (artifacts.some(hasMcpServer)) this.services.restApis.reserveFirstPort();
    for (const artifact of artifacts) {
      const stack = this.stacks.get(artifact.name) ?? this.add(artifact);
      await stack.apply(artifact);
      this.findPublicUrl(stack, artifact);
      this.services.restApis.publish();
      const { length } = stack.inventory;
      this.options.onProgress(`${artifact.name}: ${length} ${length === 1 ? 'resource' : 'resources'}`);
    }
    const names = new Set(artifacts.map(({ name }) => name));
    for (const [name, stack] of [...this.stacks].reverse()) {
      if (names.has(name)) continue;
      await stack.destroy();
      this.stacks.delete(name);
    }
    for (const line of missingValues(this.services.iam.policies, this.services)) this.services.warn(line);
  }

  /**
   * Deletes the stacks in reverse order.
   * @returns the construct paths of retained resources
   */
  async destroy(onDeleted?: OnDeleted): Promise<string[]> {
    this.setFaults(false);
    const retained: string[] = [];
    for (const [name, stack] of [...this.stacks].reverse()) {
      retained.push(...(await stack.destroy(onDeleted)));
      this.stacks.delete(name);
    }
    return retained;
  }

  /** Turns the faults on or off. */
  setFaults(enabled: boolean): void {
    if (this.faults) this.faults.enabled = enabled;
  }

  async close(): Promise<void> {
    const { restApis, issuers, schedules, lambda } = this.services;
    schedules.close();
    await restApis.close();
    await issuers.close();
    await lambda.close();
    await this.endpoint.close();
    await this.stopServers();
  }

  /** Records the address of an MCP server that only its output names (`publicUrl`), if the stack has one server. */
  private findPublicUrl(stack: Stack, { template }: StackArtifact): void {
    const logicalIds = mcpApis(template);
    const [api, ...others] = stack.ofType('AWS::ApiGateway::RestApi').filter((each) => logicalIds.has(each.logicalId));
    const [url] = Object.entries(stack.outputs).flatMap(([name, value]) =>
      MCP_URL_OUTPUT.test(name) && typeof value === 'string' && value.endsWith('/mcp') ? value.slice(0, -4) : [],
    );
    if (api && others.length === 0 && url) this.services.restApis.setPublicUrl(url, api.returnValues.physicalId);
  }

  private add(artifact: StackArtifact): Stack {
    const stack = new Stack(artifact, { services: this.services, exports: this.exports, outputs: this.stackOutputs });
    this.stacks.set(artifact.name, stack);
    return stack;
  }
}

/** Adds Lambda's metrics of an invocation. */
function addInvocation(metrics: MetricStore, { functionName, outcome, milliseconds }: InvocationResult): void {
  const dimensions = { FunctionName: functionName };
  const add = (name: string, value: number) => metrics.add({ namespace: 'AWS/Lambda', name, dimensions }, value);
  add('Throttles', outcome === 'throttled' ? 1 : 0);
  if (outcome === 'throttled') return;
  add('Invocations', 1);
  add('Errors', outcome === 'error' ? 1 : 0);
  add('Duration', milliseconds);
}

function groupBySupportLevel(inventory: readonly InventoryEntry[]): Record<SupportLevel, Map<string, string[]>> {
  const types = {
    emulated: new Map<string, string[]>(),
    accepted: new Map<string, string[]>(),
    unsupported: new Map<string, string[]>(),
  };
  for (const { type, path, level } of inventory) {
    types[level].set(type, [...(types[level].get(type) ?? []), path]);
  }
  return types;
}
