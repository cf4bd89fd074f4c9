import { Tokenization } from 'aws-cdk-lib';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import { DEFAULTS, ENV } from '../contract';

/** The interval of calls that a task can make for as long as it is retained, seconds. */
const CALL_SECONDS = 5;
/** The calls that a task can make if it is retained for a short time. */
const MIN_TASK_CALLS = 1_000;

/** Returns the limit of SSE sessions: that of `limits`, or its shorthand. */
export function sessionLimit({ limits, maxSessions }: McpLambdaServerProps): number {
  return limits?.sessions ?? maxSessions ?? DEFAULTS.MAX_SESSIONS;
}

/** Returns the limit of listeners: that of `limits`, or its shorthand. */
export function listenerLimit({ limits, maxListeners }: McpLambdaServerProps): number {
  return limits?.listeners ?? maxListeners ?? DEFAULTS.MAX_LISTENERS;
}

/** The limits that the functions read, if they are not the default. */
export function limitsEnvironment(props: McpLambdaServerProps): { [name: string]: string | undefined } {
  const { limits = {}, taskRetention } = props;
  const retained = taskRetention && Math.max(MIN_TASK_CALLS, Math.ceil(taskRetention.toSeconds() / CALL_SECONDS));
  const { httpSessionsPerHour, tasks, taskCalls = retained } = limits;
  const text = (value: number | undefined) => (value === undefined ? undefined : Tokenization.stringifyNumber(value));
  return {
    [ENV.MAX_HTTP_SESSIONS_PER_HOUR]: text(httpSessionsPerHour),
    [ENV.MAX_TASKS]: text(tasks),
    [ENV.MAX_TASK_CALLS]: text(taskCalls),
    [ENV.CALLER_LIMITS]: limits.caller && JSON.stringify(limits.caller),
  };
}
