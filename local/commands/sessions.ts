import { ENV } from '../../src/private/contract.js';
import type { DeployedServer } from '../deployed/deployed-server.js';
import { duration } from '../deployed/durations.js';
import { Failure } from '../deployed/failure.js';
import { type OpenSession, SessionTable } from '../deployed/open-sessions.js';
import type { ServerOptions } from '../deployed/server-options.js';
import { withServer } from './with-server.js';

/** Characters of a session's name that are shown. */
const NAME_LENGTH = 12;

/** `mcp-lambda sessions`: the open streams, each of which occupies a running function. */
export async function sessions(options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const table = await sessionTable(server);
    terminal.progress('reading the sessions');
    const now = Date.now();
    const { open, expired, tasks, httpSessionsOpened } = await table.list(now);
    if (terminal.json) {
      const shown = (each: OpenSession) => ({ ...each, id: undefined });
      return terminal.value({ open: open.map(shown), lost: expired.map(shown), tasks, httpSessionsOpened });
    }
    const row = (state: string) => (session: OpenSession) => [
      session.name.slice(0, NAME_LENGTH),
      session.kind,
      { text: state, style: state === 'lost' ? ('yellow' as const) : undefined },
      duration(now - session.openedAt),
      session.caller ?? '-',
    ];
    if (open.length + expired.length === 0) terminal.note('no open sessions or listeners');
    else {
      terminal.table(['ID', 'KIND', 'STATE', 'AGE', 'CALLER'], [...open.map(row('open')), ...expired.map(row('lost'))]);
    }
    terminal.note({
      text: `${tasks} unfinished tasks; ${httpSessionsOpened} sessions opened on /mcp in this hour and the last, which occupy no function`,
      style: 'dim',
    });
  });
}

/** `mcp-lambda sessions end <id>`: removes the record of a session, so that its function stops. */
export async function endSession(id: string, options: ServerOptions): Promise<void> {
  await withServer(options, async ({ server, terminal }) => {
    const table = await sessionTable(server);
    terminal.progress('ending the session');
    const ended = await table.end(id);
    if (ended.length === 0) {
      throw new Failure(`the server does not have a session ${id}`, [
        'mcp-lambda sessions lists the ids; pass at least 6 characters, or the whole id of a session on /mcp',
      ]);
    }
    if (terminal.json) return terminal.value(ended.map(({ kind, name }) => ({ kind, name })));
    for (const { kind, name } of ended) {
      const stops = kind === 'http' ? 'its next request gets 404' : 'its stream closes within 20 seconds';
      terminal.line(`${name.slice(0, NAME_LENGTH)} (${kind}) ended: ${stops}`);
    }
  });
}

async function sessionTable(server: DeployedServer): Promise<SessionTable> {
  const name = await server.stack('sessions').variable(ENV.SESSION_TABLE);
  return new SessionTable((await server.aws()).dynamoDb, name ?? '');
}
