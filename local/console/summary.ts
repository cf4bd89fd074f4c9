import type { McpCall } from '../calls/call.js';
import type { CallSummary } from './model.js';

export function summaryOf(call: McpCall): CallSummary {
  const { params: _, answer: __, steps, permissions, logs, ...summary } = call;
  const ended = steps.filter(({ durationMs }) => durationMs !== undefined).length;
  return {
    ...summary,
    version: steps.length + ended + permissions.length + logs.length + (call.outcome ? 1 : 0),
    denied: permissions.some(({ allowed }) => !allowed),
  };
}
