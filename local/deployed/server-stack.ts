import { DescribeStacksCommand, type Output, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { type FunctionConfiguration, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ENV } from '../../src/private/contract.js';
import type { AwsAccess } from './aws-access.js';
import { Failure } from './failure.js';

/** Output with the URL of a server: the construct's id without a final `Mcp`, and the CDK's hash. */
const MCP_URL = /^(.*)McpUrl[0-9A-F]{8}$/;
/** Names of the server functions, as the stack has them. */
const FUNCTION_NAMES = [
  'HttpFunction',
  'SseFunction',
  'MessageFunction',
  'RegistrationFunction',
  'RegistrationProvider',
  'SweeperFunction',
  'TaskRunnerFunction',
  'AuthorizerFunction',
] as const;
export type ServerFunctionName = (typeof FUNCTION_NAMES)[number];

/** Logical ids of the server functions: the construct's id, the function, and the CDK's hash. */
const FUNCTION = new RegExp(`^(.*?)(${FUNCTION_NAMES.join('|')})[0-9A-F]{8}$`);

/** A resource of a stack. */
interface Resource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

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
    /** The names of the server functions, with the names that Lambda has for them. */
    readonly functionNames: ReadonlyMap<ServerFunctionName, string>,
    private readonly aws: AwsAccess,
  ) {}

  /**
   * Finds the server of a stack.
   * @param url the URL of the server if the stack has several, or another address of its only server, such as that of a CDN
   * @throws Failure if the stack does not exist or has no server, or several of which none has the URL
   */
  static async find(name: string, aws: AwsAccess, url?: URL): Promise<ServerStack> {
    const { Stacks: [stack] = [] } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    const servers = serversOf(stack?.Outputs ?? []);
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
    const functions = functionsOf(await resourcesOf(name, aws), server.prefix);
    return new ServerStack(stack!.StackName!, stack!.StackStatus ?? 'unknown', url ?? server.url, functions, aws);
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

function serversOf(outputs: readonly Output[]): Array<{ readonly prefix?: string; readonly url: URL }> {
  const named = outputs.flatMap(({ OutputKey = '', OutputValue = '' }) => {
    const [, prefix] = MCP_URL.exec(OutputKey) ?? [];
    return prefix !== undefined && URL.canParse(OutputValue) ? [{ prefix, url: new URL(OutputValue) }] : [];
  });
  if (named.length > 0) return named;
  // outputs with another name, such as those of the packaged SAM template
  const urls = outputs.map(({ OutputValue = '' }) => OutputValue).filter((value) => /^https?:.*\/mcp$/.test(value));
  return [...new Set(urls)].map((url) => ({ url: new URL(url) }));
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

/** Finds the functions of the server by their logical ids, which upgrades keep. */
function functionsOf(resources: readonly Resource[], prefix: string | undefined): Map<ServerFunctionName, string> {
  const functions = resources.flatMap(({ logicalId, physicalId, type }) => {
    const [, own, name] = (type === 'AWS::Lambda::Function' && FUNCTION.exec(logicalId)) || [];
    return own === undefined ? [] : [{ own, name: name as ServerFunctionName, physicalId }];
  });
  const own = functions.filter((each) => each.own === prefix || each.own === `${prefix}Mcp`);
  return new Map((own.length > 0 ? own : functions).map(({ name, physicalId }) => [name, physicalId]));
}
