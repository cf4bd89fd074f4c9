import { ENV, METRICS } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { serverInfo } from './server-info.js';

/** Units of CloudWatch. */
export const MetricUnit = { Count: 'Count', Milliseconds: 'Milliseconds', Seconds: 'Seconds' } as const;

/** A metric value with a CloudWatch unit. */
interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit?: (typeof MetricUnit)[keyof typeof MetricUnit];
}

/**
 * Writes measurements in CloudWatch's embedded metric format, as one line, with the dimensions {Server} and, for a tool, also {Server, Tool}
 * if the server has metrics for each tool.
 */
export function measure(measurements: readonly Measurement[], { tool }: { readonly tool?: string } = {}): void {
  const dimensions: string[][] = [[METRICS.DIMENSION_SERVER]];
  // otherwise the tool is for log queries, which cost nothing until they run
  if (tool !== undefined && optionalEnv(ENV.TOOL_METRICS) === 'on') {
    dimensions.push([METRICS.DIMENSION_SERVER, METRICS.DIMENSION_TOOL]);
  }
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: optionalEnv(ENV.METRIC_NAMESPACE) ?? METRICS.NAMESPACE,
          Dimensions: dimensions,
          Metrics: measurements.map(({ name, unit = MetricUnit.Count }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    [METRICS.DIMENSION_SERVER]: serverInfo().name,
    ...(tool === undefined ? {} : { [METRICS.DIMENSION_TOOL]: tool }),
    ...Object.fromEntries(measurements.map(({ name, value }) => [name, value])),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
