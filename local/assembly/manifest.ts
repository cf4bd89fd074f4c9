import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DEFAULT_ENVIRONMENT, type Environment } from '../environment.js';
import { legacyAssets } from './legacy-assets.js';
import { sortByDependency } from './order.js';
import { type ParsedStack, type SelectedStacks, selectStacks } from './select-stacks.js';
import type { Template } from './template.js';

/** A stack of a cloud assembly, with the local paths of its assets. */
export interface StackArtifact {
  /** The stack name. */
  readonly name: string;
  readonly environment: Environment;
  readonly template: Template;
  /** Path of each file asset (a file, or a directory to zip) by its object key in the bootstrap bucket. */
  readonly assets: ReadonlyMap<string, string>;
  /** Parameter values that override the defaults of the template. */
  readonly parameters?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly artifacts?: Record<string, Artifact>;
}

export interface Artifact {
  readonly metadata?: ArtifactMetadata;
  /** File with the metadata, if they are not in the manifest. */
  readonly additionalMetadataFile?: string;
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: string[];
  readonly displayName?: string;
  readonly properties?: { stackName?: string; templateFile?: string; file?: string; directoryName?: string };
}

/** Metadata entries by construct path. */
export type ArtifactMetadata = Readonly<
  Record<string, ReadonlyArray<{ readonly type: string; readonly data?: unknown }>>
>;

interface AssetManifest {
  readonly files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

/**
 * Reads the stacks of the cloud assembly in `directory`, including nested assemblies (stages), in dependency order. Selects those of one
 * environment, because the local runner emulates one account and one region.
 * @param chosen names of the stacks to run with their dependencies; all stacks of the MCP server's environment if absent
 */
export function readAssembly(directory: string, chosen?: readonly string[]): SelectedStacks {
  return selectStacks(readStacks(directory), chosen);
}

/**
 * Reads a template: of a cloud assembly, with its assets and its environment, or in the form that `sam package` and
 * `aws cloudformation package` accept, with local paths for the code of functions. The latter is named after the file, or after the directory if
 * the file is called `template.json`.
 */
export function readTemplate(file: string): StackArtifact {
  const directory = dirname(resolve(file));
  if (existsSync(join(directory, 'manifest.json'))) {
    const synthesized = readStacks(directory).find(({ templateFile }) => templateFile === resolve(file));
    if (synthesized) return selectStacks([synthesized]).stacks[0]!;
  }
  const template = readTemplateFile(file);
  const assets = new Map<string, string>();
  for (const { Type, Properties = {} } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function' || typeof Properties.Code !== 'string') continue;
    assets.set(Properties.Code, resolve(directory, Properties.Code));
    Properties.Code = { S3Bucket: 'local', S3Key: Properties.Code };
  }
  const name = basename(file).replace(/(\.template)?\.json$/, '');
  return { name: name === 'template' ? basename(directory) : name, environment: DEFAULT_ENVIRONMENT, template, assets };
}

/** Returns the paths of all assets in a cloud assembly. */
export function assetPaths(directory: string): string[] {
  return readStacks(directory).flatMap(({ assets }) => [...assets.values()]);
}

function readStacks(directory: string): ParsedStack[] {
  const file = join(directory, 'manifest.json');
  if (!existsSync(file))
    throw new Error(`${directory} is not a cloud assembly: it has no manifest.json (run cdk synth)`);
  const { artifacts = {} } = readJson<Manifest>(file);
  const published = readAssets(directory, artifacts);
  const order = sortByDependency(Object.keys(artifacts), (id) => artifacts[id].dependencies ?? []);
  return order.flatMap((id) => {
    const { type, environment, dependencies = [], displayName = id, properties = {} } = artifacts[id];
    if (type === 'cdk:cloud-assembly') return readStacks(join(directory, String(properties.directoryName)));
    if (type !== 'aws:cloudformation:stack') return [];
    const templateFile = join(directory, String(properties.templateFile));
    const { assets, parameters } = legacyAssets(directory, artifacts[id]!);
    return [
      {
        id,
        path: displayName.split(' ')[0]!,
        dependencies,
        name: properties.stackName ?? id,
        ...parseEnvironment(environment),
        template: readTemplateFile(templateFile),
        templateFile: resolve(templateFile),
        assets: new Map([...published, ...assets]),
        parameters,
      },
    ];
  });
}

/** Parses `aws://123456789012/eu-west-1`. Omits an unknown account or region. */
function parseEnvironment(text = ''): Pick<ParsedStack, 'accountId' | 'region'> {
  const [, account, region] = /^aws:\/\/(\d{12}|unknown-account)\/(.+)$/.exec(text) ?? [];
  return {
    ...(account && account !== 'unknown-account' && { accountId: account }),
    ...(region && region !== 'unknown-region' && { region }),
  };
}

function readAssets(directory: string, artifacts: Record<string, Artifact>): Map<string, string> {
  const assets = new Map<string, string>();
  for (const { type, properties } of Object.values(artifacts)) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue;
    const { files = {} } = readJson<AssetManifest>(join(directory, properties.file));
    for (const { source, destinations } of Object.values(files)) {
      if (!source.path) continue; // built by a command when the asset is published
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, resolve(directory, source.path));
    }
  }
  return assets;
}

/** Reads a template. A stack without resources has no `Resources` in its template. */
export function readTemplateFile(file: string): Template {
  const template = readJson<Partial<Template>>(file);
  return { ...template, Resources: template.Resources ?? {} };
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
