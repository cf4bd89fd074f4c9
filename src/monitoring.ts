import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';

/** Options for `addDashboard()`. */
export interface McpDashboardOptions {
  /**
   * The name of the dashboard.
   *
   * @default - a generated name
   */
  readonly dashboardName?: string;
}

/** Changes one of the alarms of `addAlarms()`. */
export interface McpAlarmOverride {
  /**
   * Whether the alarm is defined.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The value that the metric must exceed: 0 or more percent, milliseconds, calls, requests or sessions, as the runbook of the alarm says (this library's
   * alarms have no negative values).
   *
   * @default - the threshold of the alarm
   */
  readonly threshold?: number;

  /**
   * The number of periods that the alarm evaluates: 1 to 96 periods of 5 or 15 minutes (CloudWatch evaluates at most a day).
   *
   * @default - the number of periods of the alarm
   */
  readonly evaluationPeriods?: number;

  /**
   * The number of these periods that must exceed the threshold: 1 to 96 periods (CloudWatch's limit), and at most `evaluationPeriods`.
   *
   * @default - the number of the alarm, at most `evaluationPeriods`
   */
  readonly datapointsToAlarm?: number;

  /**
   * What the alarm does with periods without data.
   *
   * @default cloudwatch.TreatMissingData.NOT_BREACHING
   */
  readonly treatMissingData?: cloudwatch.TreatMissingData;
}

/** Options for `addAlarms()`. */
export interface McpAlarmsOptions {
  /**
   * The topic that is notified when an alarm rings, and when it ends.
   *
   * @default - no notifications
   */
  readonly topic?: sns.ITopic;

  /**
   * Changes of alarms, by the name of the alarm, such as `ToolErrorRate`. The runbooks list the names.
   *
   * @default - the alarms as the runbooks describe them
   */
  readonly overrides?: { [name: string]: McpAlarmOverride };
}
