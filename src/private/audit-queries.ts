/** Queries of audit records in the language of CloudWatch Logs Insights: for saved queries and dashboards. */

/** The parts of a query. */
export interface AuditQuery {
  readonly name: string;
  readonly filters: readonly string[];
  readonly fields?: readonly string[];
  readonly stats?: string;
  readonly sort: string;
  readonly limit?: number;
}

const CALLS = 'audit = 1 and kind in ["tool", "resource", "prompt"]';
const FAILED = 'sum(strcontains(outcome, "error")) as errors';
const REFUSED = 'sum(strcontains(outcome, "refused")) as refused';
const P95 = 'pct(durationMs, 95) as p95';

export const AUDIT_QUERIES = {
  callers: {
    name: 'Usage by caller',
    filters: [CALLS],
    stats: `count(*) as calls, ${FAILED}, ${REFUSED}, sum(responseBytes) as bytes by caller`,
    sort: 'calls desc',
  },
  slowest: {
    name: 'Slowest tools',
    filters: ['audit = 1 and kind = "tool"'],
    stats: `count(*) as calls, ${P95}, max(durationMs) as slowest, avg(responseBytes) as bytes by name`,
    sort: 'p95 desc',
  },
  failing: {
    name: 'Most failing tools',
    filters: ['audit = 1 and kind = "tool" and outcome = "error"'],
    stats: 'count(*) as errors by name, reason',
    sort: 'errors desc',
  },
  limited: {
    name: 'Callers at their limits',
    filters: ['audit = 1 and outcome = "refused"'],
    stats: 'count(*) as refused by caller, name, reason',
    sort: 'refused desc',
  },
  failures: {
    name: 'Failed calls',
    filters: [CALLS, 'outcome in ["error", "refused"]'],
    fields: ['@timestamp', 'kind', 'name', 'caller', 'client', 'outcome', 'reason', 'durationMs', 'mcpRequestId'],
    sort: '@timestamp desc',
    limit: 200,
  },
  changes: {
    name: 'Registration changes',
    filters: ['audit = 1 and kind = "registration"'],
    fields: ['@timestamp', 'action', 'registration', 'caller', 'outcome', 'changes.0.path', 'changes.0.after'],
    sort: '@timestamp desc',
    limit: 200,
  },
} as const satisfies Readonly<Record<string, AuditQuery>>;
