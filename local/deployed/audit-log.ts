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
    ...(caller === undefined ? [] : [`$.caller = ${quoted(caller, '--caller', '*')}`]),
    ...(toolset === undefined ? [] : [`$.toolset = ${quoted(toolset, '--toolset')}`]),
  ];
  return `{ ${conditions.map((each) => `(${each})`).join(' && ')} }`;
}

/** Parses a line that {@link PROBLEMS} selects. Returns undefined for other lines, which emulators of CloudWatch Logs return too. */
export function parseProblem(text: string): Record<string, any> | undefined {
  const line = parseLine(text);
  return line?.level === 'ERROR' || line?.level === 'WARN' ? line : undefined;
}

/** Parses a line of a server function. Returns undefined for Lambda's own lines. */
export function parseLine(text: string): Record<string, any> | undefined {
  try {
    return text.startsWith('{') ? (JSON.parse(text) as Record<string, any>) : undefined;
  } catch {
    return undefined;
  }
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

/** A date, or a date with a time, in ISO 8601. */
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Returns the time that an option names: a duration before now (`15m`, `2h`, `7d`), or a date (ISO 8601). Without a time zone, it is UTC, as in the output.
 * @throws Failure for other text
 */
export function timeOf(text: string, option: string, now = Date.now()): number {
  const before = parseDuration(text);
  if (before !== undefined) return now - before;
  const [matched, zone] = DATE.exec(text.trim()) ?? [];
  const hasTime = (matched?.length ?? 0) > 10;
  const date = matched === undefined ? Number.NaN : Date.parse(hasTime && zone === undefined ? `${matched}Z` : matched);
  if (!Number.isNaN(date)) return date;
  throw new Failure(
    `invalid ${option} "${text}": expected a duration such as 15m, 2h or 7d, or a date such as 2026-11-26T12:00Z`,
  );
}

function quoted(text: string, option: string, around = ''): string {
  if (!text.includes('"')) return `"${around}${text}${around}"`;
  throw new Failure(`invalid ${option} "${text}": it must not contain quotation marks`);
}
