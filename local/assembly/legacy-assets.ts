import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Artifact, ArtifactMetadata, StackArtifact } from './manifest.js';

/** The entry of an asset that CDK's `LegacyStackSynthesizer` writes: the CDK CLI uploads it and passes bucket and key as parameters. */
interface LegacyAsset {
  readonly path: string;
  readonly id: string;
  readonly s3BucketParameter: string;
  readonly s3KeyParameter: string;
  readonly artifactHashParameter: string;
}

const BUCKET = 'assets';

/** Returns the assets of a stack that are parameters of its template, by object key, with the values of these parameters. */
export function legacyAssets(
  directory: string,
  { metadata, additionalMetadataFile }: Artifact,
): { assets: Map<string, string> } & Required<Pick<StackArtifact, 'parameters'>> {
  const assets = new Map<string, string>();
  const parameters: Record<string, string> = {};
  const file = additionalMetadataFile === undefined ? undefined : join(directory, additionalMetadataFile);
  const entries = file && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ArtifactMetadata) : metadata;
  for (const { type, data } of Object.values(entries ?? {}).flat()) {
    const asset = data as LegacyAsset | undefined;
    if (type !== 'aws:cdk:asset' || !asset?.s3KeyParameter) continue;
    const key = `${asset.id}.zip`;
    assets.set(key, resolve(directory, asset.path));
    parameters[asset.s3BucketParameter] = BUCKET;
    parameters[asset.s3KeyParameter] = `||${key}`; // the separator of prefix and key
    parameters[asset.artifactHashParameter] = asset.id;
  }
  return { assets, parameters };
}
