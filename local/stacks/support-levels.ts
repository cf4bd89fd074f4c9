import type { SupportLevel } from '../resources/supported-types.js';
import type { InventoryEntry } from './stack.js';

/** Groups the construct paths of resources by support level and type. */
export function groupBySupportLevel(inventory: readonly InventoryEntry[]): Record<SupportLevel, Map<string, string[]>> {
  const types = {
    emulated: new Map<string, string[]>(),
    accepted: new Map<string, string[]>(),
    unsupported: new Map<string, string[]>(),
  };
  for (const { type, path, level } of inventory) {
    types[level].set(type, [...(types[level].get(type) ?? []), path]);
  }
  return types;
}
