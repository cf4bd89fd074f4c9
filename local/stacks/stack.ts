import { createHash } from 'node:crypto';
import type { StackArtifact } from '../assembly/manifest.js';
import { dependencies, sortByDependency } from '../assembly/order.js';
import { displayName, type ResourceDefinition, type Template } from '../assembly/template.js';
import { PARTITION } from '../environment.js';
import { plausibleOutcome } from '../resources/accepted.js';
import type { Outcome, ResourceContext } from '../resources/resource-type.js';
import type { Services } from '../resources/services.js';
import { resourceType, treatmentOf } from '../resources/types.js';
import { type StackIdentity, StackScope } from './scope.js';

/** A resource that has been made. */
interface LiveResource {
  readonly definition: ResourceDefinition;
  readonly properties: Record<string, unknown>;
  readonly context: ResourceContext;
  readonly outcome: Outcome;
}

/** Told of each resource that has been deleted: its type and its path in the app. */
export type OnDeleted = (type: string, path: string) => void;

/** What the stacks of an app share. */
export interface StackEnvironment {
  readonly services: Services;
  /** Values that stacks export, by name. */
  readonly exports: Map<string, unknown>;
}

/** One stack, brought from template to template as CloudFormation would. */
export class Stack {
  readonly identity: StackIdentity;
  outputs: Record<string, unknown> = {};
  /** In the order they were made. */
  private live = new Map<string, LiveResource>();

  constructor(
    artifact: Pick<StackArtifact, 'name' | 'environment'>,
    private readonly shared: StackEnvironment,
  ) {
    const { accountId, region } = artifact.environment;
    const id = `arn:${PARTITION}:cloudformation:${region}:${accountId}:stack/${artifact.name}/${guid(artifact.name)}`;
    this.identity = { name: artifact.name, id, environment: artifact.environment };
  }

  /** Physical id and attributes of a resource that runs. */
  outcome(logicalId: string): Outcome | undefined {
    return this.live.get(logicalId)?.outcome;
  }

  /** The resources of a type that run. */
  ofType(type: string): Array<{ logicalId: string; path: string; properties: Record<string, any>; outcome: Outcome }> {
    return [...this.live]
      .filter(([, { definition }]) => definition.Type === type)
      .map(([logicalId, { definition, properties, outcome }]) => ({
        logicalId,
        path: displayName(logicalId, definition),
        properties,
        outcome,
      }));
  }

  /** Makes what is new, changes what differs, deletes what is gone; in the order of the dependencies. */
  async apply({ template, assets, parameters = {} }: Omit<StackArtifact, 'name' | 'environment'>): Promise<void> {
    const made = new Map<string, Outcome>();
    const scope: StackScope = new StackScope(
      this.identity,
      template,
      parameters,
      (id) => made.get(id) ?? this.notMade(id, template, scope, made),
      (name) => this.exported(name),
    );
    const wanted = Object.entries(template.Resources).filter(
      ([, { Condition }]) => !Condition || scope.condition(Condition),
    );
    const resources = new Map(wanted);
    const order = sortByDependency(resources.keys(), (id) => dependencies(resources.get(id)!));
    const replaced: LiveResource[] = [];

    for (const logicalId of order) {
      const definition = resources.get(logicalId)!;
      if (treatmentOf(definition.Type) !== 'run') continue;
      await this.attempt(logicalId, definition, async () => {
        const properties = scope.resolve(definition.Properties ?? {}) as Record<string, unknown>;
        const before = this.live.get(logicalId);
        const context = this.context(logicalId, definition, properties, assets);
        const outcome = await this.bring(context, before);
        this.live.set(logicalId, { definition, properties, context, outcome });
        made.set(logicalId, outcome);
        if (before && before.outcome.physicalId !== outcome.physicalId) replaced.push(before);
      });
    }
    this.publishOutputs(template, scope);

    const gone = [...this.live].filter(([logicalId]) => !resources.has(logicalId)).reverse();
    for (const resource of replaced.reverse()) await this.remove(resource);
    for (const [logicalId, resource] of gone) {
      await this.remove(resource);
      this.live.delete(logicalId);
    }
    this.live = new Map(order.flatMap((id) => (this.live.has(id) ? [[id, this.live.get(id)!]] : [])));
  }

  /** Deletes everything in the reverse order, but what the template says to retain; returns the paths of those. */
  async destroy(onDeleted: OnDeleted = () => {}): Promise<string[]> {
    const retained: string[] = [];
    for (const [logicalId, resource] of [...this.live].reverse()) {
      const { DeletionPolicy = 'Delete', Type } = resource.definition;
      const path = displayName(logicalId, resource.definition);
      if (DeletionPolicy.startsWith('Retain')) {
        retained.push(path);
      } else {
        await this.remove(resource);
        onDeleted(Type, path);
      }
      this.live.delete(logicalId);
    }
    return retained;
  }

  private async bring(context: ResourceContext, before: LiveResource | undefined): Promise<Outcome> {
    const type = resourceType(context.type)!;
    if (!before) return type.create(context);
    if (before.definition.Type !== context.type) {
      await this.remove(before);
      return type.create(context);
    }
    if (JSON.stringify(before.properties) === JSON.stringify(context.properties)) return before.outcome;
    return type.update(context, before);
  }

  private async remove({ context, outcome, definition }: LiveResource): Promise<void> {
    await this.attempt(context.logicalId, definition, () => resourceType(context.type)!.delete(context, outcome));
  }

  private context(
    logicalId: string,
    definition: ResourceDefinition,
    properties: Record<string, unknown>,
    assets: StackArtifact['assets'],
  ): ResourceContext {
    const { accountId, region } = this.identity.environment;
    return {
      stack: this.identity,
      logicalId,
      path: displayName(logicalId, definition),
      type: definition.Type,
      properties,
      services: this.shared.services,
      asset: (key) => assets.get(key),
      physicalName: (maxLength = 128) => physicalName(this.identity.name, logicalId, maxLength),
      arn: (service, resource, options) =>
        `arn:${PARTITION}:${service}:${options?.global ? '' : region}:${accountId}:${resource}`,
    };
  }

  private notMade(id: string, template: Template, scope: StackScope, made: Map<string, Outcome>): Outcome {
    const definition = template.Resources[id];
    if (!definition) throw new Error(`the template has no resource or parameter ${id}`);
    if (treatmentOf(definition.Type) !== 'accepted') {
      throw new Error(`it refers to ${displayName(id, definition)} (${definition.Type}), which is not run here`);
    }
    const outcome = plausibleOutcome(this.context(id, definition, {}, new Map()), definition.Properties ?? {}, scope);
    made.set(id, outcome);
    return outcome;
  }

  private publishOutputs({ Outputs = {} }: Template, scope: StackScope): void {
    this.outputs = {};
    for (const [name, { Value, Condition, Export }] of Object.entries(Outputs)) {
      if (Condition && !scope.condition(Condition)) continue;
      try {
        this.outputs[name] = scope.resolve(Value);
      } catch {
        continue; // of something that is not run: whoever imports it is told
      }
      if (Export) this.shared.exports.set(String(scope.resolve(Export.Name)), this.outputs[name]);
    }
  }

  private exported(name: string): unknown {
    const value = this.shared.exports.get(name);
    if (value === undefined) throw new Error(`no stack exports ${name}`);
    return value;
  }

  private async attempt<T>(logicalId: string, definition: ResourceDefinition, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const what = `${this.identity.name}: ${displayName(logicalId, definition)} (${definition.Type})`;
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** `<stack>-<logical id>-<12 characters>`, shortened as CloudFormation does, the same in every run. */
function physicalName(stackName: string, logicalId: string, maxLength: number): string {
  const suffix = hash(`${stackName}/${logicalId}`).slice(0, 12).toUpperCase();
  const room = maxLength - suffix.length - 2;
  const forLogicalId = Math.min(logicalId.length, Math.max(room - stackName.length, Math.floor(room / 2)));
  return `${stackName.slice(0, room - forLogicalId)}-${logicalId.slice(0, forLogicalId)}-${suffix}`;
}

/** A GUID that is the same in every run, so that what derives from the stack's id is too. */
function guid(stackName: string): string {
  const hex = hash(`stack/${stackName}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
