import { createHash } from 'node:crypto';
import type { StackArtifact } from '../assembly/manifest.js';
import { dependencies, sortByDependency } from '../assembly/order.js';
import { displayName, type ResourceDefinition, type Template } from '../assembly/template.js';
import { PARTITION } from '../environment.js';
import { placeholderValues } from '../resources/accepted-types.js';
import type { ResourceContext, ReturnValues } from '../resources/resource-type.js';
import type { Services } from '../resources/services.js';
import { resourceType, supportLevelOf } from '../resources/supported-types.js';
import { type StackIdentity, StackScope } from './scope.js';

/** A resource in its last deployed state. */
interface DeployedResource {
  readonly definition: ResourceDefinition;
  readonly properties: Record<string, unknown>;
  readonly context: ResourceContext;
  readonly returnValues: ReturnValues;
}

/** Receives type and construct path of each deleted resource. */
export type OnDeleted = (type: string, path: string) => void;

/** The state that all stacks of the account share. */
interface AccountContext {
  readonly services: Services;
  /** Exported values by name. */
  readonly exports: Map<string, unknown>;
}

/** A CloudFormation stack. */
export class Stack {
  readonly identity: StackIdentity;
  outputs: Record<string, unknown> = {};
  /** In creation order. */
  private resources = new Map<string, DeployedResource>();

  constructor(
    artifact: Pick<StackArtifact, 'name' | 'environment'>,
    private readonly account: AccountContext,
  ) {
    const { accountId, region } = artifact.environment;
    const id = `arn:${PARTITION}:cloudformation:${region}:${accountId}:stack/${artifact.name}/${guid(artifact.name)}`;
    this.identity = { name: artifact.name, id, environment: artifact.environment };
  }

  /** Returns the deployed resources of a type. */
  ofType(
    type: string,
  ): Array<{ logicalId: string; path: string; properties: Record<string, any>; returnValues: ReturnValues }> {
    return [...this.resources]
      .filter(([, { definition }]) => definition.Type === type)
      .map(([logicalId, { definition, properties, returnValues }]) => ({
        logicalId,
        path: displayName(logicalId, definition),
        properties,
        returnValues,
      }));
  }

  /** Updates the stack to a template: creates, updates and deletes resources in dependency order. */
  async apply({ template, assets, parameters = {} }: Omit<StackArtifact, 'name' | 'environment'>): Promise<void> {
    const resolved = new Map<string, ReturnValues>();
    const scope: StackScope = new StackScope(
      this.identity,
      template,
      parameters,
      (id) => resolved.get(id) ?? this.placeholder(id, template, scope, resolved),
      (name) => this.exportedValue(name),
      this.account.services,
    );
    const active = Object.entries(template.Resources).filter(
      ([, { Condition }]) => !Condition || scope.condition(Condition),
    );
    const resources = new Map(active);
    const order = sortByDependency(resources.keys(), (id) => dependencies(resources.get(id)!));
    const replaced: DeployedResource[] = [];

    for (const logicalId of order) {
      const definition = resources.get(logicalId)!;
      if (supportLevelOf(definition.Type) !== 'emulated') continue;
      await this.withErrorContext(logicalId, definition, async () => {
        const properties = scope.resolve(definition.Properties ?? {}) as Record<string, unknown>;
        const before = this.resources.get(logicalId);
        const context = this.context(logicalId, definition, properties, assets);
        const returnValues = await this.createOrUpdate(context, before);
        this.resources.set(logicalId, { definition, properties, context, returnValues });
        resolved.set(logicalId, returnValues);
        if (before && before.returnValues.physicalId !== returnValues.physicalId) replaced.push(before);
      });
    }
    this.publishOutputs(template, scope);

    const removed = [...this.resources].filter(([logicalId]) => !resources.has(logicalId)).reverse();
    for (const resource of replaced.reverse()) await this.remove(resource);
    for (const [logicalId, resource] of removed) {
      await this.remove(resource);
      this.resources.delete(logicalId);
    }
    this.resources = new Map(order.flatMap((id) => (this.resources.has(id) ? [[id, this.resources.get(id)!]] : [])));
  }

  /**
   * Deletes the resources in reverse order, except those with the deletion policy `Retain`.
   * @returns the construct paths of retained resources
   */
  async destroy(onDeleted: OnDeleted = () => {}): Promise<string[]> {
    const retained: string[] = [];
    for (const [logicalId, resource] of [...this.resources].reverse()) {
      const { DeletionPolicy = 'Delete', Type } = resource.definition;
      const path = displayName(logicalId, resource.definition);
      if (DeletionPolicy.startsWith('Retain')) {
        retained.push(path);
      } else {
        await this.remove(resource);
        onDeleted(Type, path);
      }
      this.resources.delete(logicalId);
    }
    return retained;
  }

  private async createOrUpdate(context: ResourceContext, before: DeployedResource | undefined): Promise<ReturnValues> {
    const type = resourceType(context.type)!;
    if (!before) return type.create(context);
    if (before.definition.Type !== context.type) {
      await this.remove(before);
      return type.create(context);
    }
    if (JSON.stringify(before.properties) === JSON.stringify(context.properties)) return before.returnValues;
    return type.update(context, before);
  }

  private async remove({ context, returnValues, definition }: DeployedResource): Promise<void> {
    await this.withErrorContext(context.logicalId, definition, () =>
      resourceType(context.type)!.delete(context, returnValues),
    );
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
      services: this.account.services,
      asset: (key) => assets.get(key),
      physicalName: (maxLength = 128) => physicalName(this.identity.name, logicalId, maxLength),
      arn: (service, resource, options) =>
        `arn:${PARTITION}:${service}:${options?.global ? '' : region}:${accountId}:${resource}`,
    };
  }

  private placeholder(
    id: string,
    template: Template,
    scope: StackScope,
    resolved: Map<string, ReturnValues>,
  ): ReturnValues {
    const definition = template.Resources[id];
    if (!definition) throw new Error(`unresolved reference: the template has no resource or parameter ${id}`);
    if (supportLevelOf(definition.Type) !== 'accepted') {
      throw new Error(
        `refers to ${displayName(id, definition)} (${definition.Type}), which the local runner does not support`,
      );
    }
    const values = placeholderValues(this.context(id, definition, {}, new Map()), definition.Properties ?? {}, scope);
    resolved.set(id, values);
    return values;
  }

  private publishOutputs({ Outputs = {} }: Template, scope: StackScope): void {
    this.outputs = {};
    for (const [name, { Value, Condition, Export }] of Object.entries(Outputs)) {
      if (Condition && !scope.condition(Condition)) continue;
      try {
        this.outputs[name] = scope.resolve(Value);
      } catch {
        continue; // refers to an unsupported resource; a stack that imports the value gets an error
      }
      if (Export) this.account.exports.set(String(scope.resolve(Export.Name)), this.outputs[name]);
    }
  }

  private exportedValue(name: string): unknown {
    const value = this.account.exports.get(name);
    if (value === undefined) throw new Error(`no stack exports ${name}`);
    return value;
  }

  private async withErrorContext<T>(
    logicalId: string,
    definition: ResourceDefinition,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const resource = `${this.identity.name}: ${displayName(logicalId, definition)} (${definition.Type})`;
      throw new Error(`${resource}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Returns `<stack>-<logical id>-<12 characters>`, shortened as CloudFormation does. Deterministic across runs. */
function physicalName(stackName: string, logicalId: string, maxLength: number): string {
  const suffix = hash(`${stackName}/${logicalId}`).slice(0, 12).toUpperCase();
  const room = maxLength - suffix.length - 2;
  const forLogicalId = Math.min(logicalId.length, Math.max(room - stackName.length, Math.floor(room / 2)));
  return `${stackName.slice(0, room - forLogicalId)}-${logicalId.slice(0, forLogicalId)}-${suffix}`;
}

/** Returns a deterministic GUID, so that values derived from the stack id are the same in every run. */
function guid(stackName: string): string {
  const hex = hash(`stack/${stackName}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
