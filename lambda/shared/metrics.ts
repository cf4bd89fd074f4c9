import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, METRICS } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { serverInfo } from './server-info.js';

export { MetricUnit };

/** A metric value with a CloudWatch unit. */
interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit?: (typeof MetricUnit)[keyof typeof MetricUnit];
}

/**
 * Writes measurements in CloudWatch's embedded metric format, with the dimensions {Server} and, for a tool, also {Server, Tool} if the
 * server has metrics for each tool. Each call writes a separate record: a shared buffer would mix concurrent requests.
 */
export function measure(measurements: readonly Measurement[], dimensions: { readonly tool?: string } = {}): void {
  const metrics = new Metrics({ namespace: optionalEnv(ENV.METRIC_NAMESPACE) ?? METRICS.NAMESPACE });
  metrics.clearDefaultDimensions(); // removes Powertools' default `service`
  metrics.setDefaultDimensions({
    [METRICS.DIMENSION_SERVER]: serverInfo().name,
  });
  // each call adds one dimension set to the default dimension
  metrics.addDimensions({});
  const { tool } = dimensions;
  if (tool !== undefined) {
    if (optionalEnv(ENV.TOOL_METRICS) === 'on') metrics.addDimensions({ [METRICS.DIMENSION_TOOL]: tool });
    else metrics.addMetadata(METRICS.DIMENSION_TOOL, tool); // for log queries, which cost nothing until they run
  }
  for (const { name, value, unit } of measurements) metrics.addMetric(name, unit ?? MetricUnit.Count, value);
  metrics.publishStoredMetrics();
}
