import type { CallStep, McpCall } from '../../calls/call.js';
import { duration } from './text.js';
import { Untrusted } from './ui.js';

const KINDS: Readonly<Record<CallStep['kind'], string>> = {
  front: 'API Gateway',
  authorizer: 'authorizer',
  permission: 'permission',
  aws: 'AWS call',
  invoke: 'function',
  answer: 'answer',
};

interface Row {
  readonly step: CallStep;
  readonly depth: number;
}

/** Returns the steps as a tree, in the order of their start. */
function rowsOf(steps: readonly CallStep[]): Row[] {
  const children = new Map<number | undefined, CallStep[]>();
  for (const step of steps) children.set(step.parent, [...(children.get(step.parent) ?? []), step]);
  const rows: Row[] = [];
  const visit = (parent: number | undefined, depth: number): void => {
    for (const step of (children.get(parent) ?? []).sort((a, b) => a.at - b.at || a.id - b.id)) {
      rows.push({ step, depth });
      visit(step.id, depth + 1);
    }
  };
  visit(undefined, 0);
  return rows;
}

/** When each part of a call ran. */
export function Timeline({ call }: { call: McpCall }) {
  const end = Math.max(1, ...call.steps.map(({ at, durationMs = 0 }) => at + durationMs), call.durationMs ?? 0);
  const percent = (ms: number) => `${Math.min(100, (ms / end) * 100).toFixed(2)}%`;
  return (
    <ol class="timeline">
      {rowsOf(call.steps).map(({ step, depth }) => {
        const { kind, label, at, durationMs, detail, failed } = step;
        const instant = kind === 'permission' || kind === 'answer';
        const width = durationMs === undefined ? end - at : durationMs;
        return (
          <li
            key={step.id}
            class={`step ${kind} ${failed ? 'failed' : ''} ${durationMs === undefined ? 'running' : ''}`}
          >
            <span class="step-label" style={{ paddingInlineStart: `${depth * 14}px` }}>
              <span class="step-kind">{KINDS[kind]}</span>
              <span class="step-name" title={label}>
                <Untrusted text={kind === 'answer' ? (detail ?? label) : label} />
              </span>
            </span>
            <span class="track" aria-hidden="true">
              <span
                class={instant ? 'tick' : 'bar'}
                style={{ left: percent(at), ...(!instant && { width: percent(width) }) }}
              />
            </span>
            <span class="step-time">
              {kind === 'permission'
                ? failed
                  ? 'denied'
                  : 'allowed'
                : kind === 'answer'
                  ? duration(at)
                  : duration(durationMs) || 'running'}
              {detail === 'cold start' && <span class="step-note"> cold start</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
