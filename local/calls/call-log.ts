import { EventEmitter } from 'node:events';
import type { McpCall } from './call.js';

/** Number of calls that are kept. */
export const MAX_CALLS = 1000;
/** Size of the recorded values and logs of all calls, in characters. */
const MAX_TOTAL = 32 * 1024 * 1024;

interface CallEvents {
  /** A request arrived. */
  started: [McpCall];
  /** A call has further steps, logs or permissions. Also occurs after `finished`, for tasks and late log lines. */
  changed: [McpCall];
  /** The outcome of a call is known. */
  finished: [McpCall];
}

/** The newest MCP calls, and events about them. */
export class CallLog extends EventEmitter<CallEvents> {
  private readonly kept = new Map<string, { call: McpCall; size: number }>();
  private total = 0;

  constructor() {
    super();
    this.setMaxListeners(0); // one for each open console
  }

  /** The calls, oldest first. */
  get all(): McpCall[] {
    return [...this.kept.values()].map(({ call }) => call);
  }

  get(id: string): McpCall | undefined {
    return this.kept.get(id)?.call;
  }

  /** Adds a call, and removes the oldest ones over the limits. */
  add(call: McpCall): void {
    this.kept.set(call.id, { call, size: 0 });
    this.trim();
    this.emit('started', call);
  }

  /** Accounts for the size of a part of a call, in characters. */
  grow(id: string, size: number): void {
    const entry = this.kept.get(id);
    if (!entry) return;
    entry.size += size;
    this.total += size;
    this.trim();
  }

  /** Removes the finished calls. */
  clear(): void {
    for (const [id, { call }] of this.kept) if (call.outcome) this.remove(id);
  }

  private trim(): void {
    for (const id of this.kept.keys()) {
      if (this.kept.size <= MAX_CALLS && (this.total <= MAX_TOTAL || this.kept.size === 1)) return;
      this.remove(id);
    }
  }

  private remove(id: string): void {
    this.total -= this.kept.get(id)?.size ?? 0;
    this.kept.delete(id);
  }
}
