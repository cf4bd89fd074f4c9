import { type Duration, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { invalid } from '../errors';
import { requireInstance } from '../library-types';
import { checkPatterns } from '../registration/registrable';
import { checkCharacters, hiddenCharacterIn } from './characters';
import type { Report } from './checks';
import { FIELDS } from './fields';
import { checkLimits, checkNumber } from './limits';

const SERVER_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/,*?#@]+$/;
/** Longest execution of a Lambda durable function. */
const MAX_TASK_SECONDS = 366 * 86_400;
/** Properties that only have an effect with `legacySse`. */
const SSE_ONLY = ['maxSessions', 'maxSessionDuration', 'sessionIdleTimeout'] as const;

/** Properties that only have an effect with `notifications`. */
const NOTIFICATIONS_ONLY = ['maxListeners', 'maxListenerDuration'] as const;

/** Rejects values that are not instances of the classes of this library. */
export function checkInstances(scope: Construct, props: McpLambdaServerProps): void {
  requireInstance(scope.node.path, 'auth', 'McpAuth', props.auth);
  requireInstance(scope.node.path, 'registrationAuth', 'McpAuth', props.registrationAuth);
  requireInstance(scope.node.path, 'endpoint', 'McpEndpoint', props.endpoint);
  requireInstance(scope.node.path, 'defaultAccess', 'McpAccess', props.defaultAccess);
}

/** Rejects properties that would fail at deployment or have no effect. */
export function checkProps(scope: Construct, props: McpLambdaServerProps): void {
  const { serverName, serverVersion } = props;
  if (serverName !== undefined && !Token.isUnresolved(serverName) && !SERVER_NAME.test(serverName)) {
    throw invalid(
      scope,
      `serverName '${serverName}' must be 1 to 64 of the characters A-Z a-z 0-9 _ . -; use title for a different display name`,
    );
  }
  if (serverVersion !== undefined && (serverVersion.length < 1 || serverVersion.length > 64)) {
    throw invalid(scope, `serverVersion '${serverVersion}' must have 1 to 64 characters`);
  }
  for (const origin of props.allowedOrigins ?? []) {
    if (!Token.isUnresolved(origin) && !ORIGIN.test(origin)) {
      throw invalid(
        scope,
        `allowedOrigins: '${origin}' is not an origin; use scheme and host without a path, such as https://inspector.example.com`,
      );
    }
  }
  for (const name of ['title', 'instructions', 'serverVersion'] as const) {
    const hidden = hiddenCharacterIn(props[name] ?? '');
    if (hidden) throw invalid(scope, `${name} contains the hidden character ${hidden}; remove it`);
  }
  if (props.icons) {
    const report: Report = (path, message) => {
      throw invalid(scope, `icons${path}: ${message}`);
    };
    FIELDS.icons(props.icons, '', report);
    checkCharacters({ ...props.icons }, report);
  }
  checkPatterns(scope, props.registrableFunctions);
  checkNumber(scope, 'memorySize', props.memorySize, 128, 10_240, 'MiB');
  checkNumber(scope, 'maxSessions', props.maxSessions, 1, 10_000, 'sessions');
  checkNumber(scope, 'maxListeners', props.maxListeners, 1, 10_000, 'listeners');
  checkNumber(scope, 'throttlingRateLimit', props.throttlingRateLimit, 1, 10_000, 'requests per second');
  checkNumber(scope, 'throttlingBurstLimit', props.throttlingBurstLimit, 1, 5_000, 'requests');
  checkSeconds(scope, 'maxSessionDuration', props.maxSessionDuration, 60, 840);
  checkSeconds(scope, 'sessionIdleTimeout', props.sessionIdleTimeout, 30, 840);
  checkSeconds(scope, 'taskRetention', props.taskRetention, 60, MAX_TASK_SECONDS);
  if (props.tasks === false && props.taskRetention) {
    throw invalid(scope, 'taskRetention has no effect without tasks; remove it, or do not set tasks to false');
  }
  checkSeconds(scope, 'maxListenerDuration', props.maxListenerDuration, 60, 840);
  const notificationProp = !props.notifications && NOTIFICATIONS_ONLY.find((name) => props[name] !== undefined);
  if (notificationProp) {
    throw invalid(
      scope,
      `${notificationProp} has no effect without notifications; remove it, or set notifications to true`,
    );
  }
  checkLimits(scope, props);
  const sseProp = props.legacySse === false && SSE_ONLY.find((name) => props[name] !== undefined);
  if (sseProp) {
    throw invalid(scope, `${sseProp} has no effect without legacySse; remove it, or do not set legacySse to false`);
  }
}

function checkSeconds(scope: Construct, name: string, value: Duration | undefined, min: number, max: number): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
    throw invalid(scope, `${name} of ${value.toHumanString()} must be whole seconds from ${min} to ${max}`);
  }
}
