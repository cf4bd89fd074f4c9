import type { ResourceChange } from '../stacks/changes.js';

/** Types whose resources change whenever another one does. */
const CONSEQUENCES = new Set(['AWS::ApiGateway::Deployment', 'AWS::Lambda::Version']);
/** Number of lines for one update. */
const MAX_LINES = 10;

/** Describes an update of the app, one line for each kind of change: `updated Orders/Stock (code)`. */
export function describeChanges(changes: readonly ResourceChange[]): string[] {
  const shown = changes.filter(({ type }) => !CONSEQUENCES.has(type));
  const kinds = new Map<string, string[]>();
  for (const { change, path, properties = [] } of shown) {
    const kind = `${change}|${properties.map(propertyName).join(', ')}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  }
  const all = [...kinds].map(([kind, paths]) => {
    const [change, properties] = kind.split('|');
    return `${change} ${paths.join(', ')}${properties ? ` (${properties})` : ''}`;
  });
  if (all.length === 0) return ['updated: the resources of the app are unchanged'];
  const more = all.length - MAX_LINES;
  return more > 0 ? [...all.slice(0, MAX_LINES), `and ${more} more changes`] : all;
}

/** `350 ms`, `1.2 s`, `2 min 5 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** `MemorySize` as `memory size`; members of definitions stay as they are. */
function propertyName(name: string): string {
  return /^[A-Z]/.test(name) ? name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase() : name;
}
