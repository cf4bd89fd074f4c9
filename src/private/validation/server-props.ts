import { type Duration, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { invalid } from '../errors';
import { checkPatterns } from '../registration/registrable';
import { FIELDS } from './fields';

const SERVER_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/,*?#@]+$/;
/** The longest that a durable function of Lambda may run. */
const MAX_TASK_SECONDS = 366 * 86_400;
/** Properties that mean something with `legacySse` only. */
const SSE_ONLY = ['maxSessions', 'maxSessionDuration', 'sessionIdleTimeout'] as const;

/** Properties that mean something with `notifications` only. */
const LISTENERS_ONLY = ['maxListeners', 'maxListenerDuration'] as const;

/** Refuses what would fail at deployment, or silently do something else. */
export function checkProps(scope: Construct, props: McpLambdaServerProps): void {
  const { serverName, serverVersion } = props;
  if (serverName !== undefined && !Token.isUnresolved(serverName) && !SERVER_NAME.test(serverName)) {
    throw invalid(
      scope,
      `serverName '${serverName}' must be 1 to 64 of the characters A-Z a-z 0-9 _ . -; write it as title to show something else`,
    );
  }
  if (serverVersion !== undefined && (serverVersion.length < 1 || serverVersion.length > 64)) {
    throw invalid(scope, `serverVersion '${serverVersion}' must have 1 to 64 characters`);
  }
  for (const origin of props.allowedOrigins ?? []) {
    if (!Token.isUnresolved(origin) && !ORIGIN.test(origin)) {
      throw invalid(
        scope,
        `allowedOrigins: '${origin}' is no origin; write scheme and host, such as https://inspector.example.com, without a path`,
      );
    }
  }
  if (props.icons) {
    FIELDS.icons(props.icons, '', (path, message) => {
      throw invalid(scope, `icons${path}: ${message}`);
    });
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
    throw invalid(scope, 'taskRetention has no effect without tasks; leave it out, or do not set tasks to false');
  }
  checkSeconds(scope, 'maxListenerDuration', props.maxListenerDuration, 60, 840);
  const unheard = !props.notifications && LISTENERS_ONLY.find((name) => props[name] !== undefined);
  if (unheard)
    throw invalid(scope, `${unheard} has no effect without notifications; leave it out, or set notifications to true`);
  const stray = props.legacySse === false && SSE_ONLY.find((name) => props[name] !== undefined);
  if (stray)
    throw invalid(scope, `${stray} has no effect without legacySse; leave it out, or do not set legacySse to false`);
}

function checkNumber(
  scope: Construct,
  name: string,
  value: number | undefined,
  min: number,
  max: number,
  unit: string,
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(scope, `${name} ${value} must be a whole number of ${unit} from ${min} to ${max}`);
  }
}

function checkSeconds(scope: Construct, name: string, value: Duration | undefined, min: number, max: number): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
    throw invalid(scope, `${name} of ${value.toHumanString()} must be whole seconds from ${min} to ${max}`);
  }
}
