import { Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { McpAlarmOverride, McpAlarmsOptions } from '../../monitoring';
import { invalid } from '../errors';
import { checkNumber } from '../validation/limits';
import { checkNames } from '../validation/options';
import { ALARMS, type AlarmDefinition } from './alarm-definitions';
import type { Monitored } from './monitored';

/** Most periods of 15 minutes in an alarm: CloudWatch evaluates at most a day. */
const MAX_PERIODS = 96;
/** The page whose sections are the runbooks. */
const RUNBOOKS = 'https://github.com/cdk-mcp-lambda/cdk-mcp-lambda/blob/main/docs/runbooks.md';

/**
 * Defines the alarms of a server, by name.
 *
 * @throws at the server if an override has no alarm
 */
export function defineAlarms(
  monitored: Monitored,
  { topic, overrides = {} }: McpAlarmsOptions,
): { [name: string]: cloudwatch.Alarm } {
  const { server } = monitored;
  checkNames(server, 'addAlarms: overrides', 'alarm', Object.keys(overrides), Object.keys(ALARMS));
  const parent = new Construct(server, 'Alarms');
  const alarms: { [name: string]: cloudwatch.Alarm } = {};
  for (const [name, definition] of Object.entries<AlarmDefinition>(ALARMS)) {
    const override = overrides[name] ?? {};
    const metric = (override.enabled ?? true) ? definition.metric(monitored, name) : undefined;
    if (!metric) continue;
    checkOverride(server, name, override);
    const evaluationPeriods = override.evaluationPeriods ?? definition.evaluationPeriods;
    const datapoints = override.datapointsToAlarm ?? definition.datapointsToAlarm ?? evaluationPeriods;
    const description = `MCP server ${server.serverName}: ${definition.description}`;
    const alarm = new cloudwatch.Alarm(parent, name, {
      alarmDescription: `${description}. Runbook: ${RUNBOOKS}#${name.toLowerCase()}`,
      metric,
      threshold: override.threshold ?? definition.threshold,
      evaluationPeriods,
      datapointsToAlarm: Math.min(datapoints, evaluationPeriods),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: override.treatMissingData ?? cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (topic) {
      alarm.addAlarmAction(new actions.SnsAction(topic));
      alarm.addOkAction(new actions.SnsAction(topic));
    }
    alarms[name] = alarm;
  }
  return alarms;
}

function checkOverride(scope: Construct, name: string, override: McpAlarmOverride): void {
  const { threshold = 0, evaluationPeriods, datapointsToAlarm } = override;
  if (!Token.isUnresolved(threshold) && threshold < 0) {
    throw invalid(scope, `threshold ${threshold} of ${name} must be 0 or more: its metric has no negative values`);
  }
  checkNumber(scope, `evaluationPeriods of ${name}`, evaluationPeriods, 1, MAX_PERIODS, 'periods');
  checkNumber(scope, `datapointsToAlarm of ${name}`, datapointsToAlarm, 1, evaluationPeriods ?? MAX_PERIODS, 'periods');
}
