import { isDeepStrictEqual } from 'node:util';

/** A CloudFormation template. */
export interface Template {
  readonly Conditions?: Record<string, unknown>;
  readonly Resources: Record<string, object>;
  readonly [section: string]: unknown;
}

const NO_VALUE = { Ref: 'AWS::NoValue' };
/** Resource attributes in which CloudFormation does not support conditions. */
const UNCONDITIONAL = ['Type', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata'];

/**
 * Merges two templates into one that equals `on` if a condition is true and `off` otherwise. Resources that exist only in `on` get the
 * condition. Properties that differ get an `Fn::If`, nested as deeply as possible.
 * @param name the name of the condition in `Conditions`
 */
export function conditional(name: string, condition: object, on: Template, off: Template): Template {
  const { Resources: onResources, ...onRest } = on;
  const { Resources: offResources, ...offRest } = off;
  if (!isDeepStrictEqual(onRest, offRest)) throw new Error('the templates may differ only in their resources');
  for (const id of Object.keys(offResources)) {
    if (!(id in onResources)) throw new Error(`${id} exists only if ${name} is false`);
  }
  const Resources = Object.entries(onResources).map(([id, resource]) => {
    const onResource = withoutNagMetadata(resource);
    if (!(id in offResources)) return [id, { Condition: name, ...onResource }];
    return [id, mergeResource(name, id, onResource, withoutNagMetadata(offResources[id]!))];
  });
  const Conditions = { ...on.Conditions, [name]: condition };
  return { ...onRest, Conditions, Resources: Object.fromEntries(Resources) };
}

/** Removes the acknowledgements of cdk-nag, which are for CDK apps, and differ between the templates. */
function withoutNagMetadata(resource: { readonly Metadata?: Record<string, unknown> }): object {
  const { Metadata, ...rest } = resource;
  const { cdk_nag: _, ...metadata } = Metadata ?? {};
  return Object.keys(metadata).length > 0 ? { ...rest, Metadata: metadata } : rest;
}

function mergeResource(name: string, id: string, on: any, off: any): object {
  for (const attribute of UNCONDITIONAL) {
    if (isDeepStrictEqual(on[attribute], off[attribute])) continue;
    throw new Error(
      `${attribute} of ${id} depends on ${name}, but CloudFormation supports conditions only in properties`,
    );
  }
  return { ...on, ...(on.Properties && { Properties: merge(name, on.Properties, off.Properties) }) };
}

function merge(name: string, on: unknown, off: unknown): unknown {
  if (isDeepStrictEqual(on, off)) return on;
  if (Array.isArray(on) && Array.isArray(off)) return mergeLists(name, on, off) ?? conditionalValue(name, on, off);
  if (isPlainObject(on) && isPlainObject(off)) {
    const keys = [...new Set([...Object.keys(on), ...Object.keys(off)])];
    return Object.fromEntries(keys.map((key) => [key, merge(name, on[key], off[key])]));
  }
  return conditionalValue(name, on, off);
}

/** Makes the items that only `on` has conditional. Returns undefined if the lists differ in another way. */
function mergeLists(name: string, on: unknown[], off: unknown[]): unknown[] | undefined {
  let common = 0;
  const merged = on.map((item) => {
    if (common === off.length || !isDeepStrictEqual(item, off[common])) return conditionalValue(name, item, undefined);
    common++;
    return item;
  });
  return common === off.length ? merged : undefined;
}

function conditionalValue(name: string, on: unknown, off: unknown): object {
  return { 'Fn::If': [name, on ?? NO_VALUE, off ?? NO_VALUE] };
}

/** Whether a value is an object and not an intrinsic function. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}
