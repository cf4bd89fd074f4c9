import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { unzip } from '../assembly/unzip.js';
import { requestSigner } from '../request-signer.js';
import { AWS_MANAGED_POLICIES } from '../services/iam/managed-policies.js';
import { NotRunError } from './not-run.js';
import { type ResourceContext, upsertType } from './resource-type.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
};
/** Values that replace markers in the files: attributes of resources, which are not known at synth. */
type Markers = Readonly<Record<string, unknown>>;

/**
 * `Custom::CDKBucketDeployment` of the CDK. The runner uploads the files itself, because the CDK's function calls the AWS CLI of a layer. Existing
 * objects are kept, and CloudFront distributions are not invalidated.
 */
export const bucketDeployment = upsertType(async (context, previous) => {
  const { properties } = context;
  const { SourceObjectKeys, DestinationBucketName, DestinationBucketKeyPrefix = '', Extract } = properties;
  const upload = uploader(context, `${DestinationBucketName}`);
  for (const [i, key] of (SourceObjectKeys as string[]).entries()) {
    const source = context.assets.get(key);
    if (source === undefined) throw new NotRunError(`its source ${key} is not an asset of this app`, 'deploy');
    const prefix = DestinationBucketKeyPrefix.replace(/^\/|\/$/g, '');
    if (String(Extract) === 'false') {
      await upload(join(prefix, key), readFileSync(source));
      continue;
    }
    const directory = statSync(source).isDirectory() ? source : extracted(source, context);
    for (const file of files(directory)) {
      const name = relative(directory, file).split(sep).join('/');
      if (!isIncluded(name, properties.Exclude, properties.Include)) continue;
      const content = withMarkers(
        readFileSync(file),
        properties.SourceMarkers?.[i],
        properties.SourceMarkersConfig?.[i],
      );
      await upload(prefix ? `${prefix}/${name}` : name, content);
    }
  }
  return {
    physicalId: previous?.returnValues.physicalId ?? `aws.cdk.s3deployment.${context.logicalId}`,
    attributes: { DestinationBucketArn: `arn:aws:s3:::${DestinationBucketName}`, SourceObjectKeys },
  };
});

/** Returns a function that uploads an object to a bucket of the app. */
function uploader({ services, stack, properties }: ResourceContext, bucket: string) {
  const { accountId, region } = stack.environment;
  const credentials = services.iam.issueUserKey('bucket-deployment', accountId, [
    AWS_MANAGED_POLICIES.AdministratorAccess,
  ]);
  return async (key: string, content: Buffer): Promise<void> => {
    const url = new URL(`${services.awsEndpointUrl}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`);
    const sign = requestSigner(url, { service: 's3', region, credentials: async () => credentials });
    const headers = { 'content-type': CONTENT_TYPES[extname(key).toLowerCase()] ?? 'binary/octet-stream' };
    const metadata = { ...properties.SystemMetadata, ...userMetadata(properties.UserMetadata) };
    const signed = await sign('PUT', { ...headers, ...metadata, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, '');
    const response = await fetch(url, { method: 'PUT', headers: signed, body: new Uint8Array(content) });
    if (!response.ok) throw new NotRunError(`cannot upload ${key} to ${bucket}: ${await response.text()}`);
  };
}

function userMetadata(metadata: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
}

function extracted(archive: string, { services, logicalId }: ResourceContext): string {
  const directory = mkdtempSync(join(services.workDir, `${logicalId}-`));
  unzip(archive, directory);
  return directory;
}

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

function withMarkers(content: Buffer, markers: Markers = {}, { jsonEscape }: { jsonEscape?: unknown } = {}): Buffer {
  const entries = Object.entries(markers);
  if (entries.length === 0) return content;
  const escaped = (value: string) => (String(jsonEscape) === 'true' ? JSON.stringify(value).slice(1, -1) : value);
  let text = content.toString('utf8');
  for (const [marker, value] of entries) text = text.replaceAll(marker, escaped(String(value)));
  return Buffer.from(text);
}

/** Applies `--exclude` and `--include` of the AWS CLI: the last pattern that matches decides. */
function isIncluded(name: string, exclude: readonly string[] = [], include: readonly string[] = []): boolean {
  if (include.some((pattern) => glob(pattern).test(name))) return true;
  return !exclude.some((pattern) => glob(pattern).test(name));
}

function glob(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`);
}
