import type { ServerContext } from '@modelcontextprotocol/server';
import { requestContextOf, revisionOf, type ServerInstance } from '../protocol/request-scope.js';

/** How far a function is. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** Something that a function wants logged at the client. */
export interface LogMessage {
  readonly level: string;
  readonly logger?: string;
  readonly data: unknown;
}

/** What a call may tell its client while it runs. Nothing here fails: a client that has gone is its transport's matter. */
export interface ClientChannel {
  progress(progress: Progress): Promise<void>;
  log(message: LogMessage): Promise<void>;
  /** Resolves when the answer may follow what was sent. */
  settled(): Promise<void>;
}

/** RFC 5424's levels as MCP names them, from the least on. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** First revision whose progress has a message. */
const PROGRESS_MESSAGE = '2025-03-26';
/**
 * Milliseconds between the last notification and the answer. Clients of the TypeScript SDKs handle what arrives in one piece from
 * its end: a progress that comes with the answer belongs to no call any more.
 */
const APART_MS = 25;

/** For a request whose client cannot be told anything, or did not ask. */
export const NO_CHANNEL: ClientChannel = { progress: async () => {}, log: async () => {}, settled: async () => {} };

/** How far each request is by what its client was told, over all rounds of calling the function: progress must increase. */
const furthest = new WeakMap<AbortSignal, number>();

/** Tells the client of a request what it asked to be told: progress if it gave a token, messages of the level that it set. */
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
      if (
        progressToken === undefined ||
        !(progress.progress > (furthest.get(mcpReq.signal) ?? Number.NEGATIVE_INFINITY))
      )
        return;
      furthest.set(mcpReq.signal, progress.progress);
      const told = message !== undefined && revisionOf(instance) >= PROGRESS_MESSAGE ? { message } : {};
      await notify({ method: 'notifications/progress', params: { progressToken, ...progress, ...told } });
    },
    async log(message) {
      const { logLevel } = requestContextOf(instance, ctx); // it may change while the call runs
      if (logLevel === undefined || LOG_LEVELS.indexOf(message.level) < LOG_LEVELS.indexOf(logLevel)) return;
      await notify({ method: 'notifications/message', params: { ...message } });
    },
    async settled() {
      const left = sentAt + APART_MS - Date.now();
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    },
  };
}
