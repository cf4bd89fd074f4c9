import { afterEach, describe, expect, it } from 'vitest';
import { rateMs } from '../../../local/services/eventbridge/schedules.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

const assets = {
  print: { 'index.mjs': 'export const handler = async (event) => console.log("GOT " + JSON.stringify(event));' },
};
const Arn = { 'Fn::GetAtt': ['Function', 'Arn'] };
const rule = (more: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression: 'rate(15 minutes)', Targets: [{ Id: 't', Arn, ...more }] },
});
const permission = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: Arn,
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
  },
};
const functions = { Role: role(), Function: lambdaFunction('Role', 'print') };

let app: RunningApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});
const events = () =>
  app?.runner.logs.filter(({ text }) => text.startsWith('GOT ')).map(({ text }) => JSON.parse(text.slice(4)));

describe('AWS::Events::Rule', () => {
  it('invokes its targets with permission of their resource-based policies', async () => {
    app = await runApp(oneStack({ ...functions, Rule: rule(), Permission: permission }, { assets }));
    await app.runner.fireSchedule('Rule');
    await expect.poll(events).toEqual([
      expect.objectContaining({
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        resources: [expect.stringMatching(/^arn:aws:events:us-east-1:123456789012:rule\/Test-Rule-/)],
      }),
    ]);
  });

  it('passes the input of the target', async () => {
    app = await runApp(
      oneStack({ ...functions, Rule: rule({ Input: '{"a":1}' }), Permission: permission }, { assets }),
    );
    await app.runner.fireSchedule();
    await expect.poll(events).toEqual([{ a: 1 }]);
  });

  it('fails without the permission', async () => {
    app = await runApp(oneStack({ ...functions, Rule: rule() }, { assets }));
    await expect(app.runner.fireSchedule()).rejects.toThrow(
      /^events\.amazonaws\.com may not invoke arn:aws:lambda:.*no resource-based policy/,
    );
    expect(events()).toEqual([]);
  });

  it('is listed as not run with an event pattern', async () => {
    const waiting = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['x'] }, Targets: [] } };
    app = await runApp(oneStack({ Waiting: waiting }));
    expect(app.runner.notRun).toMatchObject([
      { path: 'Waiting', reason: 'event patterns do not trigger functions here' },
    ]);
  });
});

describe('AWS::Scheduler::Schedule', () => {
  const schedule = {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'cron(0 0 * * ? *)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn, RoleArn: { 'Fn::GetAtt': ['SchedulerRole', 'Arn'] }, Input: '{"b":2}' },
    },
  };
  const schedulerRole = (...policies: object[]) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'scheduler.amazonaws.com' } }],
      },
      Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: policies } }],
    },
  });

  it('invokes its target with the permissions of its role', async () => {
    const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: Arn };
    app = await runApp(
      oneStack({ ...functions, Schedule: schedule, SchedulerRole: schedulerRole(invoke) }, { assets }),
    );
    await app.runner.fireSchedule('Schedule');
    await expect.poll(events).toEqual([{ b: 2 }]);
  });

  it('fails without the permissions', async () => {
    const other = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
    app = await runApp(oneStack({ ...functions, Schedule: schedule, SchedulerRole: schedulerRole(other) }, { assets }));
    await expect(app.runner.fireSchedule()).rejects.toThrow(/assumed-role\/Test-SchedulerRole-.* may not invoke/);
  });
});

describe('rateMs', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(15 minutes)', 900_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
    ['cron(0 0 * * ? *)', undefined],
  ])('%s: %s', (expression, period) => {
    expect(rateMs(expression)).toBe(period);
  });
});
