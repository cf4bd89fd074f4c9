import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { LOGS_WRITE, NETWORK_INTERFACES } from './permissions';

/** The runtime of every handler, pinned here and nowhere else. The bundles are compiled for it (scripts/bundle.mjs). */
export const RUNTIME = lambda.Runtime.NODEJS_24_X;

/** Memory of the functions that speak MCP unless the user says otherwise, MiB. */
export const MCP_MEMORY_SIZE = 512;

/** Lambda's limit on the run of one function. */
export const LAMBDA_MAX_TIMEOUT = Duration.minutes(15);

/** Where the bundled handlers are, seen from src/private as from lib/private. */
const HANDLERS = join(__dirname, '..', '..', '..', 'assets', 'lambda');

/** What the functions of one server have in common. */
export interface HandlerSettings {
  readonly architecture: lambda.Architecture;
  readonly logGroup: logs.ILogGroup;
  readonly tracing: lambda.Tracing;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** One function. */
export interface HandlerProps {
  readonly description: string;
  /** Folder under assets/lambda. */
  readonly asset: 'sse' | 'http' | 'message' | 'registration' | 'sweeper' | 'task-runner';
  /** @default 'index.handler' */
  readonly handler?: string;
  readonly role: iam.IRole;
  readonly timeout: Duration;
  /**
   * MiB
   *
   * @default 256
   */
  readonly memorySize?: number;
  readonly environment: { [name: string]: string | undefined };
  /** How often Lambda repeats an asynchronous invocation that failed; 2 by default. */
  readonly retryAttempts?: number;
  /** For how long Lambda keeps an asynchronous invocation that finds no room; 6 hours by default. */
  readonly maxEventAge?: Duration;
  /** Whether the function may invoke itself again and again. */
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/** A role for a handler: its log streams, and in a VPC its network interfaces. */
export function handlerRole(scope: Construct, id: string, settings: HandlerSettings, description: string): iam.Role {
  const role = new iam.Role(scope, id, { description, assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  allow(role, LOGS_WRITE, settings.logGroup.logGroupArn);
  if (settings.vpc) allow(role, NETWORK_INTERFACES, '*');
  return role;
}

/** Adds one statement to a role's own policy. */
export function allow(role: iam.IRole, actions: string[], ...resources: string[]): void {
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources }));
}

/** A function whose code, runtime and handler are the library's, and not the user's to change. */
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
