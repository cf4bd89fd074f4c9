import type { Registration, RegistrationDefinition } from '../../src/private/registration.js';
import { isObject } from '../../src/private/validation/checks.js';
import { type DesiredRegistration, withoutReadOnly } from './registration-file.js';

/** A member of a registration whose value changes; absent values are undefined. */
export interface MemberChange {
  /** Path with dots, such as `inputSchema.properties.sku`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export type Change =
  | { readonly action: 'create'; readonly id: string; readonly definition: RegistrationDefinition }
  | {
      readonly action: 'change';
      readonly id: string;
      readonly definition: RegistrationDefinition;
      readonly members: readonly MemberChange[];
      /** The registration that the change was planned for. */
      readonly current: Registration;
    }
  | { readonly action: 'remove'; readonly id: string; readonly current: Registration };

/** The difference between a file and a server. */
export interface Plan {
  readonly changes: readonly Change[];
  readonly unchanged: readonly string[];
  /** Registrations of the API that the file does not have, and that stay. */
  readonly notInFile: readonly string[];
  /** Registrations of the file that a stack declares. */
  readonly declared: readonly string[];
}

/** @param prune whether registrations of the API that the file does not have are removed */
export function planChanges(
  desired: readonly DesiredRegistration[],
  registrations: readonly Registration[],
  { prune }: { readonly prune: boolean },
): Plan {
  const existing = new Map(registrations.map((each) => [each.id, each]));
  const ids = new Set(desired.map(({ id }) => id));
  const declared = desired.filter(({ id }) => existing.get(id)?.owner === 'cdk').map(({ id }) => id);
  const others = registrations.filter(({ id, owner }) => owner === 'api' && !ids.has(id));
  const changes: Change[] = [];
  const unchanged: string[] = [];
  for (const { id, definition } of desired) {
    const current = existing.get(id);
    if (current?.owner === 'cdk') continue;
    if (current === undefined) {
      changes.push({ action: 'create', id, definition });
      continue;
    }
    const members = difference(withoutReadOnly(current), definition);
    if (members.length === 0) unchanged.push(id);
    else changes.push({ action: 'change', id, definition, members, current });
  }
  if (prune) changes.push(...others.map((current): Change => ({ action: 'remove', id: current.id, current })));
  return { changes, unchanged, notInFile: prune ? [] : others.map(({ id }) => id), declared };
}

/** Returns the members that differ. Goes into objects that both sides have. */
function difference(before: object, after: object, path = ''): MemberChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, next] = [(before as Record<string, unknown>)[name], (after as Record<string, unknown>)[name]];
    const own = path === '' ? name : `${path}.${name}`;
    if (isObject(old) && isObject(next)) return difference(old, next, own);
    return canonical(old) === canonical(next) ? [] : [{ path: own, before: old, after: next }];
  });
}

/** JSON with members in a fixed order: their order has no meaning. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}
