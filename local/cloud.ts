import type { StackArtifact } from './assembly/manifest.js';
import { displayName } from './assembly/template.js';
import type { Environment } from './environment.js';
import { RestApis } from './resources/apigateway/rest-apis.js';
import { CustomResources } from './resources/custom-resources.js';
import { Schedules } from './resources/schedules.js';
import type { Services } from './resources/services.js';
import { type Treatment, treatmentOf } from './resources/types.js';
import { runtimeDirectory, sdkDirectory } from './runtime-dir.js';
import { findServers, type Server } from './servers.js';
import { Passthrough, type PassthroughOptions } from './services/aws-endpoint/passthrough.js';
import { type Access, AwsEndpoint } from './services/aws-endpoint/server.js';
import { DynamoDbService } from './services/dynamodb/service.js';
import { AWS_MANAGED_POLICIES } from './services/iam/managed-policies.js';
import { type Credentials, IamService } from './services/iam/service.js';
import type { FunctionDefinition } from './services/lambda/function.js';
import type { LogLine } from './services/lambda/log-lines.js';
import { Runtimes } from './services/lambda/runtimes/runtimes.js';
import { type Isolation, LambdaService } from './services/lambda/service.js';
import { S3Service } from './services/s3/service.js';
import { SqsService } from './services/sqs/service.js';
import { type OnDeleted, Stack } from './stacks/stack.js';

export interface CloudOptions {
  readonly port: number;
  readonly isolation: Isolation;
  readonly enforceAuth: boolean;
  readonly idleTimeoutMs?: number;
  readonly passthrough?: PassthroughOptions;
  readonly workDir: string;
  readonly cwd: string;
  readonly environment: Environment;
  readonly onLog: (line: LogLine) => void;
  readonly onNotice: (text: string) => void;
  readonly onAccess?: (access: Access) => void;
}

/** The services of one account and region on this machine, and the stacks in them. */
export class Cloud {
  readonly environment: Environment;
  /** Keys of a user who may do everything. */
  readonly admin: Credentials;
  /** Paths of the templates' resources, by type, by what is done with them. */
  treatments: Record<Treatment, Map<string, string[]>> = { run: new Map(), accepted: new Map(), refused: new Map() };
  private readonly stacks = new Map<string, Stack>();
  private readonly exports = new Map<string, unknown>();

  private constructor(
    readonly services: Services,
    private readonly endpoint: AwsEndpoint,
    options: CloudOptions,
  ) {
    this.environment = options.environment;
    this.admin = services.iam.issueUserKey('admin', options.environment.accountId, [
      AWS_MANAGED_POLICIES.AdministratorAccess,
    ]);
  }

  static async start(options: CloudOptions): Promise<Cloud> {
    const { environment, workDir, onLog, onNotice, port, enforceAuth, idleTimeoutMs, isolation } = options;
    const said = new Set<string>();
    const warn = (text: string): void => {
      if (!said.has(text)) onNotice(text);
      said.add(text);
    };
    const iam = new IamService();
    const runtimes = new Runtimes({ runtimeDir: runtimeDirectory(workDir), workDir, cwd: options.cwd });
    const lambda = new LambdaService({ isolation, runtimes, onLog, ...environment });
    const [dynamoDb, sqs] = await Promise.all([DynamoDbService.start(), SqsService.start()]);
    const s3 = new S3Service();
    const customResources: CustomResources = new CustomResources(lambda, () => endpoint.url);
    let cloud: Cloud | undefined;
    const endpoint = await AwsEndpoint.start({
      iam,
      lambda,
      dynamoDb,
      sqs,
      s3,
      passthrough: options.passthrough && new Passthrough(options.passthrough),
      outputs: (stackName) => cloud?.outputs[stackName],
      onAccess: options.onAccess,
      onRefusal: onNotice,
      unsigned: (request, response) => customResources.receive(request, response),
    });
    const services: Services = {
      iam,
      lambda,
      dynamoDb,
      sqs,
      s3,
      customResources,
      restApis: new RestApis({ port, enforceAuth, idleTimeoutMs, iam, lambda, onLog: onNotice }),
      schedules: new Schedules(onNotice),
      versions: new Map(),
      archives: new Map(),
      awsEndpointUrl: endpoint.url,
      workDir,
      nodeModules: sdkDirectory(options.cwd),
      warn,
    };
    cloud = new Cloud(services, endpoint, options);
    return cloud;
  }

  get servers(): Server[] {
    return findServers(this.services.restApis);
  }

  get functions(): FunctionDefinition[] {
    return [...this.stacks.values()]
      .flatMap((stack) => stack.ofType('AWS::Lambda::Function'))
      .flatMap(({ outcome }) => this.services.lambda.get(outcome.physicalId) ?? []);
  }

  /** What a function is called in the app: its construct path. */
  labelOf(functionName: string): string {
    for (const stack of this.stacks.values()) {
      const found = stack.ofType('AWS::Lambda::Function').find(({ outcome }) => outcome.physicalId === functionName);
      if (found) return found.path;
    }
    return functionName;
  }

  /** Functions that cannot run on this machine, by the reason. */
  get unavailable(): Map<string, string[]> {
    const reasons = new Map<string, string[]>();
    for (const [name, reason] of this.services.lambda.problems) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), this.labelOf(name)]);
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

  /** Brings the stacks to an assembly's; those it has no more are deleted. */
  async apply(artifacts: readonly StackArtifact[]): Promise<void> {
    this.treatments = sortByTreatment(artifacts);
    for (const artifact of artifacts) {
      const stack = this.stacks.get(artifact.name) ?? this.add(artifact);
      await stack.apply(artifact);
      this.services.restApis.publish();
    }
    const names = new Set(artifacts.map(({ name }) => name));
    for (const [name, stack] of [...this.stacks].reverse()) {
      if (names.has(name)) continue;
      await stack.destroy();
      this.stacks.delete(name);
    }
  }

  /** Deletes the stacks, the last one first; returns the paths of what the templates say to retain. */
  async destroy(onDeleted?: OnDeleted): Promise<string[]> {
    const retained: string[] = [];
    for (const [name, stack] of [...this.stacks].reverse()) {
      retained.push(...(await stack.destroy(onDeleted)));
      this.stacks.delete(name);
    }
    return retained;
  }

  async close(): Promise<void> {
    const { restApis, schedules, lambda, dynamoDb, sqs } = this.services;
    schedules.close();
    await restApis.close();
    await lambda.close();
    await this.endpoint.close();
    await Promise.all([dynamoDb.close(), sqs.close()]);
  }

  private add(artifact: StackArtifact): Stack {
    const stack = new Stack(artifact, { services: this.services, exports: this.exports });
    this.stacks.set(artifact.name, stack);
    return stack;
  }
}

function sortByTreatment(artifacts: readonly StackArtifact[]): Cloud['treatments'] {
  const treatments: Cloud['treatments'] = { run: new Map(), accepted: new Map(), refused: new Map() };
  for (const { template } of artifacts) {
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      const group = treatments[treatmentOf(resource.Type)];
      group.set(resource.Type, [...(group.get(resource.Type) ?? []), displayName(logicalId, resource)]);
    }
  }
  return treatments;
}
