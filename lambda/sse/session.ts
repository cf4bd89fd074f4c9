import { setTimeout as sleep } from 'node:timers/promises';
import { QueueDoesNotExist } from '@aws-sdk/client-sqs';
import type { Server } from '@modelcontextprotocol/server';
import { METRICS } from '../../src/private/contract.js';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { pollListChanges } from '../notifications/list-change-poller.js';
import { InMemorySubscriptions } from '../notifications/subscriptions.js';
import { pollUpdates } from '../notifications/update-poller.js';
import type { Catalog } from '../registry/catalog.js';
import { type Logger, log } from '../shared/log.js';
import { MetricUnit, measure } from '../shared/metrics.js';
import type { Principal } from '../shared/principal.js';
import { sessionName } from '../shared/session-name.js';
import type { ResponseBody } from '../shared/stream.js';
import { Inbox } from './inbox.js';
import { Liveness } from './liveness.js';
import type { SessionResources } from './opening.js';
import type { SessionTiming } from './timing.js';
import { SessionTransport } from './transport.js';

/** A line that clients pass over. */
const COMMENT = ':\n\n';
/** Milliseconds after which clients shall come back. */
const RECONNECT_MS = 1000;
/** Milliseconds that the last words on the stream may take: a reader that stands still must not keep the queue alive. */
const FAREWELL_MS = 2_000;
/** Milliseconds in which a message may still arrive that the message function took before the record was removed. */
const LATECOMERS_MS = 1_000;

/** Why a session ended. */
export type EndReason =
  /** Its time was over. */
  | 'planned'
  | 'idle'
  /** It answered no ping. */
  | 'client-gone'
  /** Its record was deleted from outside, or the lease ran out because it could not be renewed. */
  | 'lease-lost'
  | 'queue-removed'
  | 'failed';

/** What a session is made of. */
export interface SessionParts extends SessionResources {
  /** Path and query for the client's messages, as the client has to call it. */
  readonly endpoint: string;
  readonly principal: Principal | null;
  readonly catalog: () => Promise<Catalog>;
  readonly body: ResponseBody;
  readonly timing: SessionTiming;
}

/**
 * The life of one session, from the `endpoint` event to the closed stream. Its activities run side by side until one of
 * them calls `end`; then everything that the session held is removed.
 */
export class Session {
  private readonly startedAt = Date.now();
  private readonly over = new AbortController();
  private readonly deaf = new AbortController();
  private readonly inbox = new Inbox();
  private readonly subscriptions = new InMemorySubscriptions();
  private readonly transport: SessionTransport;
  private readonly log: Logger;
  private wroteAt = this.startedAt;
  private leaseUntil: number;
  private reason: EndReason = 'failed';

  constructor(private readonly parts: SessionParts) {
    this.leaseUntil = this.startedAt + parts.timing.leaseMs;
    const name = sessionName(parts.id);
    this.transport = new SessionTransport(name, (chunk) => this.write(chunk));
    this.log = log.createChild({ persistentKeys: { sessionId: name } });
  }

  /** Runs the session; resolves when nothing is left of it. */
  async run(): Promise<EndReason> {
    let receiving: Promise<void> | undefined;
    try {
      const server = this.makeServer();
      await server.connect(this.transport);
      await this.write(`event: endpoint\ndata: ${this.parts.endpoint}\n\n`);
      // Lambda's runtime is reported to hold a small first chunk back until the next one (aws-lambda-nodejs-runtime-interface-client#102)
      void this.write(COMMENT);
      receiving = this.receive().catch((error) => this.fail(error));
      const activities = [
        this.beat(),
        this.watchIdle(),
        this.watchCatalog(server),
        this.watchResources(server),
        this.keepAlive(),
        this.planEnd(),
      ];
      await Promise.all(activities.map((activity) => activity.catch((error) => this.fail(error))));
    } catch (error) {
      this.fail(error);
    }
    await this.cleanUp();
    await receiving;
    return this.reason;
  }

  private makeServer(): Server {
    const { transport } = this;
    const { catalog, principal, timing } = this.parts;
    const server = createMcpServer({
      catalog,
      scope: {
        transport: 'sse',
        sessionId: transport.sessionId,
        principal,
        listChanged: true,
        updates: notificationsEnabled(),
        subscriptions: notificationsEnabled() ? this.subscriptions : undefined,
        deadline: timing.endsAt,
        get protocolVersion() {
          return transport.protocolVersion;
        },
      },
    });
    server.onerror = (error) => this.log.debug('the MCP server could not use a message', error);
    return server;
  }

  /** Goes on beyond the end until `deaf`: a receive that is broken off may take a message with it. */
  private async receive(): Promise<void> {
    for await (const delivered of this.parts.queue.messages(this.deaf.signal)) {
      for (const message of this.inbox.take(delivered)) this.transport.receive(message);
    }
  }

  /** Ping, lease, and the decision that the client is gone. */
  private async beat(): Promise<void> {
    const liveness = new Liveness();
    while (await this.wait(this.parts.timing.pingMs)) {
      if (liveness.beforePing(this.transport.heardAt)) return this.end('client-gone');
      if (Date.now() > this.leaseUntil) return this.end('lease-lost');
      this.transport.ping();
      void this.renew(); // not waited for: slowness here must not delay the next beat
    }
  }

  private async renew(): Promise<void> {
    const leaseUntil = Date.now() + this.parts.timing.leaseMs;
    try {
      if (!(await this.parts.store.renew(this.parts.id, leaseUntil))) return this.end('lease-lost');
      this.leaseUntil = leaseUntil;
    } catch (error) {
      this.log.warn('the session lease could not be renewed', error as Error);
    }
  }

  private async watchIdle(): Promise<void> {
    const { idleMs } = this.parts.timing;
    for (;;) {
      const left = this.transport.pendingCalls > 0 ? idleMs : this.transport.usedAt + idleMs - Date.now();
      if (left <= 0) return this.end('idle');
      if (!(await this.wait(left))) return;
    }
  }

  private watchCatalog(server: Server): Promise<void> {
    const { catalog, timing } = this.parts;
    return pollListChanges({
      catalog,
      signal: this.over.signal,
      everyMs: timing.watchMs,
      unread: () => !this.transport.ready,
      tell: (kind) => server.notification({ method: `notifications/${kind}/list_changed` }),
    });
  }

  private watchResources(server: Server): Promise<void> {
    const { subscriptions } = this;
    return pollUpdates({
      updates: () => subscriptions.updates,
      signal: this.over.signal,
      tell: async (uris) => {
        for (const uri of uris) if (subscriptions.has(uri)) await server.sendResourceUpdated({ uri });
      },
    });
  }

  /** A comment where nothing else was written for a while. */
  private async keepAlive(): Promise<void> {
    const { keepAliveMs } = this.parts.timing;
    for (;;) {
      if (Date.now() >= this.wroteAt + keepAliveMs) void this.write(COMMENT);
      if (!(await this.wait(this.wroteAt + keepAliveMs - Date.now()))) return;
    }
  }

  private async planEnd(): Promise<void> {
    const { endsAt, drainMs } = this.parts.timing;
    if (!(await this.wait(endsAt - drainMs - Date.now()))) return;
    this.transport.refuseCalls();
    await Promise.race([this.transport.settled(), this.wait(endsAt - Date.now())]);
    this.end('planned');
  }

  private async write(chunk: string): Promise<void> {
    this.wroteAt = Date.now();
    try {
      await this.parts.body.write(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.over.signal.aborted) return;
    const queueRemoved = error instanceof QueueDoesNotExist;
    if (!queueRemoved) this.log.error('the session failed', error as Error);
    this.end(queueRemoved ? 'queue-removed' : 'failed');
  }

  private end(reason: EndReason): void {
    if (this.over.signal.aborted) return;
    this.reason = reason;
    this.over.abort();
  }

  /** False if the session ended meanwhile. */
  private async wait(ms: number): Promise<boolean> {
    await sleep(Math.max(0, ms), undefined, { signal: this.over.signal }).catch(() => undefined);
    return !this.over.signal.aborted;
  }

  private async cleanUp(): Promise<void> {
    const { store, id, queue } = this.parts;
    this.transport.refuseCalls();
    await this.attempt('the session record could not be removed', store.remove(id));
    // from here on the message function refuses; what it took before gets an answer
    if (this.reason !== 'client-gone' && this.reason !== 'queue-removed') await sleep(LATECOMERS_MS);
    this.deaf.abort();
    const farewell = this.attempt('the stream could not be ended in order', this.farewell());
    await Promise.race([farewell, sleep(FAREWELL_MS, undefined, { ref: false })]);
    await this.attempt('the session queue could not be removed', queue.remove());
    const seconds = (Date.now() - this.startedAt) / 1000;
    measure([{ name: METRICS.SESSION_DURATION, value: seconds, unit: MetricUnit.Seconds }]);
    this.log.info('session ended', { reason: this.reason, seconds });
  }

  /** One step of cleaning up: the next ones are taken whatever becomes of it. */
  private attempt(failure: string, step: Promise<void>): Promise<void> {
    return step.catch((error) => this.log.warn(failure, error));
  }

  private async farewell(): Promise<void> {
    await this.transport.close();
    await this.write(`retry: ${RECONNECT_MS}\n\n`);
    await this.parts.body.end();
  }
}
