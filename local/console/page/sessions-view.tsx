import type { Store } from './store.js';
import { clock, shortArn, TRANSPORTS } from './text.js';
import { Empty, Untrusted } from './ui.js';

/** The sessions of clients, newest first. */
export function SessionsView({ store }: { store: Store }) {
  const sessions = [...(store.state?.sessions ?? [])].reverse();
  if (sessions.length === 0) {
    return (
      <Empty title="No sessions">
        <p>Clients of revision 2026-07-28 have none. Older clients begin one when they connect.</p>
      </Empty>
    );
  }
  return (
    <div class="page">
      <h2 class="page-title">Sessions</h2>
      <table class="sessions">
        <thead>
          <tr>
            {['State', 'Session', 'Client', 'Caller', 'Transport', 'Revision', 'Calls', 'Opened', 'Last call'].map(
              (title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={`${session.id} ${session.openedAt}`}>
              <td>
                <span class={`dot ${session.endedAt ? 'ended' : 'open'}`} /> {session.endedAt ? 'ended' : 'open'}
              </td>
              <td class="mono">{session.id}</td>
              <td>
                <Untrusted text={session.client ?? ''} />
              </td>
              <td>
                <Untrusted text={shortArn(session.caller ?? '')} />
              </td>
              <td>{TRANSPORTS[session.transport]}</td>
              <td>{session.revision}</td>
              <td class="number">{session.calls}</td>
              <td>{clock(session.openedAt)}</td>
              <td>{session.lastCallAt === undefined ? '' : clock(session.lastCallAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
