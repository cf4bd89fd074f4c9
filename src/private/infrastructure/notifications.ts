import { CfnOutput, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { DEFAULTS, ENV, EVENTS } from '../contract';
import { allow } from './functions';
import type { HttpSessions } from './http-sessions';
import { listenerLimit } from './limits';
import { EVENT_PUBLISH, KEY_WRITE, SESSION_HTTP } from './permissions';
import { allowKey, type ServerContext } from './server-context';

/** The parts of a server that send notifications. */
export interface NotifyingParts {
  readonly httpFunction: lambda.Function;
  readonly sseFunction?: lambda.Function;
  readonly sessions: HttpSessions;
}

/** Turns on notifications, and with them the sessions of 2025 clients, unless the server's owner has turned those off. */
export function defineNotifications(scope: Construct, context: ServerContext, parts: NotifyingParts): void {
  const { props, runtimeRole, sessionTable } = context;
  if (!props.notifications) return;
  const { httpFunction, sseFunction, sessions } = parts;
  const environment = {
    [ENV.NOTIFICATIONS]: 'on',
    [ENV.MAX_LISTENERS]: Tokenization.stringifyNumber(listenerLimit(props)),
    [ENV.MAX_LISTENER_SECONDS]: String(props.maxListenerDuration?.toSeconds() ?? DEFAULTS.MAX_LISTENER_SECONDS),
  };
  for (const [name, value] of Object.entries(environment)) httpFunction.addEnvironment(name, value);
  sseFunction?.addEnvironment(ENV.NOTIFICATIONS, 'on');
  sessions.require();
  // included in the permissions of sessions
  if (!sseFunction && props.sessions === false) allow(runtimeRole, SESSION_HTTP, sessionTable.tableArn);
  new CfnOutput(scope, 'SessionTableName', { value: sessionTable.tableName });
}

/** Allows a grantee to publish resource updates: to write the event items of the session table, and no other items. */
export function allowPublishing(grantee: iam.IGrantable, context: ServerContext): iam.Grant {
  const { sessionTable, props } = context;
  allowKey(props.encryptionKey, grantee, KEY_WRITE, 'dynamodb');
  return iam.Grant.addToPrincipal({
    grantee,
    actions: EVENT_PUBLISH,
    resourceArns: [sessionTable.tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [EVENTS.PARTITION] } },
  });
}
