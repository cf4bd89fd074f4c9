import type { ConsoleRegistration } from './model.js';

/** An item of a registry table, in the format of DynamoDB. */
export type RegistryItem = Readonly<Record<string, { readonly S?: string }>>;

/** The attributes of a registration. */
interface Attributes {
  readonly type: ConsoleRegistration['kind'];
  readonly name: string;
  readonly definition: string;
  readonly lambdaArn: string;
  readonly owner: 'api' | 'cdk';
  readonly ownerResource?: string;
}

interface RegistryLookup {
  /** Construct path of the server. */
  readonly server: string;
  /** Returns the construct path of a custom resource. */
  readonly constructPath: (logicalId: string) => string | undefined;
  readonly functionOf: (arn: string) => { readonly path: string; readonly runtime?: string };
}

/** In their order in the console. */
const KINDS: readonly string[] = ['tool', 'resource', 'prompt'];

/** Converts the items of a registry table. Other items are left out. */
export function toRegistrations(items: readonly RegistryItem[], lookup: RegistryLookup): ConsoleRegistration[] {
  const registrations = items.flatMap((item) => {
    const values = Object.fromEntries(Object.entries(item).map(([name, { S }]) => [name, S]));
    const { type = '', name = '', definition } = values as Partial<Attributes>;
    return KINDS.includes(type) && definition !== undefined
      ? [toRegistration(values as unknown as Attributes, name, lookup)]
      : [];
  });
  return registrations.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

function toRegistration(item: Attributes, name: string, lookup: RegistryLookup): ConsoleRegistration {
  const { path, runtime } = lookup.functionOf(item.lambdaArn);
  const construct = item.ownerResource === undefined ? undefined : lookup.constructPath(item.ownerResource);
  return {
    kind: item.type,
    name,
    server: lookup.server,
    owner: item.owner === 'cdk' ? 'stack' : 'Registration API',
    ...(item.owner === 'cdk' && { construct: construct ?? item.ownerResource }),
    function: path,
    ...(runtime !== undefined && { runtime }),
    definition: parse(item.definition),
  };
}

function parse(definition: string): Record<string, unknown> {
  try {
    return JSON.parse(definition) as Record<string, unknown>;
  } catch {
    return {};
  }
}
