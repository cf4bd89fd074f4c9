import { Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../contract';

/** Lambda's limit for the environment variables of a function, in bytes of their JSON. */
const MAX_BYTES = 4_096;

/** The variables that hold values of the user's, by the names of the properties. */
const PROPERTIES: { readonly [variable: string]: string } = {
  [ENV.SERVER_INFO]: 'server info (instructions, icons)',
  [ENV.QUEUE_TAGS]: 'tags',
  [ENV.ALLOWED_ORIGINS]: 'allowedOrigins',
  [ENV.REGISTRABLE_FUNCTIONS]: 'registrableFunctions',
  [ENV.OAUTH]: 'auth',
};

/** Lengths of values that are known at deployment only, in characters; names include the suffix that CloudFormation adds. */
const LENGTHS = {
  accountId: 12,
  nameSuffix: 14,
  arnPrefix: 53,
  functionName: 64,
  tableName: 255,
  other: 36,
  stackName: 64,
};

/** Errors for server functions whose environment variables are larger than Lambda allows. */
export function environmentProblems(functions: readonly lambda.Function[]): string[] {
  return functions.flatMap((fn) => {
    const sizes = Object.entries(variablesOf(fn)).map(([name, value]) => [name, bytes({ [name]: value }) - 1] as const);
    const sum = sizes.reduce((total, [, size]) => total + size, 1);
    if (sum <= MAX_BYTES) return [];
    const own = sizes.filter(([name]) => PROPERTIES[name]).map(([name, size]) => `${PROPERTIES[name]} ${size}`);
    return [
      `the environment variables of the server's functions are too large: ${sum} bytes of JSON for ${fn.node.id}, at most ${MAX_BYTES} ` +
        `(${own.join(', ')}); shorten them`,
    ];
  });
}

function variablesOf(fn: lambda.Function): { [name: string]: string } {
  const stack = Stack.of(fn);
  const { environment } = fn.node.defaultChild as lambda.CfnFunction;
  const { variables = {} } = (stack.resolve(environment) ?? {}) as { variables?: { [name: string]: unknown } };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, estimate(value, stack)]));
}

/** A value as long as the deployed one. */
function estimate(value: unknown, stack: Stack): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [intrinsic, argument] = Object.entries(value)[0] ?? [];
  if (intrinsic === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => estimate(part, stack)).join(separator);
  }
  return 'x'.repeat(lengthOf(intrinsic, argument, stack));
}

function lengthOf(intrinsic: string | undefined, argument: unknown, { stackName }: Stack): number {
  const stackLength = Token.isUnresolved(stackName) ? LENGTHS.stackName : stackName.length;
  const nameLength = (logicalId: string) => stackLength + logicalId.length + LENGTHS.nameSuffix;
  if (intrinsic === 'Fn::GetAtt') {
    return LENGTHS.arnPrefix + Math.min(nameLength(String([argument].flat()[0])), LENGTHS.functionName);
  }
  if (intrinsic !== 'Ref') return LENGTHS.other;
  const name = String(argument);
  return name.startsWith('AWS::') ? LENGTHS.accountId : Math.min(nameLength(name), LENGTHS.tableName);
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
