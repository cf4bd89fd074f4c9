import type { ServerResponse } from 'node:http';
import type { McpCall } from '../calls/call.js';
import type { CallLog } from '../calls/call-log.js';
import type { Sessions } from '../calls/sessions.js';
import type { CallSummary } from './model.js';
import { summaryOf } from './summary.js';

/** How long changes are collected, in milliseconds. */
const COLLECT_MS = 80;
const KEEP_ALIVE_MS = 20_000;
/** Most bytes that wait for a page that does not read. */
const MAX_WAITING = 4 * 1024 * 1024;

/** An event stream with the calls that changed, for one open page. */
export class LiveStream {
  private readonly changed = new Map<string, McpCall>();
  private timer: NodeJS.Timeout | undefined;
  private sessionsChanged = false;

  constructor(
    private readonly res: ServerResponse,
    log: CallLog,
    sessions: Sessions,
  ) {
    const onCall = (call: McpCall) => {
      this.changed.set(call.id, call);
      this.schedule();
    };
    const onSessions = () => {
      this.sessionsChanged = true;
      this.schedule();
    };
    const keepAlive = setInterval(() => this.write(': \n\n'), KEEP_ALIVE_MS);
    for (const event of ['started', 'changed', 'finished'] as const) log.on(event, onCall);
    sessions.on('changed', onSessions);
    res.once('close', () => {
      clearInterval(keepAlive);
      clearTimeout(this.timer);
      for (const event of ['started', 'changed', 'finished'] as const) log.off(event, onCall);
      sessions.off('changed', onSessions);
    });
    this.write('retry: 1000\n\n');
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(), COLLECT_MS);
  }

  private flush(): void {
    this.timer = undefined;
    const calls: CallSummary[] = [...this.changed.values()].map(summaryOf);
    this.changed.clear();
    if (calls.length > 0) this.write(`event: calls\ndata: ${JSON.stringify(calls)}\n\n`);
    if (this.sessionsChanged) this.write('event: sessions\ndata: {}\n\n');
    this.sessionsChanged = false;
  }

  private write(text: string): void {
    this.res.write(text);
    if (this.res.writableLength > MAX_WAITING) this.res.destroy(); // the page connects again
  }
}
