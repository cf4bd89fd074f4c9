/** One Lambda function as the template has it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  /** As in the template, e.g. `nodejs24.x`. */
  readonly runtime: string;
  /** Directory with the function's code, unpacked. */
  readonly codeDir: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** The template's variables, resolved, and what the runner adds: the role's credentials, `AWS_ENDPOINT_URL`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly roleArn: string;
  /** A `node_modules` directory that gives `@aws-sdk/*` to functions which leave it to the runtime. */
  readonly nodeModules?: string;
}

export interface FunctionReference {
  readonly name: string;
  readonly qualifier?: string;
}

const REFERENCE =
  /^(?:arn:(?<partition>aws[\w-]*):lambda:(?<region>[a-z0-9-]+):(?<account>\d{12}):function:|(?<partialAccount>\d{12}):function:|function:)?(?<name>[\w-]+)(?::(?<qualifier>\$LATEST|[\w-]+))?$/;

/**
 * Reads what callers may name a function by: its name, its ARN or part of it, each with or without version or alias.
 * Undefined for anything else, and for functions of another account or region.
 */
export function parseReference(
  nameOrArn: string,
  home: { accountId: string; region: string },
): FunctionReference | undefined {
  const groups = REFERENCE.exec(nameOrArn)?.groups;
  if (!groups) return undefined;
  const account = groups.account ?? groups.partialAccount;
  if (account !== undefined && account !== home.accountId) return undefined;
  if (groups.region !== undefined && groups.region !== home.region) return undefined;
  return { name: groups.name, qualifier: groups.qualifier };
}
