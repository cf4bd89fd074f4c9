import { createHash } from 'node:crypto';
import { expandLoops } from '../assembly/loops.js';
import type { StackArtifact } from '../assembly/manifest.js';
import { NESTED_STACK, nestedTemplate } from '../assembly/nested-templates.js';
import { dependencies, sortByDependency } from '../assembly/order.js';
import { displayName, type ResourceDefinition, type Template } from '../assembly/template.js';
import { PARTITION } from '../environment.js';
import { DeploymentError, type NotRun, NotRunError, TRANSFORM_NOT_RUN, unsupportedType } from '../resources/not-run.js';
import { placeholderExport, placeholderValues } from '../resources/placeholders.js';
import type { PreviousResource, ResourceContext, ResourceType, ReturnValues } from '../resources/resource-type.js';
import type { Services } from '../resources/services.js';
import { resourceType, type SupportLevel, supportLevelOf } from '../resources/supported-types.js';
import type { StackResource } from '../services/cloudformation/describe-stacks.js';
import { changedProperties, type ResourceChange } from './changes.js';
import { type StackIdentity, StackScope } from './scope.js';

/** A resource in its last deployed state. */
interface DeployedResource {
  readonly definition: ResourceDefinition;
  readonly properties: Record<string, unknown>;
  readonly context: ResourceContext;
  readonly returnValues: ReturnValues;
}

/** A resource of the template, with its support level. */
export interface InventoryEntry {
  readonly type: string;
  /** Construct path. */
  readonly path: string;
  readonly level: SupportLevel;
}

/** Types of accepted resources that other services know: log groups and alarms. */
const KNOWN_TYPES = ['AWS::CloudWatch::Alarm', 'AWS::Logs::LogGroup'];

/** An accepted resource, which has no effect, with the properties that could be resolved. */
export interface AcceptedResource extends StackResource {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Receives type and construct path of each deleted resource. */
export type OnDeleted = (type: string, path: string) => void;

/** The state that all stacks of the account share. */
interface AccountContext {
  readonly services: Services;
  /** Exported values by name. */
  readonly exports: Map<string, unknown>;
  /** Outputs by stack name. */
  readonly outputs: Map<string, Readonly<Record<string, unknown>>>;
}

/** A CloudFormation stack. */
export class Stack {
  readonly identity: StackIdentity;
  outputs: Record<string, unknown> = {};
  /** In creation order. */
  private resources = new Map<string, DeployedResource>();
  /** Nested stacks by logical id. */
  private readonly nested = new Map<string, Stack>();
  private ownInventory: InventoryEntry[] = [];
  private ownNotRun: NotRun[] = [];
  private ownAccepted: AcceptedResource[] = [];
  private ownChanges: ResourceChange[] = [];

  constructor(
    artifact: Pick<StackArtifact, 'name' | 'environment'>,
    private readonly account: AccountContext,
  ) {
    const { accountId, region } = artifact.environment;
    const id = `arn:${PARTITION}:cloudformation:${region}:${accountId}:stack/${artifact.name}/${guid(artifact.name)}`;
    this.identity = { name: artifact.name, id, environment: artifact.environment };
  }

  /** The resources of the template and of its nested stacks. */
  get inventory(): readonly InventoryEntry[] {
    return [...this.ownInventory, ...[...this.nested.values()].flatMap(({ inventory }) => inventory)];
  }

  /** The resources of the template and of its nested stacks that do not run here. */
  get notRun(): readonly NotRun[] {
    return [...this.ownNotRun, ...[...this.nested.values()].flatMap(({ notRun }) => notRun)];
  }

  /** The log groups and alarms of the template and of its nested stacks. */
  get accepted(): readonly AcceptedResource[] {
    return [...this.ownAccepted, ...[...this.nested.values()].flatMap(({ accepted }) => accepted)];
  }

  /** The resources as CloudFormation lists them, with those of nested stacks. */
  get described(): readonly StackResource[] {
    const own = [...this.resources].map(([logicalId, { definition, returnValues }]) => ({
      logicalId,
      physicalId: returnValues.physicalId,
      type: definition.Type,
    }));
    return [...own, ...this.ownAccepted, ...[...this.nested.values()].flatMap(({ described }) => described)];
  }

  /** What the last update changed, also in nested stacks. */
  get changes(): readonly ResourceChange[] {
    return [...this.ownChanges, ...[...this.nested.values()].flatMap(({ changes }) => changes)];
  }

  /** Returns the deployed resources of a type, also in nested stacks. */
  ofType(
    type: string,
  ): Array<{ logicalId: string; path: string; properties: Record<string, any>; returnValues: ReturnValues }> {
    const own = [...this.resources]
      .filter(([, { definition }]) => definition.Type === type)
      .map(([logicalId, { definition, properties, returnValues }]) => ({
        logicalId,
        path: displayName(logicalId, definition),
        properties,
        returnValues,
      }));
    return [...own, ...[...this.nested.values()].flatMap((stack) => stack.ofType(type))];
  }

  /**
   * Updates the stack to a template: creates, updates and deletes resources in dependency order. A resource that cannot run here is listed in
   * {@link notRun}, and references to it resolve to placeholders.
   * @throws DeploymentError if a deployment would fail on AWS, too
   */
  async apply({
    template: source,
    assets,
    parameters = {},
  }: Omit<StackArtifact, 'name' | 'environment'>): Promise<void> {
    const template = expandLoops(source, parameters);
    const resolved = new Map<string, ReturnValues>();
    const scope: StackScope = new StackScope(
      this.identity,
      template,
      parameters,
      (id) => resolved.get(id) ?? this.placeholder(id, template, scope, resolved),
      (id) => this.placeholder(id, template, scope),
      (name, isArn) => this.exportedValue(name, isArn),
      (stackName, outputName) => this.outputOf(stackName, outputName),
      this.account.services,
    );
    const notRun: NotRun[] = [];
    this.ownChanges = [];
    const active = Object.entries(template.Resources).filter(([name, { Type, Condition }]) => {
      if (typeof Type === 'string') return !Condition || scope.condition(Condition);
      notRun.push({ path: this.identity.name, type: name, ...TRANSFORM_NOT_RUN });
      return false;
    });
    const resources = new Map(active);
    const order = sortByDependency(resources.keys(), (id) => dependencies(resources.get(id)!));
    const replaced: DeployedResource[] = [];
    const inventory = new Map<string, InventoryEntry>();

    for (const [logicalId, definition] of active) {
      const [path, type] = [displayName(logicalId, definition), definition.Type];
      const level = supportLevelOf(type);
      inventory.set(logicalId, { type, path, level });
      if (level === 'unsupported') notRun.push({ path, type, ...unsupportedType(type) });
    }
    for (const logicalId of order) {
      const definition = resources.get(logicalId)!;
      const { path, type, level } = inventory.get(logicalId)!;
      if (level !== 'emulated') continue;
      const before = this.resources.get(logicalId);
      const report = (reason: string, remedy: string) => notRun.push({ path, type, reason, remedy });
      try {
        checkReferences(definition, template);
        const properties = scope.resolve(definition.Properties ?? {}) as Record<string, unknown>;
        const context = this.context(logicalId, definition, properties, assets, template, report);
        const returnValues = await this.createOrUpdate(context, before);
        this.resources.set(logicalId, { definition, properties, context, returnValues });
        resolved.set(logicalId, returnValues);
        const isReplaced = before !== undefined && before.returnValues.physicalId !== returnValues.physicalId;
        if (isReplaced) replaced.push(before);
        if (type === NESTED_STACK) continue;
        if (!before) this.ownChanges.push({ change: 'added', type, path });
        else if (isReplaced) this.ownChanges.push({ change: 'replaced', type, path });
        else {
          const changed = changedProperties(before.properties, properties);
          if (changed.length > 0) this.ownChanges.push({ change: 'updated', type, path, properties: changed });
        }
      } catch (error) {
        if (error instanceof DeploymentError) throw this.withContext(error, logicalId, definition);
        const { message, remedy } = error as NotRunError;
        report(message, remedy ?? 'fix the reason, or deploy');
        inventory.set(logicalId, { type, path, level: 'unsupported' });
        if (before) {
          resolved.set(logicalId, before.returnValues);
          continue;
        }
        const properties = resolvableProperties(definition, scope);
        const context = this.context(logicalId, definition, properties, assets, template, report);
        const returnValues = await this.resourceType(type).createUnavailable?.(
          context,
          remedy ? `${message}: ${remedy}` : message,
        );
        if (returnValues === undefined) continue;
        this.resources.set(logicalId, { definition, properties: {}, context, returnValues });
        resolved.set(logicalId, returnValues);
      }
    }
    this.ownInventory = [...inventory.values()];
    this.ownNotRun = notRun;
    this.ownAccepted = active
      .filter(([, { Type }]) => KNOWN_TYPES.includes(Type))
      .map(([logicalId, definition]) => ({
        logicalId,
        physicalId: (resolved.get(logicalId) ?? this.placeholder(logicalId, template, scope)).physicalId,
        type: definition.Type,
        properties: resolvableProperties(definition, scope),
      }));
    this.publishOutputs(template, scope);

    const removed = [...this.resources].filter(([logicalId]) => !resources.has(logicalId)).reverse();
    for (const resource of replaced.reverse()) await this.remove(resource);
    for (const [logicalId, resource] of removed) {
      await this.remove(resource);
      this.resources.delete(logicalId);
      const { type, path } = resource.context;
      this.ownChanges.push({ change: 'removed', type, path });
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
    const type = this.resourceType(context.type);
    if (!before) return type.create(context);
    if (before.definition.Type !== context.type) {
      await this.remove(before);
      return type.create(context);
    }
    if (JSON.stringify(before.properties) === JSON.stringify(context.properties)) return before.returnValues;
    return type.update(context, before);
  }

  private async remove({ context, returnValues, definition }: DeployedResource): Promise<void> {
    try {
      await this.resourceType(context.type).delete(context, returnValues);
    } catch (error) {
      throw this.withContext(error as Error, context.logicalId, definition);
    }
  }

  private resourceType(type: string): ResourceType {
    return type === NESTED_STACK ? this.nestedStack : resourceType(type)!;
  }

  /** `AWS::CloudFormation::Stack`. */
  private readonly nestedStack: ResourceType = {
    create: (context) => this.applyNested(context),
    update: (context: ResourceContext, _: PreviousResource) => this.applyNested(context),
    delete: async ({ logicalId }) => {
      await this.nested.get(logicalId)?.destroy();
      this.nested.delete(logicalId);
    },
  };

  private async applyNested({
    logicalId,
    properties,
    template,
    assets,
    physicalName,
  }: ResourceContext): Promise<ReturnValues> {
    const nested = nestedTemplate({ ...template.Resources[logicalId]!, Properties: properties }, assets);
    if (!nested) throw new NotRunError('its template is not an asset of this app', 'deploy');
    const { environment } = this.identity;
    const stack = this.nested.get(logicalId) ?? new Stack({ name: physicalName(), environment }, this.account);
    this.nested.set(logicalId, stack);
    await stack.apply({ template: nested, assets, parameters: properties.Parameters });
    const outputs = Object.entries(stack.outputs).map(([name, value]) => [`Outputs.${name}`, value]);
    return { physicalId: stack.identity.id, attributes: Object.fromEntries(outputs) };
  }

  private context(
    logicalId: string,
    definition: ResourceDefinition,
    properties: Record<string, unknown>,
    assets: StackArtifact['assets'],
    template: Template,
    report: ResourceContext['reportNotRun'],
  ): ResourceContext {
    const { accountId, region } = this.identity.environment;
    return {
      stack: this.identity,
      logicalId,
      path: displayName(logicalId, definition),
      type: definition.Type,
      properties,
      template,
      assets,
      services: this.account.services,
      reportNotRun: report,
      physicalName: (maxLength = 128) => physicalName(this.identity.name, logicalId, maxLength),
      arn: (service, resource, options) =>
        `arn:${PARTITION}:${service}:${options?.global ? '' : region}:${accountId}:${resource}`,
    };
  }

  /** Returns plausible values for a resource that does not run here. */
  private placeholder(
    id: string,
    template: Template,
    scope: StackScope,
    resolved = new Map<string, ReturnValues>(),
  ): ReturnValues {
    const definition = template.Resources[id];
    if (!definition) throw unresolvedReference(id);
    const context = this.context(id, definition, {}, new Map(), template, () => {});
    const values = placeholderValues(context, definition.Properties ?? {}, scope);
    resolved.set(id, values);
    return values;
  }

  private publishOutputs({ Outputs = {} }: Template, scope: StackScope): void {
    this.outputs = {};
    for (const [name, { Value, Condition, Export }] of Object.entries(Outputs)) {
      if (Condition && !scope.condition(Condition)) continue;
      try {
        this.outputs[name] = scope.resolve(Value);
        if (Export) this.account.exports.set(String(scope.resolve(Export.Name)), this.outputs[name]);
      } catch {
        // it cannot be resolved; a stack that imports the value gets a placeholder
      }
    }
    this.account.outputs.set(this.identity.name, this.outputs);
  }

  private exportedValue(name: string, isArn?: boolean): unknown {
    return this.account.exports.get(name) ?? this.placeholderExport(name, isArn);
  }

  private outputOf(stackName: string, outputName: string): unknown {
    return this.account.outputs.get(stackName)?.[outputName] ?? this.placeholderExport(`${stackName}:${outputName}`);
  }

  private placeholderExport(name: string, isArn?: boolean): string {
    const { accountId, region } = this.identity.environment;
    return placeholderExport(
      name,
      (service, resource) => `arn:${PARTITION}:${service}:${region}:${accountId}:${resource}`,
      isArn,
    );
  }

  private withContext(error: Error, logicalId: string, definition: ResourceDefinition): Error {
    const resource = `${this.identity.name}: ${displayName(logicalId, definition)} (${definition.Type})`;
    return new DeploymentError(`${resource}: ${error.message}`, { cause: error });
  }
}

/** Returns the properties that can be resolved. */
function resolvableProperties({ Properties = {} }: ResourceDefinition, scope: StackScope): Record<string, unknown> {
  const entries = Object.entries(Properties).flatMap(([name, value]) => {
    try {
      return [[name, scope.resolve(value)] as const];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(entries);
}

/**
 * @throws DeploymentError if a resource refers to something that the template does not have
 * @throws NotRunError if a transform of the template, which does not run here, may add it
 */
function checkReferences(definition: ResourceDefinition, { Resources, Parameters = {}, Transform }: Template): void {
  for (const id of dependencies(definition)) {
    if (id.startsWith('AWS::') || id in Resources || id in Parameters) continue;
    if (Transform) throw new NotRunError(`the template has no resource or parameter ${id}`, TRANSFORM_NOT_RUN.remedy);
    throw unresolvedReference(id);
  }
}

function unresolvedReference(id: string): DeploymentError {
  return new DeploymentError(`unresolved reference: the template has no resource or parameter ${id}`);
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
