import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DEFAULT_ENVIRONMENT, type Environment } from '../environment.js';
import { sortByDependency } from './order.js';
import type { Template } from './template.js';

/** A stack of a cloud assembly, with what its template's assets stand for on this disk. */
export interface StackArtifact {
  /** The name it would be deployed under. */
  readonly name: string;
  readonly environment: Environment;
  readonly template: Template;
  /** Path of each file asset (a directory to be zipped, or a file) by the key it would have in the bootstrap bucket. */
  readonly assets: ReadonlyMap<string, string>;
  /** Values of the template's parameters that are not their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly artifacts?: Record<string, Artifact>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: string[];
  readonly properties?: { stackName?: string; templateFile?: string; file?: string; directoryName?: string };
}

interface AssetManifest {
  readonly files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

/**
 * The stacks of the cloud assembly in `directory`, those of nested assemblies (stages) too, in dependency order. All are for one
 * environment: functions call each other by ARN, and there is one account and one region here.
 */
export function readAssembly(directory: string): StackArtifact[] {
  const stacks = readStacks(directory);
  const home = stacks.find(({ account, region }) => account && region);
  const environment = {
    accountId: home?.account ?? DEFAULT_ENVIRONMENT.accountId,
    region: home?.region ?? DEFAULT_ENVIRONMENT.region,
  };
  return stacks.map(({ account, region, ...stack }) => {
    if (
      (account ?? environment.accountId) !== environment.accountId ||
      (region ?? environment.region) !== environment.region
    ) {
      throw new Error(
        `stack ${stack.name} is for aws://${account}/${region}, others are for aws://${environment.accountId}/${environment.region}: ` +
          'the runner has one environment; leave env out of the stacks, or give it an assembly with the stacks of one',
      );
    }
    return { ...stack, environment };
  });
}

/**
 * A template as `sam package` or `aws cloudformation package` would take it, with the code of its functions beside it: the stack is
 * called like the file, `template` like its folder.
 */
export function readTemplate(file: string): StackArtifact {
  const template = readJson<Template>(file);
  const assets = new Map<string, string>();
  const directory = dirname(resolve(file));
  for (const { Type, Properties = {} } of Object.values(template.Resources ?? {})) {
    if (Type !== 'AWS::Lambda::Function' || typeof Properties.Code !== 'string') continue;
    assets.set(Properties.Code, resolve(directory, Properties.Code));
    Properties.Code = { S3Bucket: 'local', S3Key: Properties.Code };
  }
  const name = basename(file).replace(/(\.template)?\.json$/, '');
  return { name: name === 'template' ? basename(directory) : name, environment: DEFAULT_ENVIRONMENT, template, assets };
}

type ReadStack = Omit<StackArtifact, 'environment'> & { readonly account?: string; readonly region?: string };

function readStacks(directory: string): ReadStack[] {
  const file = join(directory, 'manifest.json');
  if (!existsSync(file)) throw new Error(`${directory} is no cloud assembly: it has no manifest.json (run cdk synth)`);
  const { artifacts = {} } = readJson<Manifest>(file);
  const assets = readAssets(directory, artifacts);
  const order = sortByDependency(Object.keys(artifacts), (id) => artifacts[id].dependencies ?? []);
  return order.flatMap((id) => {
    const { type, environment, properties = {} } = artifacts[id];
    if (type === 'cdk:cloud-assembly') return readStacks(join(directory, String(properties.directoryName)));
    if (type !== 'aws:cloudformation:stack') return [];
    return [
      {
        name: properties.stackName ?? id,
        ...parseEnvironment(environment),
        template: readJson<Template>(join(directory, String(properties.templateFile))),
        assets,
      },
    ];
  });
}

/** Of `aws://123456789012/eu-west-1`, what is known. */
function parseEnvironment(text = ''): Pick<ReadStack, 'account' | 'region'> {
  const [, account, region] = /^aws:\/\/(\d{12}|unknown-account)\/(.+)$/.exec(text) ?? [];
  return {
    ...(account && account !== 'unknown-account' && { account }),
    ...(region && region !== 'unknown-region' && { region }),
  };
}

function readAssets(directory: string, artifacts: Record<string, Artifact>): Map<string, string> {
  const assets = new Map<string, string>();
  for (const { type, properties } of Object.values(artifacts)) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue;
    const { files = {} } = readJson<AssetManifest>(join(directory, properties.file));
    for (const { source, destinations } of Object.values(files)) {
      if (!source.path) continue; // made by a command when it is published
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(directory, source.path));
    }
  }
  return assets;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
