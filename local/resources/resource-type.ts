import type { Template } from '../assembly/template.js';
import type { Environment } from '../environment.js';
import type { Services } from './services.js';

/** CloudFormation's return values of a deployed resource. */
export interface ReturnValues {
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A resource to create, update or delete. */
export interface ResourceContext {
  readonly stack: { readonly name: string; readonly id: string; readonly environment: Environment };
  readonly logicalId: string;
  /** Construct path. */
  readonly path: string;
  /** CloudFormation resource type. */
  readonly type: string;
  /** Properties with resolved intrinsic functions. */
  readonly properties: Readonly<Record<string, any>>;
  /** Template of the stack. */
  readonly template: Template;
  /** Local path of each asset, by its object key in the bootstrap bucket. */
  readonly assets: ReadonlyMap<string, string>;
  readonly services: Services;
  /** Lists the resource as not run, with the reason and what would make it run. Its return values are used nevertheless. */
  reportNotRun(reason: string, remedy: string): void;
  /** Generates a name as CloudFormation does, deterministic across runs. */
  physicalName(maxLength?: number): string;
  /** Formats `arn:aws:<service>:<region>:<account>:<resource>` in the stack's environment. */
  arn(service: string, resource: string, options?: { global: boolean }): string;
}

export interface PreviousResource {
  readonly properties: Readonly<Record<string, any>>;
  readonly returnValues: ReturnValues;
}

/** Creates, updates and deletes the resources of one type. */
export interface ResourceType {
  create(context: ResourceContext): Promise<ReturnValues>;
  /**
   * Updates the resource to the properties of the context. A new physical id means a replacement: the old resource is deleted after the
   * update of the stack.
   */
  update(context: ResourceContext, previous: PreviousResource): Promise<ReturnValues>;
  /** Creates a resource that cannot run, so that its calls fail with the reason. The context has the properties that could be resolved. */
  createUnavailable?(context: ResourceContext, reason: string): Promise<ReturnValues>;
  /** Deletes the resource. The context has the properties of its last deployment. */
  delete(context: ResourceContext, returnValues: ReturnValues): Promise<void>;
}

/** Defines a type whose create and update are the same operation. */
export function upsertType(
  upsert: (context: ResourceContext, previous?: PreviousResource) => Promise<ReturnValues> | ReturnValues,
  remove: (context: ResourceContext, returnValues: ReturnValues) => Promise<void> | void = () => {},
): ResourceType {
  return {
    create: async (context) => upsert(context),
    update: async (context, previous) => upsert(context, previous),
    delete: async (context, returnValues) => remove(context, returnValues),
  };
}

/** Converts tags to a map, from a list of `{ Key, Value }` or a map. */
export function tagsOf(tags: unknown): Record<string, string> {
  if (!Array.isArray(tags)) return { ...(tags as Record<string, string> | undefined) };
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, String(Value)]));
}
