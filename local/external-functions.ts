import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.js';
import { AWS_MANAGED_POLICIES } from './services/iam/managed-policies.js';
import type { IamService } from './services/iam/service.js';
import type { ExternalReference, FunctionDefinition } from './services/lambda/function.js';
import { type Implementation, implementationOf } from './services/lambda/implementations.js';

/** Directories and commands by ARN or name of the function, as `--function` gives them. */
export type GivenFunctions = Readonly<Record<string, string>>;

interface ExternalFunctionsOptions {
  readonly given: GivenFunctions;
  /** Whether `--passthrough lambda` calls the others on AWS. */
  readonly passthrough: boolean;
  readonly cwd: string;
  readonly workDir: string;
  readonly runtimeDir: string;
  readonly environment: Environment;
  readonly iam: IamService;
  readonly awsEndpointUrl: () => string;
  readonly nodeModules?: string;
}

/** The runtime of a function whose calls go to AWS. */
const ON_AWS = 'on AWS';
/** Configuration of a function whose own is unknown. */
const DEFAULTS = { timeoutSeconds: 60, memoryMb: 1024, tags: {} };
const FILE = 'command-function.cjs';

/** Why a function that is not part of the app does not run here. */
export const KNOWN_BY_ARN = 'it is not part of the app, which knows only its ARN';

/** The functions that are not part of the app, such as those of `lambda.Function.fromFunctionArn()`. */
export class ExternalFunctions {
  private readonly implementations: ReadonlyMap<string, Implementation>;
  private readonly used = new Set<string>();

  /** @throws if `--function` names a directory without a handler */
  constructor(private readonly options: ExternalFunctionsOptions) {
    const { given, cwd, workDir, runtimeDir } = options;
    const commandDir = join(workDir, 'command-function');
    if (Object.keys(given).length > 0) {
      mkdirSync(commandDir, { recursive: true });
      copyFileSync(join(runtimeDir, FILE), join(commandDir, FILE));
    }
    this.implementations = new Map(
      Object.entries(given).map(([key, value]) => [
        key,
        implementationOf(`--function ${key}=${value}`, value, cwd, commandDir),
      ]),
    );
  }

  /**
   * Returns the definition of a function: what `--function` gives for it, or one whose calls go to AWS.
   * @returns undefined if the function does not run anywhere
   */
  definitionOf({ name, arn }: ExternalReference): FunctionDefinition | undefined {
    const roleArn = `arn:aws:iam::${arn.split(':')[4]}:role/${name}`;
    const common = { name, arn, ...DEFAULTS, roleArn, nodeModules: this.options.nodeModules };
    const key = [arn, name].find((each) => this.implementations.has(each));
    const implementation = key === undefined ? undefined : this.implementations.get(key);
    if (key !== undefined && implementation) {
      this.used.add(key);
      return {
        ...common,
        ...implementation,
        environment: { ...this.credentials(name), ...implementation.environment },
      };
    }
    if (!this.options.passthrough) return undefined;
    return { ...common, handler: '', runtime: ON_AWS, codeDir: '', environment: {}, problem: 'its calls go to AWS' };
  }

  /** Whether the calls of a function go to AWS. */
  isOnAws({ runtime }: FunctionDefinition): boolean {
    return runtime === ON_AWS;
  }

  /** Values of `--function` for functions that the app does not refer to. */
  get unused(): string[] {
    return [...this.implementations.keys()].filter((key) => !this.used.has(key));
  }

  /** Environment variables with credentials that may call everything here: the role of the function is not part of the app. */
  private credentials(name: string): Record<string, string> {
    const { iam, environment, awsEndpointUrl } = this.options;
    const { accessKeyId, secretAccessKey } = iam.issueUserKey(name, environment.accountId, [
      AWS_MANAGED_POLICIES.AdministratorAccess,
    ]);
    return {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: environment.region,
      AWS_ENDPOINT_URL: awsEndpointUrl(),
    };
  }
}

/** Returns the options that make a function run. */
export function remedyFor(name: string): string {
  return `pass --function ${name}=<directory or command> to run it here, or --passthrough lambda to call it on AWS`;
}
