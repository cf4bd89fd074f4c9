import { randomUUID } from 'node:crypto';
import { evaluateAccess, evaluateServiceAccess } from '../services/iam/evaluator.js';
import type { LambdaService } from '../services/lambda/service.js';
import { assertAssumable } from './iam.js';
import { type ResourceContext, upsertType } from './resource-type.js';

/** `AWS::Events::Rule` with a schedule. Event patterns are not supported. */
export const eventsRule = upsertType(
  (context) => {
    const { properties, services, stack } = context;
    const name: string = properties.Name ?? context.physicalName();
    const arn = context.arn('events', `rule/${name}`);
    if (!properties.ScheduleExpression) {
      context.reportNotRun('event patterns do not trigger functions here', 'call the function through its tool');
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
            const decision = evaluateServiceAccess(
              'events.amazonaws.com',
              request,
              services.lambda.resourcePolicy(Arn),
            );
            if (!decision.allowed) throw new Error(`events.amazonaws.com may not invoke ${Arn}, ${decision.reason}`);
            await invokeTarget(services.lambda, Arn, Input ?? JSON.stringify(scheduledEvent(context, arn)));
          }
        },
      });
    }
    return { physicalId: name, attributes: { Arn: arn } };
  },
  (context) => context.services.schedules.remove(scheduleId(context)),
);

/** `AWS::Scheduler::Schedule`. */
export const schedulerSchedule = upsertType(
  (context) => {
    const { properties, services } = context;
    const { Arn, RoleArn, Input } = properties.Target;
    const name: string = properties.Name ?? context.physicalName();
    const arn = context.arn('scheduler', `schedule/default/${name}`);
    services.schedules.put({
      id: scheduleId(context),
      expression: properties.ScheduleExpression,
      enabled: properties.State !== 'DISABLED',
      fire: async () => {
        const roleName = assertAssumable(context, RoleArn, 'scheduler.amazonaws.com', arn);
        const caller = services.iam.roleSession(roleName, name)!;
        const decision = evaluateAccess(caller, { action: 'lambda:InvokeFunction', resource: Arn, context: {} });
        if (!decision.allowed) throw new Error(`${caller.sessionArn} may not invoke ${Arn}, ${decision.reason}`);
        await invokeTarget(services.lambda, Arn, Input ?? '{}');
      },
    });
    return { physicalId: name, attributes: { Arn: arn } };
  },
  (context) => context.services.schedules.remove(scheduleId(context)),
);

function scheduleId({ stack, logicalId }: ResourceContext): string {
  return `${stack.name}/${logicalId}`;
}

/** Returns the event of a scheduled rule. */
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

async function invokeTarget(lambda: LambdaService, arn: string, input: string): Promise<void> {
  const invocation = await lambda.invoke(arn, Buffer.from(input), { asynchronous: true });
  invocation.body.resume();
  const error = await invocation.ended;
  if (error) throw new Error(`${arn} failed: ${error.payload.toString()}`);
}
