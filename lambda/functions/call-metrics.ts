import { METRICS } from '../../src/private/contract.js';
import { MetricUnit, measure } from '../shared/metrics.js';

interface ToolCallResult {
  readonly resultType?: unknown;
  readonly isError?: unknown;
}

/**
 * Runs a tool call and measures it: the number of calls, errors, and the duration. Cancelled calls, input requests, and calls that
 * continue as a task are not counted.
 */
export async function measureCall<Result extends ToolCallResult>(
  tool: string,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  let failed = true;
  let complete = true;
  try {
    const result = await run();
    complete = result.resultType === undefined || result.resultType === 'complete';
    failed = result.isError === true;
    return result;
  } finally {
    if (complete && !signal.aborted) {
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
