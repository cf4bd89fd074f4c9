import { createHash } from 'node:crypto';
import { METRICS } from '../../src/private/contract.js';
import type { Registration, RegistrationItem } from '../../src/private/registration.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { definitionOf, idOf } from './item.js';
import { listedPrompt, listedResource, listedTemplate, listedTool } from './list-entries.js';
import { all, readRegistrations, readRevision } from './store.js';

/** What the server serves: the enabled registrations of one registry revision, each kind ordered by id. */
export interface Catalog {
  readonly revision: number;
  readonly tools: readonly Registration[];
  readonly resources: readonly Registration[];
  readonly templates: readonly Registration[];
  readonly prompts: readonly Registration[];
  /** Changes with what a client sees in the list of that kind, and with nothing else. */
  readonly digest: Readonly<Record<'tools' | 'resources' | 'prompts', string>>;
}

/** Reads the catalog as it was at most `maxAgeMs` ago. */
export type ReadCatalog = (maxAgeMs?: number) => Promise<Catalog>;

/** How long a catalog is served without asking the registry whether it changed. */
const FRESH_MS = 2_000;

/** The catalog of this process, re-read only when the registry's revision moved. */
export class CatalogCache {
  private current?: { readonly catalog: Catalog; readonly checkedAt: number };
  private refreshing?: Promise<Catalog>;

  constructor(private readonly freshMs = FRESH_MS) {}

  async get(maxAgeMs = this.freshMs): Promise<Catalog> {
    if (this.current && Date.now() - this.current.checkedAt < maxAgeMs) return this.current.catalog;
    if (this.refreshing) return this.current?.catalog ?? this.refreshing; // only the first one waits for a change
    this.refreshing = this.refresh().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async refresh(): Promise<Catalog> {
    const previous = this.current?.catalog;
    let catalog: Catalog;
    try {
      // the revision first: a change while the registrations are read is seen the next time
      const revision = await readRevision();
      catalog = previous?.revision === revision ? previous : await this.load(revision);
    } catch (error) {
      if (!previous) throw error;
      log.warn('the registry cannot be read: serving the catalog read before', error as Error);
      catalog = previous;
    }
    this.current = { catalog, checkedAt: Date.now() };
    return catalog;
  }

  private async load(revision: number): Promise<Catalog> {
    const { catalog, shadowed } = buildCatalog(revision, await readRegistrations());
    if (shadowed.length > 0) {
      const pairs = shadowed.map(({ id, shadowedBy }) => ({ id, shadowedBy }));
      log.warn('registrations are shadowed by others with the same uri', { shadowed: pairs });
      measure([{ name: METRICS.SHADOWED_REGISTRATIONS, value: shadowed.length }]);
    }
    return catalog;
  }
}

/** Sorts registrations into a catalog; `shadowed` are those whose uri another one serves. */
export function buildCatalog(
  revision: number,
  registrations: readonly Registration[],
): { catalog: Catalog; shadowed: Registration[] } {
  const live = registrations.filter(({ enabled }) => enabled !== false).sort((a, b) => compareIds(a.id, b.id));
  const of = (type: Registration['type']) => live.filter((registration) => registration.type === type);
  const { served, shadowed } = applyShadowing(of('resource'));
  const [tools, prompts] = [of('tool'), of('prompt')];
  const resources = served.filter(({ uri }) => uri !== undefined);
  const templates = served.filter(({ uriTemplate }) => uriTemplate !== undefined);
  const digest = {
    tools: digestOf(tools.map(listedTool)),
    resources: digestOf([resources.map(listedResource), templates.map(listedTemplate)]),
    prompts: digestOf(prompts.map(listedPrompt)),
  };
  return { catalog: { revision, tools, resources, templates, prompts, digest }, shadowed };
}

/** The order of lists: by code unit, as cursors compare. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

/**
 * The shadowing rule: of several enabled resources with the same URI or URI template, clients see the first by id.
 *
 * @param resources enabled resources and templates, in the order of their ids
 */
function applyShadowing<T extends AddressedRegistration>(resources: readonly T[]) {
  const byAddress = new Map<string, T>();
  const shadowed: Array<T & { readonly shadowedBy: string }> = [];
  for (const resource of resources) {
    const address = JSON.stringify([resource.uri, resource.uriTemplate]);
    const first = byAddress.get(address);
    if (first) shadowed.push({ ...resource, shadowedBy: first.id });
    else byAddress.set(address, resource);
  }
  return { served: [...byAddress.values()], shadowed };
}

interface AddressedRegistration {
  readonly id: string;
  readonly uri?: string;
  readonly uriTemplate?: string;
}

/** The ids of shadowed registrations, each with the id of the registration that clients see instead. */
export async function shadows(items: readonly RegistrationItem[]): Promise<ReadonlyMap<string, string>> {
  if (!items.some(({ type }) => type === 'resource')) return new Map();
  const resources = (await all('resource'))
    .map((item) => ({ id: idOf(item), ...definitionOf(item) }))
    .filter(({ enabled }) => enabled !== false);
  return new Map(applyShadowing(resources).shadowed.map(({ id, shadowedBy }) => [id, shadowedBy]));
}
