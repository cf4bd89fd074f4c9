import { useState } from 'preact/hooks';
import { CallsView } from './calls-view.js';
import { CatalogView } from './catalog-view.js';
import { ConnectView } from './connect-view.js';
import { href, useRoute, type View } from './router.js';
import { SessionsView } from './sessions-view.js';
import { openInspector, useStore } from './store.js';
import { CopyButton, Icon, Untrusted } from './ui.js';

/** Addresses of the MCP Inspector, which runs on this machine. */
const INSPECTOR_ADDRESS = /^http:\/\/(127\.0\.0\.1|localhost):\d+[/?]/;

export function App() {
  const store = useStore();
  const { view, rest } = useRoute();
  const { state, calls } = store;
  const open = state?.sessions.filter(({ endedAt }) => endedAt === undefined).length ?? 0;
  const tabs: ReadonlyArray<readonly [View, string, number | undefined]> = [
    ['calls', 'Calls', calls.length],
    ['catalog', 'Tools', state?.registrations.length],
    ['sessions', 'Sessions', open],
    ['connect', 'Connect', undefined],
  ];
  const [server] = state?.servers ?? [];
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <h1>
          <img src="/console/icon.svg" alt="" width="20" height="20" />
          <Untrusted text={server?.name ?? 'MCP console'} />
        </h1>
        <nav aria-label="Views">
          {tabs.map(([name, title, count]) => (
            <a key={name} href={href(name)} aria-current={view === name ? 'page' : undefined}>
              {title}
              {count !== undefined && count > 0 && <span class="count">{count}</span>}
            </a>
          ))}
        </nav>
        <div class="top-end">
          {server && (
            <span class="address">
              <span class="mono">{server.mcp.replace(/^http:\/\//, '')}</span>
              <CopyButton text={server.mcp} label="Copy the MCP address" />
            </span>
          )}
          <span class={`live ${store.connected ? 'on' : ''}`} role="status">
            <span class="dot" />
            {store.connected ? 'Live' : 'Runner stopped'}
          </span>
          {server && <InspectorButton />}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {view === 'calls' && <CallsView store={store} id={rest[0]} />}
        {view === 'catalog' && <CatalogView store={store} kind={rest[0]} name={rest[1]} />}
        {view === 'sessions' && <SessionsView store={store} />}
        {view === 'connect' && <ConnectView store={store} />}
      </main>
    </>
  );
}

function InspectorButton() {
  const [state, setState] = useState<{ busy?: boolean; url?: string; error?: string }>({});
  const start = async () => {
    setState({ busy: true });
    try {
      const { url } = await openInspector();
      if (!INSPECTOR_ADDRESS.test(url)) throw new Error('the Inspector has an unexpected address');
      // a browser that blocks the window leaves the link
      window.open(url, '_blank', 'noopener,noreferrer');
      setState({ url });
    } catch (error) {
      setState({ error: (error as Error).message });
    }
  };
  if (state.url) {
    return (
      <a class="button" href={state.url} target="_blank" rel="noopener noreferrer">
        Inspector
        <Icon name="external" />
      </a>
    );
  }
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => void start()}
        disabled={state.busy === true}
        title="Starts the MCP Inspector for this server: forms, elicitation and more"
      >
        {state.busy ? 'Starting…' : 'Inspector'}
        <Icon name="external" />
      </button>
      {state.error && (
        <span class="toast" role="alert">
          <Untrusted text={state.error} />
        </span>
      )}
    </>
  );
}
