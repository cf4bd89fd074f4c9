/** Resolves the names that intrinsic functions refer to. */
export interface Scope {
  /**
   * `Ref`.
   * @throws if the name is not a parameter, resource or pseudo parameter
   */
  ref(name: string): unknown;
  /** `Fn::GetAtt`. */
  attribute(logicalId: string, name: string): unknown;
  /**
   * `Fn::ImportValue`.
   * @param isArn whether the template uses the value as an ARN
   */
  importValue(name: string, isArn?: boolean): unknown;
  /** `Fn::GetStackOutput`. */
  stackOutput(stackName: string, outputName: string): unknown;
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
  'Fn::Split': split,
  'Fn::Select': ([index, items], scope) => {
    const list = array(resolve(items, scope), 'Fn::Select');
    const position = Number(resolve(index, scope));
    if (list.length === 1 && isUnresolved(list[0])) return list[0];
    if (!(position in list))
      throw new Error(`Fn::Select: index ${position} is out of range for a list of ${list.length}`);
    return list[position];
  },
  'Fn::If': ([condition, yes, no], scope) => resolve(scope.condition(condition) ? yes : no, scope),
  'Fn::FindInMap': (argument, scope) => {
    const [names, options] = [argument.slice(0, 3), argument[3] as { DefaultValue?: unknown } | undefined];
    const [map, first, second] = array(resolve(names, scope), 'Fn::FindInMap').map(String);
    const value = scope.mappings[map]?.[first]?.[second] ?? resolve(options?.DefaultValue, scope);
    if (value === undefined) throw new Error(`Fn::FindInMap: mapping ${map} has no value for ${first}, ${second}`);
    return value;
  },
  'Fn::ImportValue': (name, scope) => scope.importValue(String(resolve(name, scope))),
  'Fn::GetStackOutput': ({ StackName, OutputName }, scope) =>
    scope.stackOutput(String(resolve(StackName, scope)), String(resolve(OutputName, scope))),
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = array(resolve(argument, scope), 'Fn::Cidr');
    return subnets(String(block), Number(count), Number(bits));
  },
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

/** Splits a text. A dynamic reference without a value stays as it is, and the value of an import with `:` is an ARN. */
function split([separator, source]: [string, unknown], scope: Scope): string[] {
  const imported = isObject(source) ? source['Fn::ImportValue'] : undefined;
  const text =
    imported !== undefined && separator === ':'
      ? scope.importValue(String(resolve(imported, scope)), true)
      : resolve(source, scope);
  return isUnresolved(text) ? [text] : String(text).split(separator);
}

function isUnresolved(value: unknown): value is string {
  return typeof value === 'string' && /^\{\{resolve:[^}]*\}\}$/.test(value);
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

/** Returns the first IPv4 blocks of a block. @param bits the number of bits of an address in each of them */
function subnets(block: string, count: number, bits: number): string[] {
  const first = block
    .split('/')[0]!
    .split('.')
    .reduce((value, byte) => value * 256 + Number(byte), 0);
  return Array.from({ length: count }, (_, i) => {
    const address = first + i * 2 ** bits;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${32 - bits}`;
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
