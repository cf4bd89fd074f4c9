import { type FunctionConfiguration, GetFunctionConfigurationCommand, GetPolicyCommand } from '@aws-sdk/client-lambda';
import { DEFAULTS, ENV, STATEMENT_PREFIX } from '../../../src/private/contract.js';
import type { Registration } from '../../../src/private/registration.js';
import type { AwsAccess } from '../aws-access.js';
import type { Failure } from '../failure.js';
import { type MetricQuery, readMetrics } from '../metrics.js';
import type { ServerStack } from '../server-stack.js';
import {
  type Check,
  type CheckResult,
  count,
  type Fault,
  fault,
  forStack,
  isMissing,
  resultOf,
  stackCheck,
  warning,
} from './check.js';

/** Calls of Lambda at the same time. */
const PARALLEL = 8;
const HOUR_MS = 3_600_000;

/** The Registration API responds, and clients see each registration. */
export const registry: Check = {
  name: 'registry',
  async run(inspection) {
    try {
      const items = await inspection.registrations();
      const faults = items.flatMap((each) => (each.shadowedBy === undefined ? [] : [shadowed(each)]));
      const disabled = items.filter(({ enabled }) => enabled === false).length;
      return resultOf(
        faults,
        `${count(items.length, 'registration')}${disabled > 0 ? `, ${disabled} of them disabled` : ''}`,
      );
    } catch (error) {
      if (isMissing(error)) throw error;
      const { message } = error as Failure;
      if (/returned 40[13]/.test(message)) {
        return { skipped: 'the credentials do not allow reading registrations: docs/iam/read-registrations.json' };
      }
      const cause = 'the Registration function or the registry table fails';
      const fix = `read the errors of the Registration function: ${forStack('tail --errors', inspection)}`;
      return { faults: [fault('registry-unreachable', { evidence: message, cause, fix })] };
    }
  },
};

function shadowed({ id, shadowedBy }: Registration): Fault {
  return warning('registration-shadowed', {
    subject: id,
    evidence: `shadowedBy is ${shadowedBy}`,
    cause: 'a declared resource has the same URI, or a template that matches it: clients do not see this one',
    fix: `remove it, or give it another URI: mcp-lambda unregister ${id}`,
  });
}

/** Each registered function exists, is active, may be invoked by the server, and has a fitting timeout. */
export const functions: Check = stackCheck(
  'functions',
  async ({ stack, aws }, { registrations, now }): Promise<CheckResult> => {
    let items: Registration[];
    try {
      items = await registrations();
    } catch {
      return { skipped: 'the registrations could not be read' };
    }
    const enabled = items.filter((each) => each.enabled !== false);
    const byArn = new Map<string, Registration[]>();
    for (const each of enabled) byArn.set(each.lambdaArn, [...(byArn.get(each.lambdaArn) ?? []), each]);
    const faults: Fault[] = [];
    const unreadable: string[] = [];
    const queue = [...byArn];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [arn, registrations] = next;
        const found = await checkFunction(arn, registrations, stack, aws);
        if (found === 'unreadable') unreadable.push(arn);
        else faults.push(...found);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    faults.push(...(await throttleFaults(byArn, aws, now)));
    const rest = unreadable.length > 0 ? `; ${unreadable.length} of another account or without permission to read` : '';
    faults.sort((a, b) => ((a.subject ?? '') < (b.subject ?? '') ? -1 : 1));
    return resultOf(
      faults,
      `${count(byArn.size - unreadable.length, 'function')} of ${count(enabled.length, 'registration')}${rest}`,
    );
  },
);

async function checkFunction(
  arn: string,
  registrations: readonly Registration[],
  stack: ServerStack,
  aws: AwsAccess,
): Promise<Fault[] | 'unreadable'> {
  const subject = registrations.map(({ id }) => id).join(', ');
  let configuration: FunctionConfiguration;
  try {
    configuration = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: arn }));
  } catch (error) {
    const { name } = error as Error;
    if (name !== 'ResourceNotFoundException') return 'unreadable';
    return [
      fault('function-missing', {
        subject,
        evidence: `Lambda does not have ${arn}`,
        cause: 'the function, or its alias or version, was deleted after it was registered',
        fix: `deploy the function again, or remove the registration: mcp-lambda unregister ${registrations[0]!.id}`,
      }),
    ];
  }
  return [
    ...stateFaults(configuration, subject),
    ...registrations.flatMap((each) => timeoutFaults(configuration, each)),
    ...(await permissionFaults(arn, registrations, stack, aws)),
  ];
}

/** Functions whose invocations were throttled in the last hour. CloudWatch has the metrics of this account and region only. */
async function throttleFaults(
  byArn: ReadonlyMap<string, readonly Registration[]>,
  aws: AwsAccess,
  now: number,
): Promise<Fault[]> {
  const queries = [...byArn.keys()].map((arn): [string, MetricQuery] => {
    const dimensions = { FunctionName: arn.split(':')[6] ?? '' };
    return [arn, { namespace: 'AWS/Lambda', name: 'Throttles', dimensions, statistic: 'Sum' }];
  });
  const throttles = await readMetrics(aws, Object.fromEntries(queries), { start: now - HOUR_MS, end: now });
  return [...byArn].flatMap(([arn, registrations]) => {
    const number = throttles[arn] ?? 0;
    if (number === 0) return [];
    return [
      fault('function-throttled', {
        subject: registrations.map(({ id }) => id).join(', '),
        evidence: `throttled invocations of ${arn} in the last hour: ${number}`,
        cause: 'the reserved concurrency of the function, or the concurrency of the account, is used up',
        fix: 'raise the reserved concurrency of the function, or the quota "Concurrent executions" in Service Quotas',
      }),
    ];
  });
}

function stateFaults(
  { State, StateReason, LastUpdateStatus, LastUpdateStatusReason, FunctionName }: FunctionConfiguration,
  subject: string,
): Fault[] {
  if (State === 'Failed' || State === 'Pending') {
    return [
      fault('function-state', {
        subject,
        evidence: `${FunctionName} has the state ${State}${StateReason ? `: ${StateReason}` : ''}`,
        cause: State === 'Pending' ? 'Lambda still creates the function' : 'Lambda cannot run the function: calls fail',
        fix:
          State === 'Pending'
            ? 'wait, and run doctor again'
            : 'correct what the reason names, and deploy the function again',
      }),
    ];
  }
  if (LastUpdateStatus !== 'Failed') return [];
  return [
    warning('function-update-failed', {
      subject,
      evidence: `the last update of ${FunctionName} failed${LastUpdateStatusReason ? `: ${LastUpdateStatusReason}` : ''}`,
      cause: 'calls run the code before this update',
      fix: 'correct what the reason names, and deploy the function again',
    }),
  ];
}

/** A function that runs longer than its calls wait does work that the caller never sees. */
function timeoutFaults({ Timeout = 3, FunctionName }: FunctionConfiguration, registration: Registration): Fault[] {
  const { id, timeoutSeconds = DEFAULTS.TIMEOUT_SECONDS, taskSupport = 'forbidden' } = registration;
  if (Timeout <= timeoutSeconds || taskSupport !== 'forbidden') return [];
  return [
    warning('timeout-mismatch', {
      subject: id,
      evidence: `${FunctionName} may run for ${Timeout} s, but a call waits ${timeoutSeconds} s`,
      cause: 'a slow call fails for the client while the function continues, and its result is lost',
      fix: `set the timeout of the registration to ${Timeout} s, or that of the function to ${timeoutSeconds} s or less`,
    }),
  ];
}

/** The function permits the server's role, if the Registration API has registered it. */
async function permissionFaults(
  arn: string,
  registrations: readonly Registration[],
  stack: ServerStack,
  aws: AwsAccess,
): Promise<Fault[]> {
  const own = registrations.filter(({ owner }) => owner === 'api');
  const { environment = {} } = (await stack.function('RegistrationFunction')) ?? {};
  const [role, serverId] = [environment[ENV.RUNTIME_ROLE_ARN], environment[ENV.SERVER_ID]];
  if (own.length === 0 || role === undefined) return [];
  const subject = own.map(({ id }) => id).join(', ');
  const fix = `register it again, which adds the statement: mcp-lambda register <file> --replace`;
  const statement = await statementOf(arn, `${STATEMENT_PREFIX}${serverId}`, aws);
  if (statement === 'unreadable') return [];
  if (statement === undefined) {
    return [
      fault('permission-missing', {
        subject,
        evidence: `the policy of ${arn} does not have the statement ${STATEMENT_PREFIX}${serverId}`,
        cause: 'the statement was removed by hand, the owner removed the tag, or the function was created again',
        fix,
      }),
    ];
  }
  const principal = [statement.Principal?.AWS].flat()[0];
  if (principal === role) return [];
  return [
    fault('permission-stale', {
      subject,
      evidence: `the statement ${STATEMENT_PREFIX}${serverId} permits ${principal}, not ${role}`,
      cause: 'the server has a new role, and the statement still permits the one before, which may be deleted',
      fix,
    }),
  ];
}

interface Statement {
  readonly Sid?: string;
  readonly Principal?: { readonly AWS?: string | readonly string[] };
}

async function statementOf(arn: string, sid: string, aws: AwsAccess): Promise<Statement | undefined | 'unreadable'> {
  try {
    const { Policy = '{}' } = await aws.lambda.send(new GetPolicyCommand({ FunctionName: arn }));
    const { Statement = [] } = JSON.parse(Policy) as { Statement?: Statement[] };
    return Statement.find((each) => each.Sid === sid);
  } catch (error) {
    return (error as Error).name === 'ResourceNotFoundException' ? undefined : 'unreadable';
  }
}
