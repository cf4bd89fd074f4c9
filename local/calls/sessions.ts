import { EventEmitter } from 'node:events';
import type { Recording } from './recording.js';
import type { McpSession } from './session.js';

/** Number of characters of a session id that are shown. */
const SHOWN = 8;
const MAX_SESSIONS = 1000;

/** A session with its calls in progress. */
export class SessionState {
  /** Calls whose answers arrive on the stream of the session. */
  readonly pending: Recording[] = [];

  constructor(readonly data: McpSession) {}

  /** Records a call of the session. */
  called(): void {
    this.data.calls += 1;
    this.data.lastCallAt = Date.now();
  }

  /** Records what a client said about itself, or the server decided. */
  describe({ revision, client, caller }: Partial<Pick<McpSession, 'revision' | 'client' | 'caller'>>): void {
    if (revision) this.data.revision = revision;
    if (client) this.data.client = client;
    if (caller) this.data.caller = caller;
  }
}

/** The sessions of all servers, by their ids. */
export class Sessions extends EventEmitter<{
  /** A session began, ended or was used. */
  changed: [];
}> {
  private readonly states = new Map<string, SessionState>();

  constructor() {
    super();
    this.setMaxListeners(0); // one for each open console
  }

  /** The sessions, oldest first. */
  get all(): McpSession[] {
    return [...this.states.values()].map(({ data }) => data);
  }

  get(id: string | undefined): SessionState | undefined {
    return id === undefined ? undefined : this.states.get(id);
  }

  open(id: string, session: Omit<McpSession, 'id' | 'openedAt' | 'calls'>): SessionState {
    const known = this.states.get(id);
    if (known) return known;
    const state = new SessionState({ ...session, id: shortId(id), openedAt: Date.now(), calls: 0 });
    this.states.set(id, state);
    for (const [oldest] of this.states) {
      if (this.states.size <= MAX_SESSIONS) break;
      this.states.delete(oldest);
    }
    this.emit('changed');
    return state;
  }

  end(id: string): void {
    const state = this.states.get(id);
    if (!state || state.data.endedAt) return;
    state.data.endedAt = Date.now();
    this.emit('changed');
  }
}

/** Returns the part of a session id that is shown. */
export function shortId(id: string): string {
  return id.slice(0, SHOWN);
}
