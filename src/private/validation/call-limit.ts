/** Rules for limits per caller. */
import { child, integer, isObject, type Report, show, struct } from './checks';

const MIN_RATE = 0.001;
const MAX_RATE = 10_000;

const members = struct('a limit', {
  rate: (value, path, report) => {
    if (typeof value !== 'number' || !(value >= MIN_RATE && value <= MAX_RATE)) {
      report(path, `must be a number of calls per second from ${MIN_RATE} to ${MAX_RATE}; got ${show(value)}`);
    }
  },
  burst: integer(1, 100_000, 'calls'),
  dailyCalls: integer(1, 1_000_000_000, 'calls'),
});

/** `limit` of a tool, and `limits.caller` of a server. */
export function callLimit(value: unknown, path: string, report: Report): void {
  members(value, path, report);
  if (!isObject(value)) return;
  if (value.rate === undefined && value.dailyCalls === undefined) {
    report(path, 'must have rate, dailyCalls or both: it would limit nothing');
  }
  if (value.burst !== undefined && value.rate === undefined) {
    report(child(path, 'burst'), 'needs rate: it is the number of calls that may exceed the rate');
  }
}
