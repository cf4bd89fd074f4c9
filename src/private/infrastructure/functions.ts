import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { LOGS_WRITE, NETWORK_INTERFACES } from './permissions';

/** The runtime of all server functions. Their bundles are compiled for it (scripts/bundle.mjs). */
export const RUNTIME = lambda.Runtime.NODEJS_24_X;

/** Lambda's maximum timeout. */
export const LAMBDA_MAX_TIMEOUT = Duration.minutes(15);

/** The bundles of the server functions; the relative path is the same from src/ and from lib/. */
const HANDLERS = join(__dirname, '..', '..', '..', 'assets', 'lambda');

/** Settings that the functions of one server share. */
export interface HandlerSettings {
  readonly architecture: lambda.Architecture;
  readonly logGroup: logs.ILogGroup;
  readonly tracing: lambda.Tracing;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** Properties of a server function. */
export interface HandlerProps {
  readonly description: string;
  /** The folder of the bundle in assets/lambda. */
  readonly asset: 'authorizer' | 'sse' | 'http' | 'message' | 'registration' | 'sweeper' | 'task-runner';
  /** @default 'index.handler' */
  readonly handler?: string;
  readonly role: iam.IRole;
  readonly timeout: Duration;
  /**
   * The memory size, in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;
  readonly reservedConcurrentExecutions?: number;
  readonly environment: { [name: string]: string | undefined };
  /** How many times Lambda retries a failed asynchronous invocation; 2 by default. */
  readonly retryAttempts?: number;
  /** How long Lambda keeps a throttled asynchronous invocation; 6 hours by default. */
  readonly maxEventAge?: Duration;
  /** Whether the function may invoke itself recursively. */
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/** Defines the role of a server function, with the permissions for its log streams and, in a VPC, its network interfaces. */
export function handlerRole(scope: Construct, id: string, settings: HandlerSettings, description: string): iam.Role {
  const role = new iam.Role(scope, id, { description, assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  allow(role, LOGS_WRITE, settings.logGroup.logGroupArn);
  if (settings.vpc) allow(role, NETWORK_INTERFACES, '*');
  return role;
}

/** Adds a statement to the default policy of a role. */
export function allow(role: iam.IRole, actions: string[], ...resources: string[]): void {
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources }));
}

/** Defines a server function. The library sets its code, runtime and handler. */
export function handlerFunction(
  scope: Construct,
  id: string,
  settings: HandlerSettings,
  props: HandlerProps,
): lambda.Function {
  const { environment, asset, handler = 'index.handler', memorySize = 256, ...rest } = props;
  const present = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new lambda.Function(scope, id, {
    ...settings,
    ...rest,
    runtime: RUNTIME,
    code: lambda.Code.fromAsset(join(HANDLERS, asset)),
    handler,
    memorySize,
    environment: Object.fromEntries(present),
    loggingFormat: lambda.LoggingFormat.JSON,
  });
}
