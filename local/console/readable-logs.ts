import type { CallLogLine } from '../calls/call.js';
import { fieldText } from '../report/function-logs/format.js';
import { parseLog } from '../report/function-logs/record.js';

/** Converts recorded log lines to what people read: the message and members of structured records, and errors with their stacks. */
export function readableLogs(lines: readonly CallLogLine[]): CallLogLine[] {
  return lines.flatMap((line) => {
    const record = parseLog({ ...line, functionName: line.function, stream: 'stdout' });
    if (!record) return [];
    const { level = line.level, message, fields, stack } = record;
    const members = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
    const text = [[message, ...members].join('  '), ...(stack === undefined ? [] : [stack])].join('\n');
    return [{ ...line, text, ...(level !== undefined && { level }) }];
  });
}
