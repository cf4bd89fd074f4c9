import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { McpAuth } from '../../auth';
import type { McpCallerLimits, McpLimits } from '../../limits';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { invalid } from '../errors';
import { listenerLimit } from '../infrastructure/limits';
import { callLimit } from './call-limit';

/** The highest reserved concurrency of a function, a limit of this library. */
export const MAX_RESERVED_CONCURRENCY = 100_000;

/** The highest value of each limit, with its unit. */
const RANGES: { readonly [name in Exclude<keyof McpLimits, 'caller'>]-?: readonly [number, string] } = {
  sessions: [10_000, 'sessions'],
  listeners: [10_000, 'listeners'],
  httpSessionsPerHour: [1_000_000, 'sessions'],
  tasks: [10_000, 'tasks'],
  taskCalls: [10_000_000, 'calls'],
  reservedConcurrency: [MAX_RESERVED_CONCURRENCY, 'executions'],
};
const SHORTHANDS = { sessions: 'maxSessions', listeners: 'maxListeners' } as const;

/** Rejects limits that are out of range, have no effect or are set twice. */
export function checkLimits(scope: Construct, props: McpLambdaServerProps): void {
  const { limits } = props;
  if (!limits) return;
  for (const [name, [max, unit]] of Object.entries(RANGES)) {
    checkNumber(scope, `limits.${name}`, limits[name as keyof typeof RANGES], 1, max, unit);
  }
  for (const [name, shorthand] of Object.entries(SHORTHANDS)) {
    if (limits[name as keyof McpLimits] !== undefined && props[shorthand] !== undefined) {
      throw invalid(scope, `${shorthand} and limits.${name} are the same limit; remove one of them`);
    }
  }
  const without: Array<[keyof McpLimits, boolean, string]> = [
    ['sessions', props.legacySse === false, 'legacySse; remove it, or do not set legacySse to false'],
    ['listeners', !props.notifications, 'notifications; remove it, or set notifications to true'],
    ['httpSessionsPerHour', props.sessions === false, 'sessions; remove it, or do not set sessions to false'],
    ['tasks', props.tasks === false, 'tasks; remove it, or do not set tasks to false'],
  ];
  for (const [name, off, feature] of without) {
    if (off && limits[name] !== undefined) throw invalid(scope, `limits.${name} has no effect without ${feature}`);
  }
  if (limits.caller) {
    checkCallerLimits(scope, 'limits.caller', limits.caller);
    requireIdentity(scope, 'limits.caller', props.auth);
  }
  checkConcurrency(scope, props, 'limits.reservedConcurrency', limits.reservedConcurrency);
}

function checkCallerLimits(scope: Construct, name: string, limits: McpCallerLimits): void {
  callLimit(limits, '', (path, message) => {
    throw invalid(scope, `${name}${path.replaceAll('/', '.')} ${message}`);
  });
}

/** Rejects limits per caller if callers have no identity. */
export function requireIdentity(scope: Construct, name: string, auth: McpAuth | undefined): void {
  if (auth?._identity().kinds.length === 0) {
    throw invalid(
      scope,
      `${name} requires callers with an identity, which McpAuth.none() does not have; use another auth`,
    );
  }
}

/**
 * Rejects a reserved concurrency that listeners can use up: they hold executions for minutes, and the server would answer nothing else.
 *
 * @param name the property that has the reserved concurrency
 */
export function checkConcurrency(
  scope: Construct,
  props: McpLambdaServerProps,
  name: string,
  reserved: number | undefined,
): void {
  const listeners = listenerLimit(props);
  if (reserved === undefined || !props.notifications || Token.isUnresolved(reserved) || Token.isUnresolved(listeners)) {
    return;
  }
  if (reserved <= listeners) {
    const limit = props.maxListeners === undefined ? 'limits.listeners' : 'maxListeners';
    throw invalid(
      scope,
      `${name} ${reserved} must be higher than the ${listeners} listeners, which each occupy an execution; raise it, or lower ${limit}`,
    );
  }
}

/** Rejects a number that is not a whole number in a range. */
export function checkNumber(
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
