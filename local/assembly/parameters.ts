import type { StackArtifact } from './manifest.js';
import type { ParameterDefinition } from './template.js';

const SSM_TYPE = 'AWS::SSM::Parameter::Value<';

/** Parameter values by name. */
export type ParameterValues = Readonly<Record<string, string>>;

/** Values that `--parameters` and `--parameters-file` give, by their kind. */
export interface GivenParameters {
  /** Values of template parameters, by name. */
  readonly template: ParameterValues;
  /** Values of SSM parameters, by name. */
  readonly ssm: ParameterValues;
  /** Values of Secrets Manager secrets, by name. */
  readonly secrets: ParameterValues;
}

/** Separates `ssm:<name>` and `secretsmanager:<name>` from the names of template parameters. */
export function groupParameters(values: ParameterValues): GivenParameters {
  const withPrefix = (prefix: string) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  const template = Object.fromEntries(Object.entries(values).filter(([name]) => !/^(ssm|secretsmanager):/.test(name)));
  return { template, ssm: withPrefix('ssm:'), secrets: withPrefix('secretsmanager:') };
}

/**
 * Parses a file of parameters: a `NAME=value` in each line. Blank lines and lines that start with `#` are ignored. A value can be in quotes.
 * @throws if a line has another form
 */
export function parseParametersFile(text: string): ParameterValues {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return Object.fromEntries(
    lines.flatMap((line, i) => {
      if (line === '' || line.startsWith('#')) return [];
      const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`line ${i + 1}: expected NAME=value, got '${line}'`);
      return [[name, /^(["'])(.*)\1$/.exec(value)?.[2] ?? value]];
    }),
  );
}

/**
 * Sets parameter values on the stacks. Each value applies to every stack with a parameter of that name.
 * @throws if no stack has the parameter, or CloudFormation would reject the value
 */
export function withParameters(stacks: readonly StackArtifact[], values: ParameterValues): StackArtifact[] {
  const known = new Set(stacks.flatMap(({ template }) => Object.keys(template.Parameters ?? {})));
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const list = [...known].filter((name) => name !== 'BootstrapVersion').join(', ');
    throw new Error(
      `unknown parameter ${unknown}: ${list ? `the stacks have ${list}` : 'the stacks have no parameters'}`,
    );
  }
  return stacks.map((stack) => {
    const declared = Object.entries(stack.template.Parameters ?? {}).filter(([name]) => name in values);
    for (const [name, definition] of declared) validateValue(name, definition, values[name]);
    const given = Object.fromEntries(declared.map(([name]) => [name, values[name]!]));
    return { ...stack, parameters: { ...stack.parameters, ...given } };
  });
}

/** Converts a parameter value to the value that `Ref` returns: a string, or an array for list types. */
export function parameterValue({ Type }: ParameterDefinition, value: unknown): unknown {
  return isList(valueType(Type)) ? items(value) : value;
}

/** Whether the value of a parameter is the name of an SSM parameter, whose value `Ref` returns. */
export function isSsmType(type: string): boolean {
  return type.startsWith(SSM_TYPE);
}

/** Returns `String` for `AWS::SSM::Parameter::Value<String>`, and other types unchanged. */
function valueType(type: string): string {
  return isSsmType(type) ? type.slice(SSM_TYPE.length, -1) : type;
}

function validateValue(name: string, definition: ParameterDefinition, value: string): void {
  const { Type, AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = definition;
  const reject = (rule: string): never => {
    throw new Error(`invalid value '${value}' for parameter ${name}: ${rule}`);
  };
  for (const item of isList(Type) ? items(value) : [value]) {
    if (AllowedValues && !AllowedValues.map(String).includes(item))
      reject(`must be one of ${AllowedValues.join(', ')}`);
    if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(item)) {
      reject(`must match ${AllowedPattern}`);
    }
    if (item.length < Number(MinLength ?? 0)) reject(`must have at least ${MinLength} characters`);
    if (item.length > Number(MaxLength ?? Number.POSITIVE_INFINITY))
      reject(`must have at most ${MaxLength} characters`);
    if (Type !== 'Number' && Type !== 'List<Number>') continue;
    if (item.trim() === '' || Number.isNaN(Number(item))) reject('must be a number');
    if (Number(item) < Number(MinValue ?? Number.NEGATIVE_INFINITY)) reject(`must be at least ${MinValue}`);
    if (Number(item) > Number(MaxValue ?? Number.POSITIVE_INFINITY)) reject(`must be at most ${MaxValue}`);
  }
}

function isList(type: string): boolean {
  return type === 'CommaDelimitedList' || type.startsWith('List<');
}

function items(value: unknown): string[] {
  return String(value)
    .split(',')
    .map((item) => item.trim());
}
