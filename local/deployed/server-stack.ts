import { DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { type FunctionConfiguration, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ENV } from '../../src/private/contract.js';
import type { AwsAccess } from './aws-access.js';
import { Failure } from './failure.js';
import {
  endpointOf,
  functionsOf,
  type Resource,
  registrationUrlOf,
  type ServerFunctionName,
  serverAddresses,
} from './server-parts.js';

/** A server function with its configuration. */
export interface ServerFunction {
  readonly configuration: FunctionConfiguration;
  readonly environment: Readonly<Record<string, string>>;
}

/** A server in a CloudFormation stack: its address, its functions, and the names in their configuration. */
export class ServerStack {
  private readonly configurations = new Map<ServerFunctionName, Promise<ServerFunction | undefined>>();

  private constructor(
    readonly name: string,
    readonly status: string,
    readonly mcpUrl: URL,
    /** How clients reach the server. */
    readonly endpoint: 'restApi' | 'functionUrl',
    /** The names of the server functions, with the names that Lambda has for them. */
    readonly functionNames: ReadonlyMap<ServerFunctionName, string>,
    /** URL of the Registration API; absent if no output has it. */
    readonly registrationUrl: URL | undefined,
    private readonly aws: AwsAccess,
  ) {}

  /**
   * Finds the server of a stack.
   * @param url the URL of the server if the stack has several, or another address of its only server, such as that of a CDN
   * @throws Failure if the stack does not exist or has no server, or several of which none has the URL, or whose functions the logical ids do not distinguish
   */
  static async find(name: string, aws: AwsAccess, url?: URL): Promise<ServerStack> {
    const { Stacks: [stack] = [] } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = stack?.Outputs ?? [];
    const servers = serverAddresses(outputs);
    if (servers.length === 0) {
      throw new Failure(`stack ${name} has no MCP server: none of its outputs is the McpUrl of a server`, [
        'pass the stack that defines the McpLambdaServer; for one in a nested stack, the name of the nested stack',
      ]);
    }
    const server = servers.length === 1 ? servers[0] : servers.find((each) => url && isSame(each.url, url));
    if (server === undefined) {
      const reason = url === undefined ? 'has several servers' : `has several servers, and none at ${url.href}`;
      throw new Failure(
        `stack ${name} ${reason}: choose one with --url`,
        servers.map((each) => each.url.href),
      );
    }
    const registrationUrl = registrationUrlOf(server, outputs);
    return new ServerStack(
      stack!.StackName!,
      stack!.StackStatus ?? 'unknown',
      url ?? server.url,
      endpointOf(server, registrationUrl),
      functionsOf(server, await resourcesOf(name, aws), { name, servers }),
      registrationUrl,
      aws,
    );
  }

  /** Whether its endpoint is a function URL. */
  get isFunctionUrl(): boolean {
    return this.endpoint === 'functionUrl';
  }

  /** Returns a server function; undefined if the server does not have it. */
  function(name: ServerFunctionName): Promise<ServerFunction | undefined> {
    const known = this.configurations.get(name) ?? this.readFunction(name);
    this.configurations.set(name, known);
    return known;
  }

  /** Returns the function that serves `/mcp`. */
  async httpFunction(): Promise<ServerFunction> {
    const found = await this.function('HttpFunction');
    if (found) return found;
    throw new Failure(`stack ${this.name} does not have the function that serves /mcp: its resources were renamed`);
  }

  /** Returns a variable of the function that serves `/mcp`. */
  async variable(name: (typeof ENV)[keyof typeof ENV]): Promise<string | undefined> {
    return (await this.httpFunction()).environment[name];
  }

  /** Returns name and version of the server, from its configuration. */
  async serverInfo(): Promise<{ readonly name: string; readonly version: string }> {
    return JSON.parse((await this.variable(ENV.SERVER_INFO)) ?? '{"name":"","version":""}');
  }

  /** Returns the log group of the server functions. */
  async logGroup(): Promise<string> {
    const { configuration } = await this.httpFunction();
    return configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${configuration.FunctionName}`;
  }

  private async readFunction(name: ServerFunctionName): Promise<ServerFunction | undefined> {
    const functionName = this.functionNames.get(name);
    if (functionName === undefined) return undefined;
    const configuration = await this.aws.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName }),
    );
    return { configuration, environment: configuration.Environment?.Variables ?? {} };
  }
}

function isSame(a: URL, b: URL): boolean {
  return a.origin === b.origin && a.pathname === b.pathname;
}

/** Returns the resources of a stack. */
async function resourcesOf(stackName: string, aws: AwsAccess): Promise<Resource[]> {
  const resources: Resource[] = [];
  const pages = paginateListStackResources({ client: aws.cloudFormation }, { StackName: stackName });
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const each of StackResourceSummaries) {
      const [logicalId, physicalId, type] = [
        each.LogicalResourceId!,
        each.PhysicalResourceId ?? '',
        each.ResourceType!,
      ];
      resources.push({ logicalId, physicalId, type });
    }
  }
  return resources;
}
