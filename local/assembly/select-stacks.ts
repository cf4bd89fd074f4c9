import { DEFAULT_ENVIRONMENT, type Environment } from '../environment.js';
import type { StackArtifact } from './manifest.js';
import { mcpApis } from './mcp-apis.js';
import { hasMcpUrl } from './mcp-urls.js';
import { withNestedTemplates } from './nested-templates.js';

/** A stack of an assembly, with the parts of its environment that are known at synth. */
export interface ParsedStack extends Omit<StackArtifact, 'environment'>, Partial<Environment> {
  /** Artifact id. */
  readonly id: string;
  /** Construct path. */
  readonly path: string;
  /** Artifact ids. */
  readonly dependencies: readonly string[];
  /** Absolute path. */
  readonly templateFile: string;
}

/** The stacks to run, and those of other environments. */
export interface SelectedStacks {
  readonly stacks: readonly StackArtifact[];
  readonly environment: Environment;
  readonly skipped: ReadonlyArray<{ readonly name: string; readonly environment: string }>;
}

/**
 * Selects the stacks to run: those in the environment of the MCP server. Environment-agnostic stacks run in any environment.
 * @param chosen names or construct paths of the stacks to run with their dependencies
 * @throws if a chosen stack does not exist
 */
export function selectStacks(stacks: readonly ParsedStack[], chosen?: readonly string[]): SelectedStacks {
  const candidates = chosen ? withDependencies(stacks, chosen) : stacks;
  const environment = environmentOf(candidates);
  const fits = ({ accountId = environment.accountId, region = environment.region }: ParsedStack) =>
    accountId === environment.accountId && region === environment.region;
  return {
    environment,
    stacks: candidates
      .filter(fits)
      .map(({ name, template, assets, parameters }) => ({ name, template, assets, parameters, environment })),
    skipped: candidates
      .filter((stack) => !fits(stack))
      .map(({ name, accountId = 'any', region = 'any' }) => ({ name, environment: `aws://${accountId}/${region}` })),
  };
}

/** Whether a template, or one of its nested stacks, has an MCP server. */
export function hasMcpServer({ template, assets }: Pick<StackArtifact, 'template' | 'assets'>): boolean {
  return withNestedTemplates(template, assets).some((each) => mcpApis(each).size > 0 || hasMcpUrl(each));
}

/**
 * Returns the environment of the MCP server's stack, or of the first stack without one. What it leaves open comes from the first stack that
 * agrees with the rest, or from the defaults.
 */
function environmentOf(stacks: readonly ParsedStack[]): Environment {
  const first = stacks.find(hasMcpServer) ?? stacks.find(({ accountId, region }) => accountId && region);
  let { accountId, region } = first ?? {};
  for (const stack of stacks) {
    if ((stack.accountId ?? accountId) !== (accountId ?? stack.accountId)) continue;
    if ((stack.region ?? region) !== (region ?? stack.region)) continue;
    accountId ??= stack.accountId;
    region ??= stack.region;
  }
  // the CDK deploys stacks without a region there
  region ??= process.env.CDK_DEFAULT_REGION ?? DEFAULT_ENVIRONMENT.region;
  return { accountId: accountId ?? DEFAULT_ENVIRONMENT.accountId, region };
}

function withDependencies(stacks: readonly ParsedStack[], chosen: readonly string[]): ParsedStack[] {
  const selected = new Set<ParsedStack>();
  const add = (stack: ParsedStack): void => {
    if (selected.has(stack)) return;
    selected.add(stack);
    for (const id of stack.dependencies) {
      const dependency = stacks.find((each) => each.id === id);
      if (dependency) add(dependency);
    }
  };
  for (const name of chosen) {
    const found = stacks.filter((stack) => [stack.name, stack.id, stack.path].includes(name));
    if (found.length === 0) {
      throw new Error(`no stack ${name}: the app has ${stacks.map((stack) => stack.name).join(', ') || 'no stacks'}`);
    }
    for (const stack of found) add(stack);
  }
  return stacks.filter((stack) => selected.has(stack));
}
