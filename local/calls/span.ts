import { randomBytes } from 'node:crypto';
import type { CallStep, PermissionDecision, StepKind } from './call.js';
import type { Recording, StepEnd } from './recording.js';
import { formatTrace } from './trace-header.js';

/** The step of a span in one call. */
interface Target {
  readonly recording: Recording;
  readonly step: CallStep | undefined;
}

/** Chooses the call that an invocation belongs to, by the client context. */
export type ChooseCall = (clientContext: string | undefined) => Recording | undefined;

/** A part of the work for a request. It belongs to one call, or to all calls of a batch. */
export class Span {
  private ended = false;

  constructor(
    readonly id: string,
    readonly root: string,
    private readonly targets: readonly Target[],
    /** Set if the work below this span can belong to one of several calls. */
    private readonly choose?: ChooseCall,
  ) {}

  /** Value of `X-Amzn-Trace-Id` for requests that are part of this span. */
  get header(): string {
    return formatTrace({ root: this.root, parent: this.id });
  }

  /**
   * Adds a step below this span.
   * @param clientContext client context of an invocation, in base64
   * @returns the span of the step
   */
  child(step: { kind: StepKind; label: string; requestId?: string }, options: ChildOptions = {}): Span {
    const { id = newSpanId(), clientContext } = options;
    const chosen = clientContext === undefined ? undefined : this.choose?.(clientContext);
    const parents = chosen ? [this.targetOf(chosen)] : this.targets;
    const targets = parents.map(({ recording, step: parent }) => ({
      recording,
      step: recording.step({ ...step, ...(parent && { parent: parent.id }) }),
    }));
    return new Span(id, this.root, targets, chosen ? undefined : this.choose);
  }

  /** Whether the work of this span has ended. */
  get isEnded(): boolean {
    return this.ended;
  }

  end(end?: StepEnd): void {
    this.ended = true;
    for (const { recording, step } of this.targets) recording.endStep(step, end);
  }

  /** Sets the label, when it is known only after the start. */
  rename(label: string): void {
    for (const { step } of this.targets) if (step) step.label = label;
  }

  permission(decision: PermissionDecision): void {
    for (const { recording, step } of this.targets) recording.permission(decision, step);
  }

  /** The calls that this span belongs to. */
  get recordings(): readonly Recording[] {
    return this.targets.map(({ recording }) => recording);
  }

  private targetOf(recording: Recording): Target {
    return (
      this.targets.find((target) => target.recording === recording) ?? { recording, step: recording.data.steps[0] }
    );
  }
}

interface ChildOptions {
  readonly id?: string;
  readonly clientContext?: string;
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
