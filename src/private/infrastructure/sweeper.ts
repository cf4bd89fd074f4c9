import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENV, REGISTRY } from '../contract';
import { allowRevoking } from '../registration/registrable';
import { allow, handlerFunction, handlerRole } from './functions';
import { queuesOf } from './legacy-sse';
import {
  FUNCTION_RECORDS,
  FUNCTION_TAGS,
  KEY_WRITE,
  QUEUE_LIST,
  QUEUE_SWEEP,
  REGISTRY_LIST,
  SESSION_SWEEP,
} from './permissions';
import { allowKey, type ServerContext } from './server-context';

const SWEEP_INTERVAL = Duration.minutes(15);

/**
 * Defines the sweeper. It ends permissions that owners of functions have withdrawn or that no registration uses, and removes what stopped
 * sessions left behind.
 *
 * @param hasSse whether the server has SSE sessions
 */
export function defineSweeper(scope: Construct, context: ServerContext, hasSse: boolean): lambda.Function {
  const { props, settings, serverId, serverName, registryTable, runtimeRole, sessionTable } = context;
  const role = handlerRole(scope, 'SweeperRole', settings, 'MCP server: removes queues and records of ended sessions');
  if (hasSse) {
    allow(role, SESSION_SWEEP, sessionTable.tableArn);
    allow(role, QUEUE_LIST, '*');
    allow(role, QUEUE_SWEEP, queuesOf(scope, serverId));
    allowKey(props.encryptionKey, role, KEY_WRITE, 'dynamodb');
  }
  allow(role, REGISTRY_LIST, registryTable.tableArn);
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: FUNCTION_RECORDS,
      resources: [registryTable.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [REGISTRY.FUNCTION] } },
    }),
  );
  allowKey(registryTable.encryptionKey, role, KEY_WRITE, 'dynamodb');
  // with patterns, the functions need no tag
  if (!props.registrableFunctions) {
    allow(role, FUNCTION_TAGS, Stack.of(scope).formatArn({ service: 'lambda', resource: 'function:*' }));
  }
  allowRevoking(role, runtimeRole.roleArn);
  const sweeper = handlerFunction(scope, 'SweeperFunction', settings, {
    description: `MCP server ${serverName}: removes queues and records of ended sessions`,
    asset: 'sweeper',
    role,
    timeout: Duration.seconds(60),
    environment: {
      ...context.environment,
      [ENV.SESSION_TABLE]: hasSse ? sessionTable.tableName : undefined,
      [ENV.REGISTRY_TABLE]: registryTable.tableName,
      [ENV.REGISTRABLE_FUNCTIONS]:
        props.registrableFunctions && Stack.of(scope).toJsonString(props.registrableFunctions),
    },
  });
  new events.Rule(scope, 'SweepSchedule', {
    description: `MCP server ${serverName}: sweep schedule`,
    schedule: events.Schedule.rate(SWEEP_INTERVAL),
    targets: [new targets.LambdaFunction(sweeper)],
  });
  return sweeper;
}
