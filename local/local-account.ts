import { ENV } from '../src/private/contract.js';
import type { LocalAccountOptions } from './account-options.js';
import type { StackArtifact } from './assembly/manifest.js';
import { hasMcpServer } from './assembly/select-stacks.js';
import { CallRecorder } from './calls/recorder.js';
import { type ConsoleSource, readState } from './console/account-state.js';
import { Console } from './console/console.js';
import { Inspector } from './console/inspector.js';
import { declaredAccess } from './declared-access.js';
import {
  type DeclaredRegistration,
  declaredRegistrations,
  REGISTRATION_TYPES,
  type RegistrationKind,
} from './declared-registrations.js';
import type { Environment } from './environment.js';
import { ExternalFunctions, KNOWN_BY_ARN, remedyFor } from './external-functions.js';
import { findMcpServers, findOtherApis, idsByUrl, type McpServerInfo, type OtherApi } from './mcp-servers.js';
import { PORT_DISTANCE, portAfter } from './ports.js';
import { missingValues } from './report/missing-values.js';
import { reportCheck } from './resources/function-check.js';
import type { NotRun } from './resources/not-run.js';
import type { Services } from './resources/services.js';
import type { SupportLevel } from './resources/supported-types.js';
import { runtimeDirectory, sdkDirectory } from './runtime-dir.js';
import { RestApis } from './services/apigateway/rest-apis.js';
import { LocalIssuers } from './services/authorization-server/local-issuers.js';
import { type KnownAccess, oauthConfigOf } from './services/authorization-server/oauth-config.js';
import { type Resource, resourceOf } from './services/authorization-server/resource.js';
import { parsersOf } from './services/aws-endpoint/emulated.js';
import { ExternalEndpoints } from './services/aws-endpoint/external-endpoints.js';
import { Passthrough } from './services/aws-endpoint/passthrough.js';
import { AwsEndpoint } from './services/aws-endpoint/server.js';
import { CustomResources } from './services/cloudformation/custom-resources.js';
import { addInvocation } from './services/cloudwatch/lambda-metrics.js';
import { MetricStore } from './services/cloudwatch/metric-store.js';
import { LogStore } from './services/cloudwatch-logs/log-store.js';
import { Schedules } from './services/eventbridge/schedules.js';
import { Faults } from './services/faults/faults.js';
import type { BufferedRequest } from './services/forward.js';
import { FunctionUrls } from './services/function-url/function-urls.js';
import type { FrontOptions } from './services/http/front-options.js';
import { FrontPorts } from './services/http/front-ports.js';
import { AWS_MANAGED_POLICIES } from './services/iam/managed-policies.js';
import { type Credentials, IamService } from './services/iam/service.js';
import { DebugPorts } from './services/lambda/debug-ports.js';
import { type FunctionDefinition, parseExternalReference } from './services/lambda/function.js';
import type { LogLine } from './services/lambda/log-lines.js';
import { parseCall } from './services/lambda/operations.js';
import { Runtimes } from './services/lambda/runtimes/runtimes.js';
import { LambdaService } from './services/lambda/service.js';
import { startServices } from './services/start.js';
import { parseStsCall } from './services/sts/assume-role.js';
import type { ResourceChange } from './stacks/changes.js';
import { alarmsOf, describeStack, findResource } from './stacks/descriptions.js';
import { publicUrlOf } from './stacks/public-url.js';
import { type OnDeleted, Stack } from './stacks/stack.js';
import { groupBySupportLevel } from './stacks/support-levels.js';
import { randomMaterial } from './state/key-material.js';
import { credentialsOf, type RoleCredentials } from './state/running.js';

/** Session name of a role that a client uses. */
const CLIENT_SESSION = 'local';
/** Ends the construct path of the function behind the function URL of an MCP server. */
const SERVER_FUNCTION = /\/HttpFunction$/;

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
    private readonly external: ExternalFunctions,
    private readonly endpoint: AwsEndpoint,
    private readonly stopServers: () => Promise<void>,
    private readonly ports: FrontPorts,
    /** The calls of MCP clients. */
    readonly recorder: CallRecorder,
    private readonly faults: Faults | undefined,
    private readonly options: LocalAccountOptions,
  ) {
    this.environment = options.environment;
    this.admin = services.iam.issueUserKey('admin', options.environment.accountId, [
      AWS_MANAGED_POLICIES.AdministratorAccess,
    ]);
  }

  static async start(options: LocalAccountOptions): Promise<LocalAccount> {
    const { environment, workDir, onLog, onNotice, port, enforceAuth, idleTimeoutMs, isolation } = options;
    const shown = new Set<string>();
    const warn = (text: string): void => {
      if (!shown.has(text)) onNotice(text);
      shown.add(text);
    };
    const { keyMaterial = randomMaterial, debug } = options;
    const unlimited = debug !== undefined;
    const iam = new IamService(environment.accountId, keyMaterial);
    const runtimeDir = runtimeDirectory(workDir);
    const runtimes = new Runtimes({ runtimeDir, workDir, cwd: options.cwd });
    const nodeModules = sdkDirectory(options.cwd);
    const external = new ExternalFunctions({
      given: options.implementations ?? {},
      passthrough: options.passthrough?.services.includes('lambda') ?? false,
      cwd: options.cwd,
      workDir,
      runtimeDir,
      environment,
      iam,
      awsEndpointUrl: () => endpoint.url,
      nodeModules,
    });
    let account: LocalAccount | undefined;
    const pathOf = (name: string) => account?.constructPathOf(name) ?? name;
    const faults = options.faults && new Faults(options.faults, { pathOf, onFault: options.onFault });
    const [metrics, logs] = [new MetricStore(), new LogStore()];
    const recorder = new CallRecorder({ pathOf, serverOf: (apiId) => account?.serverPathOf(apiId) ?? apiId });
    const logLine = (line: LogLine) => {
      logs.add(line);
      metrics.addEmbedded(line.text);
      onLog(line, recorder.logLine(line));
    };
    const lambda = new LambdaService({
      isolation,
      unlimited,
      runtimes,
      faults,
      recorder,
      onLog: logLine,
      onInvocation: (invocation) => addInvocation(metrics, invocation),
      external: (reference) => external.definitionOf(reference),
      onMissing: ({ arn, name }) => warn(`${arn} cannot be invoked: ${KNOWN_BY_ARN}; ${remedyFor(name)}`),
      ...environment,
    });
    const { dynamodb: dynamoDbUrl, ...endpoints } = options.endpoints ?? {};
    const started = await startServices({ lambda, metrics, logs, given: options.given, dynamoDbUrl, onNotice });
    const { stopServers, ...emulated } = started;
    const customResources: CustomResources = new CustomResources(lambda, () => endpoint.url);
    const endpoint = await AwsEndpoint.start({
      iam,
      port: portAfter(port, PORT_DISTANCE.AWS_ENDPOINT),
      parsers: {
        ...parsersOf(emulated, {
          describe: (name) => describeStack(account?.stacks.get(name), account?.outputs[name]),
          alarms: () => alarmsOf(account?.stacks.values() ?? []),
        }),
        sts: (request) => parseStsCall(request, iam, onNotice),
      },
      passthrough: options.passthrough && new Passthrough(options.passthrough),
      runsHere: (service, request) => service === 'lambda' && account?.runsHere(request) === true,
      externalEndpoints: new ExternalEndpoints(endpoints),
      faults,
      recorder,
      onAccess: options.onAccess,
      onError: (message) => (message.includes('is not authorized to perform') ? warn : onNotice)(message),
      onNotice,
      handleUnsigned: (request, response) => customResources.handleResponse(request, response),
    });
    const issuers = new LocalIssuers({
      enforceAuth,
      cwd: options.cwd,
      port: portAfter(port, PORT_DISTANCE.AUTHORIZATION_SERVER),
      resources: () => account?.oauthResources ?? [],
      access: () => account?.access ?? { scopes: [], groups: [] },
      onLog: onNotice,
    });
    const { as } = options;
    const console = new Console({
      recorder,
      inspector: new Inspector(options.cwd),
      state: () => readState(account!.consoleSource, options),
      mcpUrl: () => account!.consoleSource.servers[0]?.mcp,
    });
    const developer = as === undefined ? undefined : () => credentialsOf(account!, as).accessKeyId;
    const front: FrontOptions = {
      ports: new FrontPorts(port),
      enforceAuth,
      developer,
      iam,
      lambda,
      issuers,
      recorder,
      console,
      onLog: onNotice,
    };
    const restApis = new RestApis({ ...front, keyMaterial, idleTimeoutMs, unlimited, warn });
    const functionUrls = new FunctionUrls(front);
    const services: Services = {
      ...emulated,
      iam,
      customResources,
      issuers,
      restApis,
      functionUrls,
      schedules: new Schedules(onNotice),
      ...(debug !== undefined && { debugPorts: new DebugPorts(debug) }),
      versions: new Map(),
      layers: new Map(),
      archives: new Map(),
      awsEndpointUrl: endpoint.url,
      workDir,
      nodeModules,
      toLocal: (text) => functionUrls.toLocal(restApis.toLocal(text)),
      warn,
    };
    const stop = async () => {
      console.close();
      await stopServers();
    };
    account = new LocalAccount(services, external, endpoint, stop, front.ports, recorder, faults, options);
    return account;
  }

  get servers(): McpServerInfo[] {
    return findMcpServers(this.services, (type, id) => findResource(this.stacks, type, id)?.stackName);
  }

  get otherApis(): OtherApi[] {
    return findOtherApis(this.services, (name) => this.constructPathOf(name));
  }

  /** Construct paths of the templates' resources by support level and type. */
  get resourceTypes(): Record<SupportLevel, Map<string, string[]>> {
    return groupBySupportLevel([...this.stacks.values()].flatMap(({ inventory }) => inventory));
  }

  /** The resources that do not run here. */
  get notRun(): NotRun[] {
    return [
      ...[...this.stacks.values()].flatMap(({ notRun }) => notRun),
      ...this.registeredFunctions
        .filter((arn) => !this.services.lambda.find(arn))
        .map((arn) => ({
          path: arn,
          type: 'AWS::Lambda::Function',
          reason: KNOWN_BY_ARN,
          remedy: remedyFor(parseExternalReference(arn, this.environment)?.name ?? arn),
        })),
    ];
  }

  /** The declared tools, resources and prompts. */
  private get declarations(): ReturnType<Stack['ofType']> {
    return [...this.stacks.values()].flatMap((stack) =>
      Object.values(REGISTRATION_TYPES).flatMap((type) => stack.ofType(type)),
    );
  }

  /** ARNs of the functions behind the declared tools, resources and prompts. */
  private get registeredFunctions(): string[] {
    const arns = this.declarations.flatMap(({ properties }) => [
      properties.FunctionArn,
      properties.CompletionFunctionArn,
    ]);
    return [...new Set(arns.filter((arn) => typeof arn === 'string' && arn !== ''))];
  }

  /** Whether a call of the Lambda API is about a function that runs here. */
  private runsHere({ method, url }: BufferedRequest): boolean {
    const functionName = parseCall({ method, path: url })?.functionName;
    const definition = functionName === undefined ? undefined : this.services.lambda.find(functionName);
    return definition !== undefined && !this.external.isOnAws(definition);
  }

  /** The tools, resources and prompts that the templates declare, with their functions. */
  get registrations(): DeclaredRegistration[] {
    const stacks = [...this.stacks.values()];
    const declared = (Object.entries(REGISTRATION_TYPES) as Array<[RegistrationKind, string]>).flatMap(([kind, type]) =>
      declaredRegistrations(
        kind,
        stacks.flatMap((stack) => stack.ofType(type)),
      ),
    );
    return declared.map((each) => {
      const { lambda } = this.services;
      return {
        ...each,
        functionPath: this.constructPathOf(lambda.get(each.functionArn)?.name ?? each.functionArn),
        runtime: lambda.find(each.functionArn)?.runtime,
      };
    });
  }

  /** The MCP servers of the app whose callers need an access token. */
  private get oauthResources(): Resource[] {
    return this.functions.flatMap((definition) => {
      const config = oauthConfigOf(this.services.functionUrls.withOwnAddress(definition));
      return config ? [resourceOf(config)] : [];
    });
  }

  /** Scopes and groups that the access rules of the app name. */
  private get access(): KnownAccess {
    const definitions = this.declarations
      .map(({ properties }) => properties.Definition)
      .filter((each) => typeof each === 'string');
    const rules = this.functions
      .map(({ environment }) => environment[ENV.DEFAULT_ACCESS])
      .filter((each) => each !== undefined);
    return declaredAccess(definitions, rules);
  }

  get functions(): FunctionDefinition[] {
    return [...this.stacks.values()]
      .flatMap((stack) => stack.ofType('AWS::Lambda::Function'))
      .flatMap(({ returnValues }) => this.services.lambda.get(returnValues.physicalId) ?? []);
  }

  /** The functions whose code runs here, also those that are not part of the app. */
  get runningFunctions(): FunctionDefinition[] {
    return [...this.functions, ...this.services.lambda.externalFunctions];
  }

  /** Returns the construct path of a function. */
  constructPathOf(functionName: string): string {
    return findResource(this.stacks, 'AWS::Lambda::Function', functionName)?.path ?? functionName;
  }

  /** What the console shows of this account. */
  private get consoleSource(): ConsoleSource {
    const { lambda, dynamoDb } = this.services;
    const ids = idsByUrl(this.services);
    return {
      servers: this.servers.map((each) => ({ ...each, path: this.serverPathOf(ids.get(each.url)) ?? each.name })),
      functions: this.functions,
      sessions: this.recorder.sessions.all,
      declarations: this.declarations,
      functionPath: (name) => this.constructPathOf(name),
      functionOf: (arn) => lambda.get(arn),
      items: (table) => dynamoDb.items(table, this.environment),
    };
  }

  /** Returns the construct path of the MCP server with a REST API or function URL. */
  private serverPathOf(id = ''): string | undefined {
    const { functionUrls, lambda } = this.services;
    const url = functionUrls.served.find((each) => each.id === id);
    if (!url) return findResource(this.stacks, 'AWS::ApiGateway::RestApi', id)?.path.replace(/\/Api$/, '');
    return this.constructPathOf(lambda.find(url.server.definition.functionArn)?.name ?? id).replace(
      SERVER_FUNCTION,
      '',
    );
  }

  /** Construct paths of functions that cannot run on this machine, by the reason. */
  get unavailable(): Map<string, string[]> {
    const reasons = new Map<string, string[]>();
    for (const [name, reason] of this.services.lambda.unavailable) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), this.constructPathOf(name)]);
    }
    return reasons;
  }

  /** The roles of the app, each with the credentials of a session for clients. */
  get roles(): RoleCredentials[] {
    const { iam } = this.services;
    return iam.ownRoles.map(({ name, arn, path = name }) => ({
      path,
      arn,
      credentials: iam.roleKey(name, CLIENT_SESSION),
    }));
  }

  get outputs(): Record<string, Record<string, unknown>> {
    const local = (value: unknown) => (typeof value === 'string' ? this.services.toLocal(value) : value);
    return Object.fromEntries(
      [...this.stacks].map(([name, { outputs }]) => [
        name,
        Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, local(value)])),
      ]),
    );
  }

  /**
   * Deploys the stacks of an assembly, and deletes stacks that were removed from it.
   * @returns what changed
   */
  async apply(artifacts: readonly StackArtifact[]): Promise<ResourceChange[]> {
    this.setFaults(false);
    try {
      return await this.deploy(artifacts);
    } finally {
      this.setFaults(true);
    }
  }

  /** Starts functions with the current code of their source directories. Invocations that run finish with the previous code. */
  async reload(functions: readonly FunctionDefinition[]): Promise<ResourceChange[]> {
    for (const { arn, name } of functions) {
      this.services.lambda.reload(arn);
      await reportCheck(this.services, this.constructPathOf(name), arn);
    }
    return functions.map(({ name }) => ({
      change: 'updated',
      type: 'AWS::Lambda::Function',
      path: this.constructPathOf(name),
      properties: ['Code'],
    }));
  }

  private async deploy(artifacts: readonly StackArtifact[]): Promise<ResourceChange[]> {
    if (artifacts.some(hasMcpServer)) this.ports.reserveFirst();
    const changes: ResourceChange[] = [];
    for (const artifact of artifacts) {
      const isNew = !this.stacks.has(artifact.name);
      const stack = this.stacks.get(artifact.name) ?? this.add(artifact);
      const finished = this.options.onStep(`deploying ${artifact.name}`);
      try {
        await stack.apply(artifact);
      } finally {
        finished();
      }
      changes.push(...stack.changes);
      const known = publicUrlOf(stack, artifact);
      if (known) this.services.restApis.setPublicUrl(known.url, known.restApiId);
      this.services.restApis.publish();
      if (isNew) this.options.onDeployed(artifact.name, stack.inventory);
    }
    const names = new Set(artifacts.map(({ name }) => name));
    for (const [name, stack] of [...this.stacks].reverse()) {
      if (names.has(name)) continue;
      await stack.destroy();
      this.stacks.delete(name);
      changes.push({ change: 'removed', type: 'AWS::CloudFormation::Stack', path: name });
    }
    await this.reportExternalFunctions();
    for (const { name, debugPort } of this.functions) if (debugPort !== undefined) this.services.lambda.warm(name);
    for (const line of missingValues(this.services.iam.policies, this.services)) this.services.warn(line);
    return changes;
  }

  /** Shows where the functions run that are not part of the app. */
  private async reportExternalFunctions(): Promise<void> {
    const { lambda, warn } = this.services;
    for (const arn of this.registeredFunctions) lambda.find(arn);
    for (const definition of lambda.externalFunctions) {
      const { arn, codeDir, handler, environment } = definition;
      if (this.external.isOnAws(definition)) {
        warn(`${arn} is called on AWS`);
        continue;
      }
      await reportCheck(this.services, arn, arn);
      warn(`${arn} runs here: ${environment.LOCAL_COMMAND ?? `${handler} in ${codeDir}`}`);
    }
    for (const key of this.external.unused) {
      warn(`--function ${key}: no tool, resource or prompt of the app has a function with this ARN or name yet`);
    }
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
    const { restApis, functionUrls, issuers, schedules, lambda } = this.services;
    schedules.close();
    await restApis.close();
    await functionUrls.close();
    await issuers.close();
    await lambda.close();
    await this.endpoint.close();
    await this.stopServers();
  }

  private add(artifact: StackArtifact): Stack {
    const stack = new Stack(artifact, { services: this.services, exports: this.exports, outputs: this.stackOutputs });
    this.stacks.set(artifact.name, stack);
    return stack;
  }
}
