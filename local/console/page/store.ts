import { useEffect, useState } from 'preact/hooks';
import type { McpCall } from '../../calls/call.js';
import type { CallSummary, ConsoleState } from '../model.js';

/** What the page knows. */
export interface Store {
  readonly connected: boolean;
  /** Newest first. */
  readonly calls: readonly CallSummary[];
  readonly state: ConsoleState | undefined;
}

const API = '/console/api/';
/** Number of calls that are kept, as in the runner. */
const MAX_CALLS = 1000;

let current: Store = { connected: false, calls: [], state: undefined };
const listeners = new Set<() => void>();

function set(change: Partial<Store>): void {
  current = { ...current, ...change };
  for (const listener of listeners) listener();
}

/** Returns the store, and renders again when it changes. */
export function useStore(): Store {
  const [, render] = useState(0);
  useEffect(() => {
    const listener = () => render((n) => n + 1);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return current;
}

async function read<T>(route: string, init?: RequestInit): Promise<T> {
  const response = await fetch(API + route, init);
  const body = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return body;
}

/** Returns a call with all its parts. */
export const readCall = (id: string) => read<McpCall>(`calls/${encodeURIComponent(id)}`);

export async function clearCalls(): Promise<void> {
  await read('calls', { method: 'DELETE' });
  await loadCalls();
}

/** Starts the MCP Inspector, and returns its address. */
export const openInspector = () => read<{ url: string }>('inspector', { method: 'POST' });

async function loadCalls(): Promise<void> {
  const calls = await read<CallSummary[]>('calls');
  set({ calls: calls.reverse() });
}

async function loadState(): Promise<void> {
  set({ state: await read<ConsoleState>('state') });
}

function merge(changed: readonly CallSummary[]): void {
  const byId = new Map(changed.map((call) => [call.id, call]));
  const kept = current.calls.map((call) => {
    const next = byId.get(call.id);
    byId.delete(call.id);
    return next ?? call;
  });
  const added = [...byId.values()].filter(({ id }) => !kept[0] || Number(id) > Number(kept[0].id)).reverse();
  set({ calls: [...added, ...kept].slice(0, MAX_CALLS) });
}

/** Keeps the store up to date. */
export function connect(): void {
  const events = new EventSource(`${API}events`);
  events.addEventListener('open', () => {
    set({ connected: true });
    // also after a restart of the runner, which has other calls
    void Promise.all([loadCalls(), loadState()]).catch(() => {});
  });
  events.addEventListener('error', () => set({ connected: false }));
  events.addEventListener('calls', ({ data }) => {
    const changed = JSON.parse(data as string) as CallSummary[];
    merge(changed);
    // the Registration API changes what the server offers
    if (changed.some(({ method, outcome }) => method === 'tools/list' && outcome)) void loadState().catch(() => {});
  });
  events.addEventListener('sessions', () => void loadState().catch(() => {}));
}
