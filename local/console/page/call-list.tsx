import type { CallOutcome } from '../../calls/call.js';
import type { CallSummary } from '../model.js';
import { href, moveInList } from './router.js';
import { clock, duration, visibleText } from './text.js';
import { Icon, Untrusted } from './ui.js';

export function outcomeOf({ outcome }: Pick<CallSummary, 'outcome'>): CallOutcome | 'running' {
  return outcome ?? 'running';
}

/** Returns what a call is shown as: the tool, prompt or resource, or the method. */
export function titleOf({ method, name }: Pick<CallSummary, 'method' | 'name'>): { title: string; subtitle?: string } {
  return name === undefined ? { title: method } : { title: name, subtitle: method };
}

export function CallList({ calls, selected }: { calls: readonly CallSummary[]; selected: string | undefined }) {
  return (
    <ol class="rows" aria-label="Calls, newest first" onKeyDown={moveInList}>
      {calls.map((call) => (
        <CallRow key={call.id} call={call} selected={call.id === selected} />
      ))}
    </ol>
  );
}

function CallRow({ call, selected }: { call: CallSummary; selected: boolean }) {
  const { title, subtitle } = titleOf(call);
  const outcome = outcomeOf(call);
  return (
    <li>
      <a class="row call-row" data-row href={href('calls', call.id)} aria-current={selected ? 'true' : undefined}>
        <span class={`dot ${outcome}`} />
        <span class="visually-hidden">{outcome}</span>
        <span class="row-title" title={visibleText(title)}>
          <span class="name">
            <Untrusted text={title} />
          </span>
          {subtitle && <span class="method">{subtitle}</span>}
        </span>
        <span class="row-note">
          {call.denied && (
            <span class="denied-mark" title="a permission was denied">
              <Icon name="lock" />
              <span class="visually-hidden">a permission was denied</span>
            </span>
          )}
          <span class="client">
            <Untrusted text={call.client ?? ''} />
          </span>
        </span>
        <span class="row-duration">{outcome === 'running' ? '…' : duration(call.durationMs)}</span>
        <time class="row-time">{clock(call.startedAt)}</time>
      </a>
    </li>
  );
}
