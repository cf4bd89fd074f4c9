/** Resolves the names that intrinsic functions refer to. */
export interface Scope {
  /**
   * `Ref`.
   * @throws if the name is not a parameter, resource or pseudo parameter
   */
  ref(name: string): unknown;
  /** `Fn::GetAtt`. */
  attribute(logicalId: string, name: string): unknown;
  /** `Fn::ImportValue`. */
  importValue(name: string): unknown;
  /** A named condition of the template. */
  condition(name: string): boolean;
  readonly mappings: Record<string, Record<string, Record<string, unknown>>>;
  readonly region: string;
}

/** The value of `Ref: AWS::NoValue`. The property or list item with this value is removed. */
export const NO_VALUE = Symbol('AWS::NoValue');

const PLACEHOLDER = /\$\{(!?)([^}]*)\}/g;

type Intrinsic = (argument: any, scope: Scope) => unknown;

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (name, scope) => scope.ref(name),
  'Fn::GetAtt': (argument, scope) => {
    const [id, attribute] = splitAttribute(argument);
    return scope.attribute(id, String(resolve(attribute, scope)));
  },
  'Fn::Sub': substitute,
  'Fn::Join': ([separator, items], scope) => array(resolve(items, scope), 'Fn::Join').map(String).join(separator),
  'Fn::Split': ([separator, text], scope) => String(resolve(text, scope)).split(separator),
  'Fn::Select': ([index, items], scope) => {
    const list = array(resolve(items, scope), 'Fn::Select');
    const position = Number(resolve(index, scope));
    if (!(position in list))
      throw new Error(`Fn::Select: index ${position} is out of range for a list of ${list.length}`);
    return list[position];
  },
  'Fn::If': ([condition, yes, no], scope) => resolve(scope.condition(condition) ? yes : no, scope),
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = array(resolve(argument, scope), 'Fn::FindInMap').map(String);
    const value = scope.mappings[map]?.[first]?.[second];
    if (value === undefined) throw new Error(`Fn::FindInMap: mapping ${map} has no value for ${first}, ${second}`);
    return value;
  },
  'Fn::ImportValue': (name, scope) => scope.importValue(String(resolve(name, scope))),
  'Fn::Base64': (text, scope) => Buffer.from(String(resolve(text, scope))).toString('base64'),
  'Fn::GetAZs': (region, scope) => ['a', 'b', 'c'].map((zone) => `${resolve(region, scope) || scope.region}${zone}`),
  'Fn::ToJsonString': (value, scope) => JSON.stringify(resolve(value, scope)),
  'Fn::Length': (items, scope) => array(resolve(items, scope), 'Fn::Length').length,
};

const CONDITION_FUNCTIONS: Record<string, (argument: any, scope: Scope) => boolean> = {
  Condition: (name, scope) => scope.condition(name),
  'Fn::Equals': ([a, b], scope) => JSON.stringify(resolve(a, scope)) === JSON.stringify(resolve(b, scope)),
  'Fn::Not': ([condition], scope) => !evaluateCondition(condition, scope),
  'Fn::And': (conditions: unknown[], scope) => conditions.every((condition) => evaluateCondition(condition, scope)),
  'Fn::Or': (conditions: unknown[], scope) => conditions.some((condition) => evaluateCondition(condition, scope)),
};

/** Resolves the intrinsic functions in a template value. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const name = intrinsicName(value);
  if (name) {
    const intrinsic = INTRINSICS[name];
    if (!intrinsic) throw new Error(`intrinsic function ${name} is not supported by the local runner`);
    return intrinsic(value[name], scope);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

/** Evaluates a condition of the template's `Conditions` section. */
export function evaluateCondition(condition: unknown, scope: Scope): boolean {
  const name = isObject(condition) ? Object.keys(condition)[0] : undefined;
  const evaluate = name && CONDITION_FUNCTIONS[name];
  if (!evaluate) throw new Error(`invalid condition: ${JSON.stringify(condition)}`);
  return evaluate((condition as Record<string, unknown>)[name], scope);
}

/** Returns the logical ids and parameter names that a template value refers to. */
export function references(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) {
    for (const item of value) references(item, found);
  } else if (isObject(value)) {
    const name = intrinsicName(value);
    if (name === 'Ref') found.add(String(value.Ref));
    else if (name === 'Fn::GetAtt') found.add(splitAttribute(value['Fn::GetAtt'])[0]);
    else if (name === 'Fn::Sub') {
      const [text, variables] = [value['Fn::Sub']].flat() as [string, Record<string, unknown>?];
      for (const [, literal, reference] of text.matchAll(PLACEHOLDER)) {
        if (!literal && !(reference in (variables ?? {}))) found.add(reference.split('.')[0]);
      }
      references(variables, found);
    } else for (const item of Object.values(value)) references(item, found);
  }
  return found;
}

function substitute(argument: string | [string, Record<string, unknown>], scope: Scope): string {
  const [text, variables] = [argument].flat() as [string, Record<string, unknown>?];
  return text.replace(PLACEHOLDER, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (variables && name in variables) return String(resolve(variables[name], scope));
    const dot = name.indexOf('.');
    return String(dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
}

/** `["Id", "Attr"]` or `"Id.Attr"`. */
function splitAttribute(argument: unknown): [string, unknown] {
  if (Array.isArray(argument)) return [String(argument[0]), argument[1]];
  const text = String(argument);
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}

function intrinsicName(value: Record<string, unknown>): string | undefined {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::')) ? keys[0] : undefined;
}

function array(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name}: expected a list, got ${JSON.stringify(value)}`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
