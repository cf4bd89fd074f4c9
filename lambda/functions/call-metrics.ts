import { METRICS } from '../../src/private/contract.js';
import { MetricUnit, measure } from '../shared/metrics.js';

/** What a result says of itself. */
interface Ending {
  readonly resultType?: unknown;
  readonly isError?: unknown;
}

/**
 * Counts a call of a tool and its time, once it has come to an end: neither one that was cancelled, nor a question to the client, nor
 * one that goes on as a task.
 */
export async function measureCall<Result extends Ending>(
  tool: string,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  let failed = true;
  let ended = true;
  try {
    const result = await run();
    ended = result.resultType === undefined || result.resultType === 'complete';
    failed = result.isError === true;
    return result;
  } finally {
    if (ended && !signal.aborted) {
      const milliseconds = performance.now() - started;
      measure(
        [
          { name: METRICS.TOOL_CALLS, value: 1 },
          { name: METRICS.TOOL_ERRORS, value: failed ? 1 : 0 },
          { name: METRICS.TOOL_DURATION, value: milliseconds, unit: MetricUnit.Milliseconds },
        ],
        { tool },
      );
    }
  }
}
