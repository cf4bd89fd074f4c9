import { createHash } from 'node:crypto';
import { METRICS } from '../../src/private/contract.js';
import type { Registration, RegistrationItem } from '../../src/private/registration.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { definitionOf, idOf, readEach } from './item.js';
import { promptEntry, resourceEntry, templateEntry, toolEntry } from './list-entries.js';
import { applyShadowing, compareIds } from './precedence.js';
import { all, readRegistrations, readRevision } from './store.js';

/** The enabled registrations of one registry revision. Each list is sorted by id. */
export interface Catalog {
  /** The registry revision; negative if it is not known. */
  readonly revision: number;
  readonly tools: readonly Registration[];
  readonly resources: readonly Registration[];
  readonly templates: readonly Registration[];
  readonly prompts: readonly Registration[];
  /** Hashes of the lists as clients see them. `resources` covers resource templates, too. */
  readonly digest: Readonly<Record<'tools' | 'resources' | 'prompts', string>>;
  /** The catalog with the registrations that the caller may not use. Undefined if all callers see the same catalog. */
  readonly full?: Catalog;
  /** The catalog with the registrations that are not in the toolset. Undefined if the catalog is not that of a toolset. */
  readonly whole?: Catalog;
}

/** Reads the catalog. It is at most `maxAgeMs` old. */
export type ReadCatalog = (maxAgeMs?: number) => Promise<Catalog>;

/** How long a catalog is served before its revision is checked, in milliseconds. */
const DEFAULT_MAX_AGE_MS = 2_000;

/** More than the clocks of two functions can differ, milliseconds. */
const CLOCKS_MS = 60_000;

/** Revision of a catalog that was read when the registry had just changed: the next check reads the registrations again. */
const UNKNOWN = -1;

/** Caches the catalog of this process. Reads the registrations again only if the registry revision has changed. */
export class CatalogCache {
  private current?: { readonly catalog: Catalog; readonly checkedAt: number };
  private refreshing?: Promise<Catalog>;

  constructor(private readonly defaultMaxAgeMs = DEFAULT_MAX_AGE_MS) {}

  async get(maxAgeMs = this.defaultMaxAgeMs): Promise<Catalog> {
    if (this.current && Date.now() - this.current.checkedAt < maxAgeMs) return this.current.catalog;
    if (this.refreshing) return this.current?.catalog ?? this.refreshing; // only the first caller waits for a refresh
    this.refreshing = this.refresh().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async refresh(): Promise<Catalog> {
    const previous = this.current?.catalog;
    let catalog: Catalog;
    try {
      catalog = previous ? await newer(previous) : await first();
    } catch (error) {
      if (!previous) throw error;
      log.warn('cannot read the registry: serving the previous catalog', error as Error);
      catalog = previous;
    }
    this.current = { catalog, checkedAt: Date.now() };
    return catalog;
  }
}

/** Reads the first catalog in one round trip. */
async function first(): Promise<Catalog> {
  const startedAt = Date.now();
  const [{ revision, changedAt }, registrations] = await Promise.all([readRevision(), readRegistrations()]);
  // a change during the reads may be in the revision and not in the registrations, which would then count as current until the next change
  const isBefore = revision === 0 || (changedAt !== undefined && changedAt < startedAt - CLOCKS_MS);
  return catalogOf(isBefore ? revision : UNKNOWN, registrations);
}

/** Reads the registrations if the registry has changed. */
async function newer(previous: Catalog): Promise<Catalog> {
  // the revision first: the next refresh then sees a change that happens while the registrations are read
  const { revision } = await readRevision();
  return previous.revision === revision ? previous : catalogOf(revision, await readRegistrations());
}

/** Builds a catalog, and reports the registrations that it leaves out. */
function catalogOf(revision: number, registrations: readonly Registration[]): Catalog {
  const { catalog, shadowed } = buildCatalog(revision, registrations);
  if (shadowed.length > 0) {
    const pairs = shadowed.map(({ id, shadowedBy }) => ({ id, shadowedBy }));
    log.warn('some registrations are shadowed: others serve their URIs', { shadowed: pairs });
    measure([{ name: METRICS.SHADOWED_REGISTRATIONS, value: shadowed.length }]);
  }
  return catalog;
}

/** Builds a catalog. `shadowed` are the registrations that it leaves out because another one serves their URIs. */
export function buildCatalog(
  revision: number,
  registrations: readonly Registration[],
): { catalog: Catalog; shadowed: Registration[] } {
  const enabled = registrations.filter((each) => each.enabled !== false).sort((a, b) => compareIds(a.id, b.id));
  const ofType = (type: Registration['type']) => enabled.filter((registration) => registration.type === type);
  const { visible, shadowed } = applyShadowing(ofType('resource'));
  const [tools, prompts] = [ofType('tool'), ofType('prompt')];
  const resources = visible.filter(({ uri }) => uri !== undefined);
  const templates = visible.filter(({ uriTemplate }) => uriTemplate !== undefined);
  const lists = { tools, resources, templates, prompts };
  return { catalog: { revision, ...lists, digest: digestsOf(lists) }, shadowed };
}

/**
 * Returns a part of a catalog. Its hashes are computed when they are read.
 *
 * @param origin the catalogs that the part comes from
 */
export function filterCatalog(
  { revision, tools, resources, templates, prompts }: Catalog,
  isIncluded: (registration: Registration) => boolean,
  origin: Pick<Catalog, 'full' | 'whole'>,
): Catalog {
  const lists = {
    tools: tools.filter(isIncluded),
    resources: resources.filter(isIncluded),
    templates: templates.filter(isIncluded),
    prompts: prompts.filter(isIncluded),
  };
  let digest: Catalog['digest'] | undefined;
  return {
    revision,
    ...lists,
    ...origin,
    get digest() {
      digest ??= digestsOf(lists);
      return digest;
    },
  };
}

/** The catalog of all callers and toolsets; undefined if a catalog is that. */
export function allOf({ whole, full }: Catalog): Catalog | undefined {
  return whole ?? full;
}

/** Hashes the lists of a catalog as clients see them. */
function digestsOf(lists: Pick<Catalog, 'tools' | 'resources' | 'templates' | 'prompts'>): Catalog['digest'] {
  return {
    tools: digestOf(lists.tools.map(toolEntry)),
    resources: digestOf([lists.resources.map(resourceEntry), lists.templates.map(templateEntry)]),
    prompts: digestOf(lists.prompts.map(promptEntry)),
  };
}

/** Returns the ids of shadowed registrations, each with the id of the registration that clients see instead. */
export async function shadows(items: readonly RegistrationItem[]): Promise<ReadonlyMap<string, string>> {
  if (!items.some(({ type }) => type === 'resource')) return new Map();
  const definitions = readEach(await all('resource'), (item) => ({
    id: idOf(item),
    owner: item.owner,
    ...definitionOf(item),
  }));
  const resources = definitions.filter(({ enabled }) => enabled !== false);
  return new Map(applyShadowing(resources).shadowed.map(({ id, shadowedBy }) => [id, shadowedBy]));
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
