import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerContext } from '@modelcontextprotocol/server';
import { requestContextOf, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { PROGRESS_MESSAGE_REVISION } from '../protocol/revisions.js';
import { plainTwin } from '../shared/exact-json.js';

/** The progress of a call. Its numbers may be exact: numbers that JavaScript would round. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** A log message for the client. */
export interface LogMessage {
  readonly level: string;
  readonly logger?: string;
  readonly data: unknown;
}

/** Sends progress and log messages of a call to its client while the handler runs. Errors of the transport are ignored. */
export interface ClientChannel {
  progress(progress: Progress): Promise<void>;
  log(message: LogMessage): Promise<void>;
  /** Resolves when the result may follow the last notification. */
  readyForResult(): Promise<void>;
}

/** The log levels of RFC 5424 as MCP names them, in ascending order. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/**
 * Milliseconds between the last notification and the result. Clients of the TypeScript SDKs process messages that arrive in one chunk
 * in reverse order: they would drop a progress notification that arrives together with the result.
 */
const RESULT_DELAY_MS = 25;

/** Sends nothing. For requests without a client channel. */
export const NO_CHANNEL: ClientChannel = {
  progress: async () => {},
  log: async () => {},
  readyForResult: async () => {},
};

/** The last progress sent for each request, over all calls of its handler: MCP requires progress to increase. */
const lastProgress = new WeakMap<AbortSignal, number>();

/** Returns the client channel of a request. It sends progress if the client gave a token, and log messages of the level that it set. */
export function clientChannelOf(instance: ServerInstance, ctx: ServerContext): ClientChannel {
  const { mcpReq } = ctx;
  const progressToken = mcpReq._meta?.progressToken;
  let sentAt = 0;
  const notify: typeof mcpReq.notify = async (notification) => {
    if (mcpReq.signal.aborted) return;
    await mcpReq.notify(notification).catch(() => undefined);
    sentAt = Date.now();
  };
  return {
    async progress({ message, ...progress }) {
      const last = lastProgress.get(mcpReq.signal) ?? Number.NEGATIVE_INFINITY;
      const current = plainTwin(progress.progress);
      if (progressToken === undefined || !(current > last)) return;
      lastProgress.set(mcpReq.signal, current);
      const withMessage = message !== undefined && revisionOf(instance) >= PROGRESS_MESSAGE_REVISION;
      const params = { progressToken, ...progress, ...(withMessage ? { message } : {}) };
      await notify({ method: 'notifications/progress', params });
    },
    async log(message) {
      const { logLevel } = requestContextOf(instance, ctx); // the client may change it during the call
      if (logLevel === undefined || LOG_LEVELS.indexOf(message.level) < LOG_LEVELS.indexOf(logLevel)) return;
      await notify({ method: 'notifications/message', params: { ...message } });
    },
    async readyForResult() {
      const remaining = sentAt + RESULT_DELAY_MS - Date.now();
      if (remaining > 0) await sleep(remaining);
    },
  };
}
