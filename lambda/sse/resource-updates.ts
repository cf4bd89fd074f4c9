import { pollInterval } from '../notifications/poll-interval.js';
import { InMemorySubscriptions } from '../notifications/subscriptions.js';
import { pollUpdates, UPDATE_POLL_MS } from '../notifications/update-poller.js';
import type { Principal } from '../shared/principal.js';

interface UpdateOptions {
  readonly signal: AbortSignal;
  /** The number of open sessions of the server: each of them polls. */
  readonly openSessions: number;
  /** Whether the caller that subscribed to a resource may use it now. */
  readonly mayReceive: (uri: string, caller: Principal | null) => Promise<boolean>;
  readonly notify: (uri: string) => Promise<void>;
}

/** The subscriptions of a session and the updates of their resources. Loaded on demand: most servers have no notifications. */
export class ResourceUpdates {
  readonly subscriptions = new InMemorySubscriptions();

  /** Reports updates until the signal aborts. */
  report({ signal, openSessions, mayReceive, notify }: UpdateOptions): Promise<void> {
    const { subscriptions } = this;
    return pollUpdates({
      updates: () => subscriptions.updates,
      signal,
      everyMs: pollInterval(UPDATE_POLL_MS, openSessions),
      notify: async (uris) => {
        for (const uri of uris) {
          const caller = subscriptions.callerOf(uri);
          if (caller !== undefined && (await mayReceive(uri, caller))) await notify(uri);
        }
      },
    });
  }
}
