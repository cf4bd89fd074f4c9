import type { Environment } from '../../environment.js';

/** A Lambda function of the template. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  /** Runtime identifier, such as `nodejs24.x`. */
  readonly runtime: string;
  /** Directory with the extracted code. */
  readonly codeDir: string;
  /** Whether `codeDir` is a source directory of the app, which the function must not change. */
  readonly isSource?: boolean;
  /** Processor architecture, `x86_64` or `arm64`. */
  readonly architecture?: string;
  /** Why the function cannot run here: its code is not available. */
  readonly problem?: string;
  /** Directory with the content of the layers: `/opt` on Lambda. */
  readonly layersDir?: string;
  /** ARNs of the layers that are not part of the app. */
  readonly missingLayers?: readonly string[];
  readonly timeoutSeconds: number;
  /** Port of the debugger, on which one process of the function listens. */
  readonly debugPort?: number;
  readonly memoryMb: number;
  /** Environment variables: those of the template, the credentials of the role, and `AWS_ENDPOINT_URL`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly roleArn: string;
  /** `node_modules` directory that provides `@aws-sdk/*` to functions which expect it in the runtime. */
  readonly nodeModules?: string;
}

interface FunctionReference {
  readonly name: string;
  readonly qualifier?: string;
}

const REFERENCE =
  /^(?:arn:(?<partition>aws[\w-]*):lambda:(?<region>[a-z0-9-]+):(?<account>\d{12}):function:|(?<partialAccount>\d{12}):function:|function:)?(?<name>[\w-]+)(?::(?<qualifier>\$LATEST|[\w-]+))?$/;

/**
 * Parses a function name, ARN or partial ARN, each with or without version or alias.
 * @returns undefined if the text is invalid, or refers to another account or region
 */
export function parseReference(nameOrArn: string, environment: Environment): FunctionReference | undefined {
  const groups = REFERENCE.exec(nameOrArn)?.groups;
  if (!groups) return undefined;
  const account = groups.account ?? groups.partialAccount;
  if (account !== undefined && account !== environment.accountId) return undefined;
  if (groups.region !== undefined && groups.region !== environment.region) return undefined;
  return { name: groups.name, qualifier: groups.qualifier };
}

/** A function that is not part of the app. */
export interface ExternalReference {
  readonly name: string;
  /** ARN without a qualifier. */
  readonly arn: string;
}

/** Parses a reference to a function of any account and region. */
export function parseExternalReference(
  nameOrArn: string,
  { accountId, region }: Environment,
): (ExternalReference & Pick<FunctionReference, 'qualifier'>) | undefined {
  const groups = REFERENCE.exec(nameOrArn)?.groups;
  if (!groups) return undefined;
  const { name, qualifier, partition = 'aws' } = groups;
  const account = groups.account ?? groups.partialAccount ?? accountId;
  const arn = `arn:${partition}:lambda:${groups.region ?? region}:${account}:function:${name}`;
  return { name: name!, arn, qualifier };
}
