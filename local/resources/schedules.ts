import { randomUUID } from 'node:crypto';
import { judge, judgeService } from '../services/iam/judge.js';
import type { LambdaService } from '../services/lambda/service.js';
import { checkAssumable } from './iam.js';
import { putType, type ResourceContext } from './resource-type.js';

/** A schedule of the templates. */
export interface Schedule {
  /** Construct-independent name: stack and logical id. */
  readonly id: string;
  /** As in the template: `rate(15 minutes)`, `cron(…)`. */
  readonly expression: string;
  readonly enabled: boolean;
  /** Makes the call now, if the template permits it. */
  fire(): Promise<void>;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The schedules, and the timers of those that go by a rate; `cron` ones fire only when they are asked to. */
export class Schedules {
  private readonly schedules = new Map<string, Schedule>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly onError: (message: string) => void) {}

  get all(): Schedule[] {
    return [...this.schedules.values()];
  }

  put(schedule: Schedule): void {
    this.remove(schedule.id);
    this.schedules.set(schedule.id, schedule);
    const period = rateMs(schedule.expression);
    if (!schedule.enabled || !period) return;
    const fire = () => void schedule.fire().catch((error: Error) => this.onError(`${schedule.id}: ${error.message}`));
    this.timers.set(schedule.id, setInterval(fire, period).unref());
  }

  remove(id: string): void {
    clearInterval(this.timers.get(id));
    this.timers.delete(id);
    this.schedules.delete(id);
  }

  close(): void {
    for (const id of [...this.schedules.keys()]) this.remove(id);
  }
}

/** The period of a `rate(…)` expression in milliseconds; undefined for others. */
export function rateMs(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return unit ? Number(count) * UNIT_MS[unit] : undefined;
}

/** `AWS::Events::Rule` with a schedule; one with an event pattern has nothing to match here. */
export const eventsRule = putType(
  (context) => {
    const { properties, services, stack, path } = context;
    const name: string = properties.Name ?? context.physicalName();
    const arn = context.arn('events', `rule/${name}`);
    if (!properties.ScheduleExpression) {
      services.warn(`${path} waits for events, of which there are none here`);
    } else {
      services.schedules.put({
        id: scheduleId(context),
        expression: properties.ScheduleExpression,
        enabled: properties.State !== 'DISABLED',
        fire: async () => {
          for (const { Arn, Input } of properties.Targets ?? []) {
            const request = {
              action: 'lambda:InvokeFunction',
              resource: Arn,
              context: { 'aws:SourceArn': arn, 'aws:SourceAccount': stack.environment.accountId },
            };
            const decision = judgeService('events.amazonaws.com', request, policyOf(services.lambda, Arn));
            if (!decision.allowed) throw new Error(`events.amazonaws.com may not invoke ${Arn}, ${decision.because}`);
            await run(services.lambda, Arn, Input ?? JSON.stringify(scheduledEvent(context, arn)));
          }
        },
      });
    }
    return { physicalId: name, attributes: { Arn: arn } };
  },
  (context) => context.services.schedules.remove(scheduleId(context)),
);

/** `AWS::Scheduler::Schedule`. */
export const schedulerSchedule = putType(
  (context) => {
    const { properties, services } = context;
    const { Arn, RoleArn, Input } = properties.Target;
    const name: string = properties.Name ?? context.physicalName();
    services.schedules.put({
      id: scheduleId(context),
      expression: properties.ScheduleExpression,
      enabled: properties.State !== 'DISABLED',
      fire: async () => {
        const roleName = checkAssumable(context, RoleArn, 'scheduler.amazonaws.com');
        const caller = services.iam.roleCaller(roleName, name)!;
        const decision = judge(caller, { action: 'lambda:InvokeFunction', resource: Arn, context: {} });
        if (!decision.allowed) throw new Error(`${caller.sessionArn} may not invoke ${Arn}, ${decision.because}`);
        await run(services.lambda, Arn, Input ?? '{}');
      },
    });
    return { physicalId: name, attributes: { Arn: context.arn('scheduler', `schedule/default/${name}`) } };
  },
  (context) => context.services.schedules.remove(scheduleId(context)),
);

function scheduleId({ stack, logicalId }: ResourceContext): string {
  return `${stack.name}/${logicalId}`;
}

/** What EventBridge sends by schedule. */
function scheduledEvent({ stack }: ResourceContext, ruleArn: string) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: stack.environment.accountId,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region: stack.environment.region,
    resources: [ruleArn],
    detail: {},
  };
}

function policyOf(lambda: LambdaService, arn: string) {
  return { Statement: lambda.policies.statements(lambda.target(arn)) };
}

async function run(lambda: LambdaService, arn: string, input: string): Promise<void> {
  const invocation = await lambda.invoke(arn, Buffer.from(input));
  invocation.body.resume();
  const error = await invocation.ended;
  if (error) throw new Error(`${arn} failed: ${error.payload.toString()}`);
}
