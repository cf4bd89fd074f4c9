import { Duration, Lazy, Stack, type TagManager, Tokenization } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { DEFAULTS, ENV } from '../contract';
import { allow, handlerFunction, handlerRole } from './functions';
import { sessionLimit } from './limits';
import { KEY_SEND, QUEUE_OWN, QUEUE_SEND, SESSION_CHECK } from './permissions';
import { allowKey, type ServerContext } from './server-context';

/** The part of the function's timeout that is reserved for closing a session. */
const CLOSE_TIME = Duration.minutes(1);

/** The additional functions that serve HTTP+SSE clients. */
export interface LegacySse {
  readonly sseFunction: lambda.Function;
  readonly messageFunction: lambda.Function;
}

/** Defines the SSE function and the Message function. */
export function defineLegacySse(scope: Construct, context: ServerContext, tags: TagManager): LegacySse {
  const { props, settings, serverId, runtimeRole, sessionTable } = context;
  const key = props.encryptionKey;
  const environment = { ...context.environment, [ENV.SESSION_TABLE]: sessionTable.tableName };
  const queues = queuesOf(scope, serverId);

  allow(runtimeRole, QUEUE_OWN, queues);
  const maxDuration = props.maxSessionDuration ?? Duration.seconds(DEFAULTS.MAX_SESSION_SECONDS);
  const sseFunction = handlerFunction(scope, 'SseFunction', settings, {
    description: `MCP server ${context.serverName}: HTTP+SSE sessions`,
    asset: 'sse',
    role: runtimeRole,
    timeout: maxDuration.plus(CLOSE_TIME),
    memorySize: props.memorySize ?? DEFAULTS.MEMORY_SIZE,
    environment: {
      ...context.mcpEnvironment,
      ...sessionLimits(context),
      [ENV.MAX_SESSION_SECONDS]: String(maxDuration.toSeconds()),
      // lazy: tags can be added until synthesis
      [ENV.QUEUE_TAGS]: Stack.of(scope).toJsonString(Lazy.any({ produce: () => tags.tagValues() })),
      [ENV.QUEUE_KEY_ARN]: key?.keyArn,
    },
  });

  const messageRole = handlerRole(scope, 'MessageRole', settings, 'MCP server: sends messages to sessions');
  allow(messageRole, SESSION_CHECK, sessionTable.tableArn);
  allow(messageRole, QUEUE_SEND, queues);
  allowKey(key, messageRole, KEY_SEND, 'dynamodb', 'sqs');
  const messageFunction = handlerFunction(scope, 'MessageFunction', settings, {
    description: `MCP server ${context.serverName}: messages for HTTP+SSE sessions`,
    asset: 'message',
    role: messageRole,
    timeout: Duration.seconds(15),
    environment,
  });
  return { sseFunction, messageFunction };
}

/** The ARN pattern of the session queues of a server. */
export function queuesOf(scope: Construct, serverId: string): string {
  return Stack.of(scope).formatArn({ service: 'sqs', resource: `${serverId}-*` });
}

function sessionLimits({ props }: ServerContext) {
  return {
    [ENV.MAX_SESSIONS]: Tokenization.stringifyNumber(sessionLimit(props)),
    [ENV.IDLE_SECONDS]: String(props.sessionIdleTimeout?.toSeconds() ?? DEFAULTS.IDLE_SECONDS),
    [ENV.PING_SECONDS]: String(DEFAULTS.PING_SECONDS),
  };
}
