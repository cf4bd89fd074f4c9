import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CallSummary } from '../model.js';
import { CallDetail } from './call-detail.js';
import { CallList } from './call-list.js';
import { href } from './router.js';
import { clearCalls, type Store } from './store.js';
import { plural } from './text.js';
import { Code, Empty, Icon } from './ui.js';

/** Methods that clients call by themselves. */
const BACKGROUND =
  /^(initialize|ping|server\/discover|logging\/setLevel|(tools|prompts|resources|resources\/templates)\/list|tasks\/get|subscriptions\/listen)$/;

type Filter = 'all' | 'failed';

export function CallsView({ store, id }: { store: Store; id: string | undefined }) {
  const { calls } = store;
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [background, setBackground] = useState(true);
  const shown = useMemo(
    () => calls.filter((call) => matches(call, { text, filter, background })),
    [calls, text, filter, background],
  );
  const selected = id ?? shown[0]?.id;
  const summary = calls.find((call) => call.id === selected);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).matches('input, textarea');
      if (event.key !== '/' || typing) return;
      event.preventDefault();
      document.getElementById('filter')?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  if (calls.length === 0) return <NoCalls store={store} />;
  return (
    <div class="split">
      <section class="list-pane" aria-label="Calls">
        <div class="toolbar">
          <label class="search">
            <Icon name="search" />
            <span class="visually-hidden">Filter calls</span>
            <input
              id="filter"
              type="search"
              placeholder="Filter by name, method, client…"
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
            <span class="key" aria-hidden="true">
              /
            </span>
          </label>
          <button
            type="button"
            class="button"
            aria-pressed={filter === 'failed'}
            onClick={() => setFilter(filter === 'failed' ? 'all' : 'failed')}
          >
            Failed
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={!background}
            title="Hide list requests, pings and the like"
            onClick={() => setBackground(!background)}
          >
            Hide background
          </button>
        </div>
        {shown.length === 0 ? (
          <Empty title="No call matches">
            <button
              type="button"
              class="button"
              onClick={() => {
                setText('');
                setFilter('all');
                setBackground(true);
              }}
            >
              Show all calls
            </button>
          </Empty>
        ) : (
          <CallList calls={shown} selected={selected} />
        )}
        <footer class="list-foot">
          <span role="status">
            {plural(shown.length, 'call')}
            {shown.length < calls.length && ` of ${calls.length}`}
          </span>
          <button
            type="button"
            class="button quiet"
            onClick={() =>
              void clearCalls().then(() => {
                location.hash = href('calls');
              })
            }
          >
            Clear
          </button>
        </footer>
      </section>
      <div class="detail-pane">{selected && <CallDetail id={selected} summary={summary} />}</div>
    </div>
  );
}

function matches(
  call: CallSummary,
  { text, filter, background }: { text: string; filter: Filter; background: boolean },
): boolean {
  if (filter === 'failed' && (call.outcome === undefined || call.outcome === 'ok')) return false;
  if (!background && BACKGROUND.test(call.method) && call.outcome !== 'error') return false;
  const searched = text.trim().toLowerCase();
  if (searched === '') return true;
  return [call.name, call.method, call.client, call.caller, call.session, call.requestId].some((each) =>
    each?.toLowerCase().includes(searched),
  );
}

function NoCalls({ store: { state } }: { store: Store }) {
  const [server] = state?.servers ?? [];
  const setup = server?.clients[0];
  return (
    <Empty title="Waiting for the first call">
      <p>Connect a client, and each of its calls appears here while it runs.</p>
      {setup && <Code text={setup.text} label={`command for ${setup.title}`} />}
      <p>
        <a href={href('connect')}>Other clients</a>
      </p>
    </Empty>
  );
}
