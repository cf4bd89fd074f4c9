import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, METRICS } from '../../src/private/contract.js';
import { optionalEnv } from './env.js';
import { serverInfo } from './server-info.js';

export { MetricUnit };

/** One measurement. Units are CloudWatch's. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit?: (typeof MetricUnit)[keyof typeof MetricUnit];
}

/**
 * Writes measurements in CloudWatch's embedded metric format, with the dimension {Server} and, for a tool, {Server, Tool}
 * too. Each call is a record of its own: a shared buffer would mix requests that run side by side.
 */
export function measure(measurements: readonly Measurement[], dimensions: { readonly tool?: string } = {}): void {
  const metrics = new Metrics({ namespace: optionalEnv(ENV.METRIC_NAMESPACE) ?? METRICS.NAMESPACE });
  metrics.clearDefaultDimensions(); // drops powertools' own `service`
  metrics.setDefaultDimensions({
    [METRICS.DIMENSION_SERVER]: serverInfo().name,
  });
  // each call makes one dimension set, on top of the default dimension
  metrics.addDimensions({});
  if (dimensions.tool !== undefined) metrics.addDimensions({ [METRICS.DIMENSION_TOOL]: dimensions.tool });
  for (const { name, value, unit } of measurements) metrics.addMetric(name, unit ?? MetricUnit.Count, value);
  metrics.publishStoredMetrics();
}
