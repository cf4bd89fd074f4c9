import type { CallLogLine, CallOutcome, CallStep, McpCall, PermissionDecision } from './call.js';
import type { CallLog } from './call-log.js';
import { type SentResponse, toolError } from './messages.js';
import { keptLength, type SecretFilter } from './recorded-value.js';

/** Limits of one call. */
const MAX_STEPS = 500;
const MAX_LOGS = 500;
const MAX_LOG_TEXT = 8_192;
const MAX_ERROR = 2_000;

/** Statuses of requests that the front or the server refuses. */
export const REFUSED = [401, 403, 429, 503];

/** What is needed to end a step. */
export interface StepEnd {
  readonly label?: string;
  readonly detail?: string;
  readonly failed?: boolean;
}

/** Records one call. */
export class Recording {
  /** Id that the server gave the invocation of the function; undefined before it. */
  invocationId: string | undefined;
  private readonly started = performance.now();
  private steps = 0;

  constructor(
    readonly data: McpCall,
    /** The JSON-RPC id; undefined for a request without one. */
    readonly rpcId: string | number | undefined,
    private readonly log: CallLog,
    private readonly secrets: SecretFilter,
  ) {
    log.add(data);
    log.grow(data.id, JSON.stringify(data).length); // with the params, as they are kept
  }

  get isFinished(): boolean {
    return this.data.outcome !== undefined;
  }

  /** Adds a step; undefined if the call has too many. */
  step(step: Pick<CallStep, 'kind' | 'label'> & Partial<CallStep>): CallStep | undefined {
    if (this.data.steps.length >= MAX_STEPS) return undefined;
    const added = { ...step, id: ++this.steps, at: this.now() };
    this.data.steps.push(added);
    this.changed(100 + added.label.length);
    return added;
  }

  endStep(step: CallStep | undefined, end: StepEnd = {}): void {
    if (!step || step.durationMs !== undefined) return;
    Object.assign(step, end, { durationMs: round(this.now() - step.at) });
    this.changed(0);
  }

  permission(decision: PermissionDecision, parent: CallStep | undefined): void {
    const step = this.step({ kind: 'permission', label: decision.action, ...(parent && { parent: parent.id }) });
    this.endStep(step, { detail: decision.resource, ...(!decision.allowed && { failed: true }) });
    if (this.data.permissions.length < MAX_STEPS) this.data.permissions.push({ ...decision, at: this.now() });
    this.changed(JSON.stringify(decision).length);
  }

  logLine(line: Omit<CallLogLine, 'at'>): void {
    if (this.data.logs.length >= MAX_LOGS) return;
    const text = this.secrets.text(line.text.slice(0, MAX_LOG_TEXT));
    this.data.logs.push({ ...line, text, at: this.now() });
    this.changed(text.length);
  }

  describe(more: Partial<Pick<McpCall, 'revision' | 'client' | 'caller' | 'status'>>): void {
    Object.assign(this.data, more);
    this.changed(0);
  }

  /** Finishes the call with a JSON-RPC response. */
  answer({ result, error }: SentResponse): void {
    if (this.isFinished) return;
    this.data.answer = this.secrets.value(error ?? result);
    const failure = error ?? messageOf(toolError(result));
    this.finish(failure ? this.failureOutcome() : 'ok', failure);
  }

  /** Finishes the call without a JSON-RPC response. */
  fail(message: string, body?: unknown): void {
    if (this.isFinished) return;
    if (body !== undefined) this.data.answer = this.secrets.value(body);
    this.finish(this.failureOutcome(), { message });
  }

  /** Finishes a call whose response is a stream that has ended. */
  succeed(): void {
    if (!this.isFinished) this.finish('ok');
  }

  private failureOutcome(): CallOutcome {
    return REFUSED.includes(this.data.status ?? 0) ? 'refused' : 'error';
  }

  private finish(outcome: CallOutcome, error?: McpCall['error']): void {
    const { data } = this;
    const front = data.steps.find(({ kind }) => kind === 'front');
    const step = this.step({ kind: 'answer', label: outcome, ...(front && { parent: front.id }) });
    this.endStep(step, {
      detail: data.status === undefined ? undefined : `HTTP ${data.status}`,
      failed: outcome !== 'ok',
    });
    if (error) data.error = { ...error, message: this.secrets.text(error.message.slice(0, MAX_ERROR)) };
    data.durationMs = round(this.now());
    data.outcome = outcome;
    this.log.grow(data.id, keptLength(data.answer));
    this.log.emit('finished', data);
  }

  private now(): number {
    return round(performance.now() - this.started);
  }

  private changed(size: number): void {
    this.log.grow(this.data.id, size);
    this.log.emit('changed', this.data);
  }
}

const messageOf = (message: string | undefined) => (message === undefined ? undefined : { message });

/** Rounds to a tenth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
