import type { InvocationResult } from '../lambda/service.js';
import type { MetricStore } from './metric-store.js';

/** Adds Lambda's metrics of an invocation. */
export function addInvocation(metrics: MetricStore, { functionName, outcome, milliseconds }: InvocationResult): void {
  const dimensions = { FunctionName: functionName };
  const add = (name: string, value: number) => metrics.add({ namespace: 'AWS/Lambda', name, dimensions }, value);
  add('Throttles', outcome === 'throttled' ? 1 : 0);
  if (outcome === 'throttled') return;
  add('Invocations', 1);
  add('Errors', outcome === 'error' ? 1 : 0);
  add('Duration', milliseconds);
}
