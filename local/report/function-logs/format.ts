import type { LogLine } from '../../services/lambda/log-lines.js';
import { indented, type Span, type Style, styled, type Text } from '../text.js';
import { type LogRecord, parseLog } from './record.js';
import { readableStack } from './stacks.js';

interface LogFormatOptions {
  /** The working directory. Paths below it are shown relative to it. */
  readonly cwd: string;
  /** Shows metrics, and stacks with the frames of Node.js and packages. */
  readonly verbose?: boolean;
}

/** Number of characters of a request id that are shown. */
export const REQUEST_ID_LENGTH = 8;
/** Columns of the time and the space after it. */
export const TIME_COLUMNS = 9;
const LEVEL_STYLES: Readonly<Record<string, Style>> = {
  WARN: 'yellow',
  ERROR: 'red',
  FATAL: 'red',
  DEBUG: 'dim',
  TRACE: 'dim',
};

/**
 * Formats a log line that belongs to no call: time, function, tool and request id, level and message, followed by the other members of the record.
 * @param label the construct path of the function
 * @returns undefined for lines that are not shown
 */
export function formatLog(line: LogLine, label: string, options: LogFormatOptions, now = new Date()): Text | undefined {
  const record = parseLog(line, options.verbose);
  if (!record) return undefined;
  const call = [line.tool, record.requestId?.slice(0, REQUEST_ID_LENGTH)].filter(Boolean).join(' ');
  const head = [styled('dim', clock(now)), ` ${label} `, ...(call ? [styled('dim', `[${call}] `)] : [])];
  return indented([...head, ...formatRecord(record, options)], TIME_COLUMNS);
}

/**
 * Formats a log line below its call: function, level and message.
 * @param label the construct path of the function
 * @returns undefined for lines that are not shown
 */
export function formatLogOfCall(line: LogLine, label: string, options: LogFormatOptions): Text | undefined {
  const record = parseLog(line, options.verbose);
  return record && [styled('dim', `${label} `), ...formatRecord(record, options)];
}

/** Formats level, message, further members and the stack of an error. */
function formatRecord({ level = '', message, fields, stack }: LogRecord, { cwd, verbose }: LogFormatOptions): Text {
  const readable = (text: string) => (verbose ? text : readableStack(text, cwd));
  const style = LEVEL_STYLES[level];
  const shown = level && level !== 'INFO' ? [style ? styled(style, level) : level, ' '] : [];
  const members = Object.entries(fields).flatMap(([name, value]): Span[] => [
    ' ',
    styled('dim', `${name}=`),
    readable(fieldText(value)),
  ]);
  return [...shown, readable(message), ...members, ...(stack === undefined ? [] : [`\n${readable(stack)}`])];
}

/** `08:06:05` */
export function clock(now: Date): string {
  return now.toTimeString().slice(0, 8);
}

/** Returns a member of a structured record as text. */
export function fieldText(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) && value !== '' ? value : JSON.stringify(value);
}
