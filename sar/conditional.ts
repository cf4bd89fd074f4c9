import { isDeepStrictEqual } from 'node:util';

/** A CloudFormation template. */
export interface Template {
  readonly Conditions?: Record<string, unknown>;
  readonly Resources: Record<string, object>;
  readonly [section: string]: unknown;
}

const NO_VALUE = { Ref: 'AWS::NoValue' };
/** What a resource has besides its properties; CloudFormation takes no conditions in there. */
const UNCONDITIONAL = ['Type', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata'];

/**
 * One template that is `on` where a condition holds and `off` where it does not: resources of one of them only get the condition,
 * and properties that differ a choice, as deep inside as they can.
 * @param name the condition's name, for which `Conditions` has `condition`
 */
export function conditional(name: string, condition: object, on: Template, off: Template): Template {
  const { Resources: onResources, ...onRest } = on;
  const { Resources: offResources, ...offRest } = off;
  if (!isDeepStrictEqual(onRest, offRest)) throw new Error('the templates differ in more than their resources');
  for (const id of Object.keys(offResources)) {
    if (!(id in onResources)) throw new Error(`${id} is only there where ${name} does not hold`);
  }
  const Resources = Object.entries(onResources).map(([id, resource]) => {
    if (!(id in offResources)) return [id, { Condition: name, ...resource }];
    return [id, mergeResource(name, id, resource, offResources[id])];
  });
  const Conditions = { ...on.Conditions, [name]: condition };
  return { ...onRest, Conditions, Resources: Object.fromEntries(Resources) };
}

function mergeResource(name: string, id: string, on: any, off: any): object {
  for (const attribute of UNCONDITIONAL) {
    if (isDeepStrictEqual(on[attribute], off[attribute])) continue;
    throw new Error(`${id} has another ${attribute} where ${name} holds, which no condition can say`);
  }
  return { ...on, ...(on.Properties && { Properties: merge(name, on.Properties, off.Properties) }) };
}

function merge(name: string, on: unknown, off: unknown): unknown {
  if (isDeepStrictEqual(on, off)) return on;
  if (Array.isArray(on) && Array.isArray(off)) return mergeLists(name, on, off) ?? choice(name, on, off);
  if (isPlainObject(on) && isPlainObject(off)) {
    const keys = [...new Set([...Object.keys(on), ...Object.keys(off)])];
    return Object.fromEntries(keys.map((key) => [key, merge(name, on[key], off[key])]));
  }
  return choice(name, on, off);
}

/** `on` with what `off` has not made conditional; undefined where that is not the whole difference. */
function mergeLists(name: string, on: unknown[], off: unknown[]): unknown[] | undefined {
  let common = 0;
  const merged = on.map((item) => {
    if (common === off.length || !isDeepStrictEqual(item, off[common])) return choice(name, item, undefined);
    common++;
    return item;
  });
  return common === off.length ? merged : undefined;
}

function choice(name: string, on: unknown, off: unknown): object {
  return { 'Fn::If': [name, on ?? NO_VALUE, off ?? NO_VALUE] };
}

/** An object whose keys are a property's, not a function's. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}
