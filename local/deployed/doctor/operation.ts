import { type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { paginateListQueues } from '@aws-sdk/client-sqs';
import { DEFAULTS, ENV, METRICS } from '../../../src/private/contract.js';
import { parseLine, readEvents } from '../audit-log.js';
import { duration } from '../durations.js';
import { SessionTable } from '../open-sessions.js';
import { type FunctionMetrics, readFunctionMetrics, readServerMetrics } from '../server-metrics.js';
import { count, type Fault, fault, type Inspection, resultOf, stackCheck, warning } from './check.js';

type Deployed = NonNullable<Inspection['deployed']>;

/** Lines about calls that Lambda refused. */
const NOT_INVOKED = 'a registered function cannot be invoked';
/** Why Lambda refuses a call, and what to do. */
const REFUSALS = {
  throttled: {
    cause: 'Lambda throttled a call in the last hour: the concurrency of the function or of the account is used up',
    fix: 'raise the reserved concurrency of the function, or the quota "Concurrent executions" in Service Quotas',
  },
  other: {
    cause:
      'Lambda refused a call in the last hour: the permission or the function is missing, or its role was replaced',
    fix: 'follow the finding about this function; in another account, its owner permits the runtime role',
  },
} as const;
const HOUR_MS = 3_600_000;
/** A session lasts 15 minutes at most, and the sweeper runs every 15 minutes. */
const UNSWEPT_MS = 40 * 60_000;
/** A lease that expired so long ago should have been swept. */
const UNSWEPT_LEASE_MS = 20 * 60_000;
/** Share of the account's concurrency that the server's streams may take. */
const HEADROOM = 0.8;

const readMetrics = new WeakMap<Deployed, Promise<FunctionMetrics[]>>();

/** Lambda's metrics of the server functions in the last hour, which two checks need: CloudWatch charges for each read. */
function functionMetrics(deployed: Deployed, now: number): Promise<FunctionMetrics[]> {
  const read =
    readMetrics.get(deployed) ?? readFunctionMetrics(deployed.stack, deployed.aws, { start: now - HOUR_MS, end: now });
  readMetrics.set(deployed, read);
  return read;
}

/** The stack is in a stable state. */
export const stackState = stackCheck('stack', async ({ stack }) => {
  if (!/FAILED|ROLLBACK_COMPLETE$/.test(stack.status) || stack.status === 'UPDATE_ROLLBACK_COMPLETE') {
    return { ok: `${stack.name} is ${stack.status}` };
  }
  const evidence = `${stack.name} has the status ${stack.status}`;
  const cause = 'a deployment failed, and CloudFormation could not return to the state before';
  const fix = `read the reason: aws cloudformation describe-stack-events --stack-name ${stack.name}`;
  return { faults: [fault('stack-failed', { evidence, cause, fix })] };
});

/** The server functions neither fail nor are throttled. */
export const functionErrors = stackCheck('server functions', async (deployed, { now }) => {
  const { stack } = deployed;
  const metrics = await functionMetrics(deployed, now);
  const faults = metrics.flatMap(({ name, errors, throttles, invocations }): Fault[] => [
    ...(throttles === 0
      ? []
      : [
          fault('function-throttled', {
            subject: name,
            evidence: `throttled invocations in the last hour: ${throttles}`,
            cause: 'the reserved concurrency of the function, or the concurrency of the account, is used up',
            fix: 'raise the reserved concurrency (limits), or the quota "Concurrent executions" in Service Quotas',
          }),
        ]),
    ...(errors === 0
      ? []
      : [
          fault('function-errors', {
            subject: name,
            evidence: `failed invocations in the last hour: ${errors} of ${invocations}`,
            cause: 'the function crashed, ran out of memory or time, or lacks a permission',
            fix: `read its errors: mcp-lambda tail --errors --stack ${stack.name}`,
          }),
        ]),
  ]);
  const total = metrics.reduce((sum, each) => sum + each.invocations, 0);
  return resultOf(faults, `${count(total, 'invocation')} in the last hour, none failed or was throttled`);
});

/** Calls of registered functions do not fail for a missing permission. */
export const invocations = stackCheck('invocations', async ({ stack, aws }, { now }) => {
  const byRegistration = new Map<string, string>();
  const range = { start: now - HOUR_MS };
  const pattern = `{ $.message = "${NOT_INVOKED}" }`;
  for await (const { message: text = '' } of readEvents(aws, await stack.logGroup(), pattern, range)) {
    const { message, registration = '?', error } = parseLine(text) ?? {};
    if (message !== NOT_INVOKED) continue;
    byRegistration.set(registration, `${error?.name ?? 'error'}: ${error?.message ?? ''}`);
  }
  const faults = [...byRegistration].map(([subject, evidence]) =>
    fault('function-not-invoked', {
      subject,
      evidence,
      ...REFUSALS[/^TooManyRequests/.test(evidence) ? 'throttled' : 'other'],
    }),
  );
  return resultOf(faults, 'Lambda refused no call of a registered function in the last hour');
});

/** The sweeper removes what killed functions left behind. */
export const sweeping = stackCheck('queues', async (deployed, { now, server }) => {
  const { stack, aws } = deployed;
  const http = await stack.httpFunction();
  const serverId = http.environment[ENV.SERVER_ID] ?? '';
  const old: string[] = [];
  for await (const { QueueUrls = [] } of paginateListQueues(
    { client: aws.sqs, pageSize: 1000 },
    { QueueNamePrefix: `${serverId}-` },
  )) {
    old.push(...QueueUrls.filter((url) => now - createdAt(url) > UNSWEPT_MS));
  }
  const table = new SessionTable(aws.dynamoDb, http.environment[ENV.SESSION_TABLE] ?? '');
  const lost = (await table.list(now - UNSWEPT_LEASE_MS)).expired;
  const faults: Fault[] = [];
  const cause = 'the sweeper does not run, or fails';
  const fix = `check the schedule and the errors of the SweeperFunction: mcp-lambda status --stack ${stack.name}`;
  if (old.length > 0) {
    const oldest = duration(now - Math.min(...old.map(createdAt)));
    const evidence = `${count(old.length, 'session queue')} older than ${duration(UNSWEPT_MS)}, the oldest ${oldest}`;
    faults.push(fault('queues-not-swept', { evidence, cause, fix }));
  }
  if (lost.length > 0) {
    const evidence = `${count(lost.length, 'session record')} expired more than ${duration(UNSWEPT_LEASE_MS)} ago`;
    faults.push(fault('sessions-not-swept', { evidence, cause, fix }));
  }
  if (!server.isLocal && faults.length === 0) {
    const sweeper = (await functionMetrics(deployed, now)).find(({ name }) => name === 'SweeperFunction');
    if (sweeper?.invocations === 0) {
      const evidence = 'the SweeperFunction was not invoked in the last hour';
      faults.push(fault('sweeper-not-running', { evidence, cause: 'its schedule is disabled or was deleted', fix }));
    }
  }
  return resultOf(faults, 'no session queue or record is left over');
});

/** When a session queue was created: its name has the seconds in base 36. */
function createdAt(url: string): number {
  const [, seconds] = /-([0-9a-z]{6,7})-[0-9a-z]{25}\.fifo$/.exec(url) ?? [];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(seconds, 36) * 1000;
}

/** Alarms watch the server, notify, and are quiet. */
export const alarms = stackCheck('alarms', async ({ stack, aws }) => {
  const { name } = await stack.serverInfo();
  const functionNames = new Set(stack.functionNames.values());
  const own: MetricAlarm[] = [];
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: aws.cloudWatch }, {})) {
    own.push(...MetricAlarms.filter((alarm) => watches(alarm, name, functionNames)));
  }
  if (own.length === 0) {
    const evidence = `none of the alarms of this region reads a metric of ${name}`;
    const fix = 'add alarms: docs/guides/operate.md#alarms-and-a-dashboard';
    return { faults: [warning('no-alarms', { evidence, cause: 'no one is notified when the server fails', fix })] };
  }
  const faults = own.filter(({ StateValue }) => StateValue === 'ALARM').map(activeAlarm);
  const disabled = own.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  const without = own.filter(({ AlarmActions = [] }) => AlarmActions.length === 0);
  if (disabled.length > 0) faults.push(silentAlarms(disabled, 'with disabled actions'));
  if (without.length > 0) faults.push(silentAlarms(without, 'without actions'));
  return resultOf(faults, `${count(own.length, 'alarm')} with actions, none active`);
});

function activeAlarm({ AlarmName, AlarmDescription = '', StateReason }: MetricAlarm): Fault {
  const [runbook] = /https:\S+/.exec(AlarmDescription) ?? [];
  return fault('alarm-active', {
    subject: AlarmName,
    evidence: StateReason ?? 'its state is ALARM',
    cause: 'a metric has crossed its threshold',
    fix: runbook
      ? `follow its runbook: ${runbook}`
      : 'see the table of metrics in docs/guides/operate.md for what it indicates',
  });
}

function silentAlarms(alarms: readonly MetricAlarm[], evidence: string): Fault {
  return fault('alarm-without-action', {
    subject: alarms.map(({ AlarmName }) => AlarmName).join(', '),
    evidence: `${count(alarms.length, 'alarm')} ${evidence}`,
    cause: 'they notify no one',
    fix: 'pass a topic to addAlarms(), or add an action: alarm.addAlarmAction(new actions.SnsAction(topic))',
  });
}

function watches(
  { Namespace, Dimensions = [], Metrics = [] }: MetricAlarm,
  server: string,
  functions: ReadonlySet<string>,
): boolean {
  const metrics = [
    { Namespace, Dimensions },
    ...Metrics.flatMap(({ MetricStat }) => (MetricStat?.Metric ? [MetricStat.Metric] : [])),
  ];
  return metrics.some(({ Dimensions: dimensions = [] }) =>
    dimensions.some(
      ({ Name, Value = '' }) =>
        (Name === METRICS.DIMENSION_SERVER && Value === server) || (Name === 'FunctionName' && functions.has(Value)),
    ),
  );
}

/** The account has room for the streams that the server allows. */
export const quota = stackCheck('quota', async ({ stack, aws }) => {
  const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}));
  const available = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
  if (available === undefined) return { skipped: 'Lambda did not return the quota' };
  const [http, sse] = [await stack.httpFunction(), await stack.function('SseFunction')];
  const listeners = http.environment[ENV.NOTIFICATIONS]
    ? Number(http.environment[ENV.MAX_LISTENERS] ?? DEFAULTS.MAX_LISTENERS)
    : 0;
  const sessions = sse ? Number(sse.environment[ENV.MAX_SESSIONS] ?? DEFAULTS.MAX_SESSIONS) : 0;
  const streams = sessions + listeners;
  if (streams <= available * HEADROOM) {
    return { ok: `${streams} streams at most, of ${available} unreserved concurrent executions` };
  }
  const evidence = `${sessions} sessions and ${listeners} listeners may be open, of ${available} unreserved concurrent executions`;
  const cause = 'open streams occupy functions: with all of them open, calls of this and other functions are throttled';
  const fix = 'raise the quota "Concurrent executions" in Service Quotas, or lower maxSessions and maxListeners';
  return { faults: [fault('quota-headroom', { evidence, cause, fix })] };
});

/** Counters of the server that are 0 while all is well. */
export const counters = stackCheck('counters', async ({ stack, aws }, { now }) => {
  const metrics = await readServerMetrics(stack, aws, { start: now - HOUR_MS, end: now });
  const causes: Array<[value: number | undefined, id: string, metric: string, cause: string, fix: string]> = [
    [
      metrics.sessionsRejected,
      'sessions-rejected',
      METRICS.SESSIONS_REJECTED,
      'maxSessions sessions are open',
      'raise maxSessions, or move clients to /mcp',
    ],
    [
      metrics.listenersRejected,
      'listeners-rejected',
      METRICS.LISTENERS_REJECTED,
      'maxListeners listeners are open',
      'raise maxListeners',
    ],
    [
      metrics.permissionsNotRenewed,
      'permissions-not-renewed',
      METRICS.PERMISSIONS_NOT_RENEWED,
      'functions cannot be invoked after the runtime role was replaced',
      'the log names the functions: register them again',
    ],
    [
      metrics.callsNotCounted,
      'calls-not-counted',
      METRICS.CALLS_NOT_COUNTED,
      'the session table did not respond in time: calls ran without limits',
      'check the throttles of the session table',
    ],
    [
      metrics.validationsStopped,
      'validations-stopped',
      METRICS.VALIDATIONS_STOPPED,
      'a schema takes too long to validate',
      'the log names the registration and the keyword: simplify it',
    ],
  ];
  const faults = causes.flatMap(([value = 0, id, metric, cause, fix]) =>
    value === 0 ? [] : [warning(id, { evidence: `${metric} is ${value} in the last hour`, cause, fix })],
  );
  return resultOf(faults, 'no sessions, listeners or validations were refused in the last hour');
});
