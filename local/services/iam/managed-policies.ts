import table from './managed-policies.json' with { type: 'json' };
import type { PolicyDocument } from './policy.js';

const { source: _, ...documents } = table;

/** AWS managed policies that functions carry, by name with path. `scripts/managed-policies.mjs` writes the table. */
export const AWS_MANAGED_POLICIES = documents as unknown as Readonly<Record<string, PolicyDocument>>;
