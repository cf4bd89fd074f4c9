import { CfnOutput, Duration, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENV, EVENTS } from '../contract';
import { allow } from './functions';
import { needHttpSessions } from './http-sessions';
import { EVENT_PUBLISH, KEY_WRITE, SESSION_HTTP } from './permissions';
import { allowKey, type ServerContext } from './server-context';

const DEFAULT_MAX_LISTENERS = 50;
const DEFAULT_LISTENER_DURATION = Duration.minutes(14);

/** The functions that tell clients of changes. */
export interface NotifyingFunctions {
  readonly httpFunction: lambda.Function;
  readonly sseFunction?: lambda.Function;
}

/** Lets clients listen for changes: those of 2025 in sessions, which come with it unless the user does not want any. */
export function defineNotifications(scope: Construct, context: ServerContext, functions: NotifyingFunctions): void {
  const { props, runtimeRole, sessionTable } = context;
  if (!props.notifications) return;
  const { httpFunction, sseFunction } = functions;
  const environment = {
    [ENV.NOTIFICATIONS]: 'on',
    [ENV.MAX_LISTENERS]: Tokenization.stringifyNumber(props.maxListeners ?? DEFAULT_MAX_LISTENERS),
    [ENV.MAX_LISTENER_SECONDS]: String((props.maxListenerDuration ?? DEFAULT_LISTENER_DURATION).toSeconds()),
  };
  for (const [name, value] of Object.entries(environment)) httpFunction.addEnvironment(name, value);
  sseFunction?.addEnvironment(ENV.NOTIFICATIONS, 'on');
  needHttpSessions(scope);
  // sessions of either kind take it as well
  if (!sseFunction && props.sessions === false) allow(runtimeRole, SESSION_HTTP, sessionTable.tableArn);
  new CfnOutput(scope, 'SessionTableName', { value: sessionTable.tableName });
}

/** Lets somebody publish resource updates: writes to the session table, to no other items than events. */
export function allowPublishing(grantee: iam.IGrantable, context: ServerContext): iam.Grant {
  const { sessionTable, props } = context;
  allowKey(props.encryptionKey, grantee, KEY_WRITE);
  return iam.Grant.addToPrincipal({
    grantee,
    actions: EVENT_PUBLISH,
    resourceArns: [sessionTable.tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [EVENTS.PARTITION] } },
  });
}
