import { type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { ENV } from '../../src/private/contract.js';
import type { AwsAccess } from './aws-access.js';
import { parseDuration } from './durations.js';
import { Failure } from './failure.js';
import type { ServerStack } from './server-stack.js';

/** Which audit records to read. */
export interface RecordFilter {
  /** Name of a tool, resource or prompt. */
  readonly tool?: string;
  /** Part of the id of a caller. */
  readonly caller?: string;
  /** Name of a toolset. */
  readonly toolset?: string;
  /** Only calls that failed or were refused. */
  readonly errors?: boolean;
}

/** Epoch milliseconds. */
export interface TimeRange {
  readonly start: number;
  readonly end?: number;
}

/** Lines of the server functions that report failures. */
export const PROBLEMS = '{ ($.level = "ERROR") || ($.level = "WARN") }';

/** Returns the filter pattern of CloudWatch Logs for audit records. Outcomes are selected by the reader. */
export async function recordPattern(stack: ServerStack, { tool, caller, toolset }: RecordFilter): Promise<string> {
  const conditions = [
    '$.audit = 1',
    `$.service = ${quoted((await stack.variable(ENV.SERVER_ID)) ?? '', 'server id')}`,
    ...(tool === undefined ? [] : [`$.name = ${quoted(tool, '--tool')}`]),
    ...(caller === undefined ? [] : [`$.caller = ${quoted(`*${caller}*`, '--caller')}`]),
    ...(toolset === undefined ? [] : [`$.toolset = ${quoted(toolset, '--toolset')}`]),
  ];
  return `{ ${conditions.map((each) => `(${each})`).join(' && ')} }`;
}

/** Reads the events of a log group that match a pattern, in the order of their time. */
export async function* readEvents(
  aws: AwsAccess,
  logGroupName: string,
  filterPattern: string,
  { start, end }: TimeRange,
): AsyncGenerator<FilteredLogEvent> {
  const input = { logGroupName, filterPattern, startTime: start, ...(end !== undefined && { endTime: end }) };
  for await (const { events = [] } of paginateFilterLogEvents({ client: aws.logs }, input)) yield* events;
}

/**
 * Returns the time that an option names: a duration before now (`15m`, `2h`, `7d`), or a date (ISO 8601).
 * @throws Failure for other text
 */
export function timeOf(text: string, option: string, now = Date.now()): number {
  const before = parseDuration(text);
  if (before !== undefined) return now - before;
  const date = Date.parse(text);
  if (!Number.isNaN(date)) return date;
  throw new Failure(
    `invalid ${option} "${text}": expected a duration such as 15m, 2h or 7d, or a date such as 2026-11-26T12:00Z`,
  );
}

function quoted(text: string, option: string): string {
  if (!text.includes('"')) return `"${text}"`;
  throw new Failure(`invalid ${option} "${text}": it must not contain quotation marks`);
}
