import { useEffect, useState } from 'preact/hooks';
import type { McpCall } from '../../calls/call.js';
import type { CallSummary } from '../model.js';
import { outcomeOf, titleOf } from './call-list.js';
import { Json, Recorded } from './json-view.js';
import { Logs } from './logs.js';
import { Permissions } from './permissions.js';
import { readCall } from './store.js';
import { clock, duration, shortArn, TRANSPORTS } from './text.js';
import { Timeline } from './timeline.js';
import { Code, CopyButton, Empty, Facts, Section, Untrusted } from './ui.js';

/** Shows all that is recorded of a call. */
export function CallDetail({ id, summary }: { id: string; summary: CallSummary | undefined }) {
  const [call, setCall] = useState<McpCall>();
  const [missing, setMissing] = useState(false);
  const version = summary?.version;
  useEffect(() => {
    let current = true;
    readCall(id).then(
      (read) => {
        if (!current) return;
        setCall(read);
        setMissing(false);
      },
      () => current && setMissing(true),
    );
    return () => {
      current = false;
    };
  }, [id, version]);
  if (missing)
    return <Empty title="The record of this call was removed">The runner keeps the newest 1,000 calls.</Empty>;
  if (!call || call.id !== id) return <div class="empty" aria-busy="true" />;
  return <Detail call={call} />;
}

function Detail({ call }: { call: McpCall }) {
  const { title, subtitle } = titleOf(call);
  const outcome = outcomeOf(call);
  return (
    <article class="detail" aria-label={`Call ${call.id}`}>
      <header class="detail-head">
        <h2>
          <span class={`dot ${outcome}`} />
          <span class="name">
            <Untrusted text={title} />
          </span>
          {subtitle && <span class="method">{subtitle}</span>}
        </h2>
        <p class="detail-outcome">
          <span class={`outcome ${outcome}`}>{outcome}</span>
          <span class="detail-duration">{duration(call.durationMs)}</span>
        </p>
      </header>
      <Facts
        facts={[
          ['Client', call.client],
          [
            'Caller',
            call.caller && (
              <span title={call.caller}>
                <Untrusted text={shortArn(call.caller)} />
              </span>
            ),
          ],
          ['Transport', TRANSPORTS[call.transport]],
          ['Revision', call.revision],
          ['Session', call.session],
          ['Started', clock(call.startedAt, true)],
          ['Status', call.status === undefined ? undefined : `HTTP ${call.status}`],
          ['Server', call.server],
          [
            'Request id',
            <span class="with-copy">
              <span class="mono">{call.requestId.slice(0, 8)}</span>
              <CopyButton text={call.requestId} label="Copy request id" />
            </span>,
          ],
        ]}
      />
      {call.error && (
        <div class="notice error" role="note">
          <Untrusted text={call.error.message} />
          {call.error.code !== undefined && <span class="code-number">{call.error.code}</span>}
        </div>
      )}
      <MissingGrants call={call} />
      <Section title="Timeline">
        <Timeline call={call} />
      </Section>
      <div class="pair">
        <Section title="Arguments">
          <Recorded recorded={argumentsOf(call)} label="arguments" />
        </Section>
        <Answer call={call} />
      </div>
      <Section title="Logs" count={call.logs.length}>
        {call.logs.length === 0 ? <p class="quiet-text">The functions logged nothing.</p> : <Logs logs={call.logs} />}
      </Section>
      <Section title="Permissions" count={call.permissions.length}>
        {call.permissions.length === 0 ? (
          <p class="quiet-text">No permission was checked.</p>
        ) : (
          <Permissions permissions={call.permissions} />
        )}
      </Section>
    </article>
  );
}

/** The grants to add to the app, each once. */
function MissingGrants({ call }: { call: McpCall }) {
  const grants = new Map(
    call.permissions.flatMap(({ missingGrant, action }) => (missingGrant ? [[missingGrant, action]] : [])),
  );
  return (
    <>
      {[...grants].map(([grant, action]) => (
        <div key={grant} class="notice grant" role="note">
          <p>
            A grant for{' '}
            <code>
              <Untrusted text={action} />
            </code>{' '}
            is missing in the app:
          </p>
          <Code text={grant.replace(/^a grant is missing in the app: /, '')} label="grant" />
        </div>
      ))}
    </>
  );
}

const NONE = {};
/** Methods whose parameters have arguments. */
const WITH_ARGUMENTS = ['tools/call', 'prompts/get'];

/** The arguments of a tool or prompt; the parameters of other calls, without metadata of the protocol. */
function argumentsOf({ method, params }: McpCall): McpCall['params'] {
  if (params?.value === undefined) return params;
  const { arguments: given = NONE, _meta, ...others } = params.value as { arguments?: unknown; _meta?: unknown };
  return {
    ...params,
    value: WITH_ARGUMENTS.includes(method) ? given : { ...others, ...(given !== NONE && { arguments: given }) },
  };
}

/** The part of an answer that matters to people: its structured content, or its text. The rest is a click away. */
function Answer({ call }: { call: McpCall }) {
  const { answer } = call;
  const excerpt = excerptOf(answer?.value);
  const [whole, setWhole] = useState(false);
  return (
    <Section
      title="Answer"
      aside={
        excerpt !== undefined && (
          <button type="button" class="button quiet" aria-pressed={whole} onClick={() => setWhole(!whole)}>
            Whole result
          </button>
        )
      }
    >
      {call.outcome === undefined ? (
        <p class="quiet-text">In progress…</p>
      ) : excerpt === undefined || whole ? (
        <Recorded recorded={answer} label="answer" />
      ) : 'text' in excerpt ? (
        <Code text={excerpt.text} label="answer" />
      ) : (
        <Json value={excerpt.value} label="answer" />
      )}
    </Section>
  );
}

/** Returns the structured content of a tool result, or its text if it has only text. */
function excerptOf(answer: unknown): { value: unknown } | { text: string } | undefined {
  const { content, structuredContent } = (answer ?? {}) as { content?: unknown; structuredContent?: unknown };
  if (structuredContent !== undefined) return { value: structuredContent };
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const texts = content.map((each: { type?: unknown; text?: unknown }) =>
    each?.type === 'text' && typeof each.text === 'string' ? each.text : undefined,
  );
  return texts.includes(undefined) ? undefined : { text: texts.join('\n\n') };
}
