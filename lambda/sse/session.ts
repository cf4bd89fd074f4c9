import { setTimeout as sleep } from 'node:timers/promises';
import { QueueDoesNotExist } from '@aws-sdk/client-sqs';
import type { Server } from '@modelcontextprotocol/server';
import { METRICS } from '../../src/private/contract.js';
import { callerCatalog, catalogFor } from '../access/caller-catalog.js';
import { countedCall } from '../limits/counted-call.js';
import { withholdsResource } from '../mcp/find-resource.js';
import { createMcpServer } from '../mcp/server.js';
import { notificationsEnabled } from '../notifications/enabled.js';
import { pollListChanges } from '../notifications/list-change-poller.js';
import { pollInterval } from '../notifications/poll-interval.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { type Logger, log } from '../shared/log.js';
import { MetricUnit, measure } from '../shared/metrics.js';
import { pause } from '../shared/pause.js';
import type { Principal } from '../shared/principal.js';
import { inTrace } from '../shared/request-trace.js';
import { sessionName } from '../shared/session-id.js';
import type { ResponseBody } from '../shared/stream.js';
import { IncomingMessages } from './incoming-messages.js';
import { Liveness } from './liveness.js';
import { asCaller, messageCaller } from './message-caller.js';
import type { SessionResources } from './open-session.js';
import type { ResourceUpdates } from './resource-updates.js';
import { StreamWriter } from './stream-writer.js';
import type { SessionTiming } from './timing.js';
import { SessionTransport } from './transport.js';

/** An event stream comment, which clients ignore. */
const COMMENT = ':\n\n';
/** Delay after which clients reconnect, milliseconds. */
const RECONNECT_MS = 1000;
/** Time limit for closing the stream, milliseconds: a client that does not read must not delay the removal of the queue. */
const CLOSE_TIMEOUT_MS = 2_000;
/** How long the queue is read after the record is removed, milliseconds: the message function may have accepted a message just before. */
const LAST_MESSAGES_MS = 1_000;

/** Why a session ended. */
type EndReason =
  /** It reached its maximum duration. */
  | 'planned'
  | 'idle'
  /** The client did not answer pings. */
  | 'client-gone'
  /** Its record was deleted, or its lease expired because renewals failed. */
  | 'lease-lost'
  | 'queue-removed'
  | 'failed';

interface SessionOptions extends SessionResources {
  /** Path and query to which the client sends its messages. */
  readonly endpoint: string;
  readonly principal: Principal | null;
  /** Text that the issuer puts before the name of a scope. */
  readonly scopePrefix?: string;
  /** Reads the catalog of all callers. */
  readonly catalog: ReadCatalog;
  readonly body: ResponseBody;
  readonly timing: SessionTiming;
}

/**
 * One SSE session, from the `endpoint` event until its stream is closed. Its activities run concurrently until one of them calls `end`.
 * Then the session's resources are removed.
 */
export class Session {
  private readonly startedAt = Date.now();
  private readonly ended = new AbortController();
  private readonly receivingStopped = new AbortController();
  private readonly incoming = new IncomingMessages();
  private readonly transport: SessionTransport;
  private readonly writer: StreamWriter;
  private readonly log: Logger;
  /** Undefined without notifications. */
  private updates: ResourceUpdates | undefined;
  private lastWriteAt = this.startedAt;
  private leaseUntil: number;
  private reason: EndReason = 'failed';

  constructor(private readonly options: SessionOptions) {
    this.leaseUntil = this.startedAt + options.timing.leaseMs;
    this.writer = new StreamWriter(options.body);
    const name = sessionName(options.id);
    this.transport = new SessionTransport(name, (chunk) => this.write(chunk));
    this.log = log.createChild({ persistentKeys: { sessionId: name } });
  }

  /** Runs the session. Resolves when its resources are removed. */
  async run(): Promise<EndReason> {
    let receiving: Promise<void> | undefined;
    try {
      if (notificationsEnabled()) this.updates = new (await import('./resource-updates.js')).ResourceUpdates();
      const server = this.createServer();
      await server.connect(this.transport);
      // before the client knows the endpoint, so that its first message does not wait for the connection to SQS
      receiving = this.receive().catch((error) => this.fail(error));
      await this.write(`event: endpoint\ndata: ${this.options.endpoint}\n\n`);
      const activities = [
        this.sendPings(),
        this.watchIdleTime(),
        this.notifyListChanges(server),
        this.notifyUpdates(server),
        this.sendKeepAlives(),
        this.endOnSchedule(),
      ];
      await Promise.all(activities.map((activity) => activity.catch((error) => this.fail(error))));
    } catch (error) {
      this.fail(error);
    }
    await this.cleanUp();
    await receiving;
    return this.reason;
  }

  private createServer(): Server {
    const { transport } = this;
    const { catalog, principal: opener, scopePrefix, timing } = this.options;
    const caller = () => messageCaller() ?? opener;
    const server = createMcpServer({
      catalog: async () => callerCatalog(await catalog(), caller()),
      scope: {
        transport: 'sse',
        sessionId: transport.sessionId,
        get principal() {
          return caller();
        },
        scopePrefix,
        countCall: (registration) => countedCall(registration, caller()),
        listChanged: true,
        updates: this.updates !== undefined,
        subscriptions: this.updates?.subscriptions,
        deadline: timing.endsAt,
        get protocolVersion() {
          return transport.protocolVersion;
        },
      },
    });
    server.onerror = (error) => this.log.debug('the MCP server rejected a message', error);
    return server;
  }

  /** Receives messages, also after `end` until `receivingStopped`: aborting a receive call may lose the message it was about to return. */
  private async receive(): Promise<void> {
    const { queue, timing, principal } = this.options;
    for await (const received of queue.messages(this.receivingStopped.signal, timing.leaseMs)) {
      for (const message of this.incoming.add(received)) {
        // a message function of a version without callers did not send one
        asCaller(message.caller ?? principal, () => inTrace(message.trace, () => this.transport.receive(message)));
      }
    }
  }

  /** Pings the client and renews the lease. Ends the session if the client has disconnected or the lease has expired. */
  private async sendPings(): Promise<void> {
    const liveness = new Liveness();
    // an answer cannot arrive while the queue cannot be read, and not soon if the client still reads what comes before the ping
    const excused = (since: number) => this.options.queue.failing || this.writer.isSlow(since);
    while (await this.wait(this.options.timing.pingMs)) {
      if (liveness.beforePing(this.transport.lastMessageAt, Date.now(), excused)) return this.end('client-gone');
      if (Date.now() > this.leaseUntil) return this.end('lease-lost');
      this.transport.ping();
      void this.renewLease(); // not awaited: a slow renewal must not delay the next ping
    }
  }

  private async renewLease(): Promise<void> {
    const leaseUntil = Date.now() + this.options.timing.leaseMs;
    try {
      if (!(await this.options.store.renew(this.options.id, leaseUntil))) return this.end('lease-lost');
      this.leaseUntil = leaseUntil;
    } catch (error) {
      this.log.warn('renewing the session lease failed', error as Error);
    }
  }

  private async watchIdleTime(): Promise<void> {
    const { idleMs } = this.options.timing;
    for (;;) {
      const left = this.transport.pendingCalls > 0 ? idleMs : this.transport.lastUsedAt + idleMs - Date.now();
      if (left <= 0) return this.end('idle');
      if (!(await this.wait(left))) return;
    }
  }

  private notifyListChanges(server: Server): Promise<void> {
    const { catalog, principal, timing, openSessions } = this.options;
    return pollListChanges({
      catalog: catalogFor(catalog, principal),
      signal: this.ended.signal,
      everyMs: pollInterval(timing.listPollMs, openSessions),
      unread: () => !this.transport.ready,
      notify: (kind) => server.notification({ method: `notifications/${kind}/list_changed` }),
    });
  }

  private async notifyUpdates(server: Server): Promise<void> {
    const { catalog, openSessions } = this.options;
    await this.updates?.report({
      signal: this.ended.signal,
      openSessions,
      mayReceive: async (uri, caller) => !withholdsResource(callerCatalog(await catalog(), caller), uri),
      notify: (uri) => server.sendResourceUpdated({ uri }),
    });
  }

  /** Writes a comment whenever the stream has been silent for `keepAliveMs`. */
  private async sendKeepAlives(): Promise<void> {
    const { keepAliveMs } = this.options.timing;
    for (;;) {
      if (Date.now() >= this.lastWriteAt + keepAliveMs) {
        if (this.writer.waiting) this.lastWriteAt = Date.now();
        else void this.write(COMMENT);
      }
      if (!(await this.wait(this.lastWriteAt + keepAliveMs - Date.now()))) return;
    }
  }

  /** Ends the session at its maximum duration. Running calls get `drainMs` to finish; new ones are rejected meanwhile. */
  private async endOnSchedule(): Promise<void> {
    const { endsAt, drainMs } = this.options.timing;
    if (!(await this.wait(endsAt - drainMs - Date.now()))) return;
    this.transport.rejectCalls();
    await Promise.race([this.transport.settled(), this.wait(endsAt - Date.now())]);
    this.end('planned');
  }

  private async write(chunk: string): Promise<void> {
    this.lastWriteAt = Date.now();
    try {
      await this.writer.write(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.ended.signal.aborted) return;
    const queueRemoved = error instanceof QueueDoesNotExist;
    if (!queueRemoved) this.log.error('the session failed', error as Error);
    this.end(queueRemoved ? 'queue-removed' : 'failed');
  }

  private end(reason: EndReason): void {
    if (this.ended.signal.aborted) return;
    this.reason = reason;
    this.ended.abort();
  }

  /** Resolves to false if the session has ended. */
  private wait(ms: number): Promise<boolean> {
    return pause(ms, this.ended.signal);
  }

  private async cleanUp(): Promise<void> {
    const { store, id, queue } = this.options;
    this.transport.rejectCalls();
    await this.warnOnFailure('removing the session record failed', store.remove(id));
    // from here on the message function rejects messages; those that it accepted before still get a response
    if (this.reason !== 'client-gone' && this.reason !== 'queue-removed') await sleep(LAST_MESSAGES_MS);
    this.receivingStopped.abort();
    const closing = this.warnOnFailure('closing the stream failed', this.closeStream());
    await Promise.race([closing, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await this.warnOnFailure('removing the session queue failed', queue.remove());
    const seconds = (Date.now() - this.startedAt) / 1000;
    measure([{ name: METRICS.SESSION_DURATION, value: seconds, unit: MetricUnit.Seconds }]);
    this.log.info('session ended', { reason: this.reason, seconds });
  }

  /** Logs a failed clean-up step, so that the remaining steps still run. */
  private warnOnFailure(message: string, step: Promise<void>): Promise<void> {
    return step.catch((error) => this.log.warn(message, error));
  }

  private async closeStream(): Promise<void> {
    await this.transport.close();
    await this.write(`retry: ${RECONNECT_MS}\n\n`);
    await this.writer.end();
  }
}
