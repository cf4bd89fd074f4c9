import type { StackArtifact } from './manifest.js';
import type { ParameterDefinition } from './template.js';

/** Values by name, as `--parameters` gives them. */
export type ParameterValues = Readonly<Record<string, string>>;

/**
 * The stacks with these values for their parameters. A value goes to every stack that has a parameter of this name; one that no
 * stack has is an error, and so is one that CloudFormation would refuse.
 */
export function withParameters(stacks: readonly StackArtifact[], values: ParameterValues): StackArtifact[] {
  const known = new Set(stacks.flatMap(({ template }) => Object.keys(template.Parameters ?? {})));
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const list = [...known].filter((name) => name !== 'BootstrapVersion').join(', ');
    throw new Error(`no stack has a parameter ${unknown}; there ${list ? `are: ${list}` : 'are none'}`);
  }
  return stacks.map((stack) => {
    const own = Object.entries(stack.template.Parameters ?? {}).filter(([name]) => name in values);
    for (const [name, definition] of own) check(name, definition, values[name]);
    return { ...stack, parameters: Object.fromEntries(own.map(([name]) => [name, values[name]])) };
  });
}

/** What `Ref` gives for a parameter with this value: text, or of a list type its items. */
export function parameterValue({ Type }: ParameterDefinition, value: unknown): unknown {
  return isList(Type) ? items(value) : value;
}

function check(name: string, definition: ParameterDefinition, value: string): void {
  const { Type, AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = definition;
  const refuse = (rule: string): never => {
    throw new Error(`the parameter ${name} cannot be '${value}': ${rule}`);
  };
  for (const item of isList(Type) ? items(value) : [value]) {
    if (AllowedValues && !AllowedValues.map(String).includes(item)) refuse(`it is one of ${AllowedValues.join(', ')}`);
    if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(item)) {
      refuse(`it matches ${AllowedPattern}`);
    }
    if (item.length < Number(MinLength ?? 0)) refuse(`it has at least ${MinLength} characters`);
    if (item.length > Number(MaxLength ?? Number.POSITIVE_INFINITY)) refuse(`it has at most ${MaxLength} characters`);
    if (Type !== 'Number' && Type !== 'List<Number>') continue;
    if (item.trim() === '' || Number.isNaN(Number(item))) refuse('it is a number');
    if (Number(item) < Number(MinValue ?? Number.NEGATIVE_INFINITY)) refuse(`it is at least ${MinValue}`);
    if (Number(item) > Number(MaxValue ?? Number.POSITIVE_INFINITY)) refuse(`it is at most ${MaxValue}`);
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
