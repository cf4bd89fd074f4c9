import type { Environment } from '../environment.js';
import type { Services } from './services.js';

/** What a resource has become. */
export interface Outcome {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What a resource type gets to work with. */
export interface ResourceContext {
  readonly stack: { readonly name: string; readonly id: string; readonly environment: Environment };
  readonly logicalId: string;
  /** What it is called in the app: its construct path. */
  readonly path: string;
  /** CloudFormation's name of the type. */
  readonly type: string;
  /** Intrinsic functions resolved. */
  readonly properties: Readonly<Record<string, any>>;
  readonly services: Services;
  /** Path of an asset by its key in the bootstrap bucket. */
  asset(key: string): string | undefined;
  /** A name as CloudFormation makes them up, the same in every run. */
  physicalName(maxLength?: number): string;
  /** `arn:aws:<service>:<region>:<account>:<resource>` in the stack's environment. */
  arn(service: string, resource: string, options?: { global: boolean }): string;
}

export interface Previous {
  readonly properties: Readonly<Record<string, any>>;
  readonly outcome: Outcome;
}

/** How the runner makes, changes and deletes resources of one type. */
export interface ResourceType {
  create(context: ResourceContext): Promise<Outcome>;
  /**
   * Brings the resource to the context's properties. A new physical id means a new resource beside the old one, which is then
   * deleted when everything else is done.
   */
  update(context: ResourceContext, previous: Previous): Promise<Outcome>;
  /** The context has the properties that the resource was made with. */
  delete(context: ResourceContext, outcome: Outcome): Promise<void>;
}

/** A type where making and changing are the same: putting it there. */
export function putType(
  put: (context: ResourceContext, previous?: Previous) => Promise<Outcome> | Outcome,
  remove: (context: ResourceContext, outcome: Outcome) => Promise<void> | void = () => {},
): ResourceType {
  return {
    create: async (context) => put(context),
    update: async (context, previous) => put(context, previous),
    delete: async (context, outcome) => remove(context, outcome),
  };
}

/** A list of `{ Key, Value }`, or a map, as a map. */
export function tagsOf(tags: unknown): Record<string, string> {
  if (!Array.isArray(tags)) return { ...(tags as Record<string, string> | undefined) };
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, String(Value)]));
}
