import type { HttpRequest } from '@smithy/protocol-http';
import { optionalEnv, requireEnv } from '../shared/env.js';

/** Where an object is. */
export type Address = Pick<HttpRequest, 'protocol' | 'hostname' | 'port' | 'path'>;

/** At the endpoint that the environment names, or at S3: by the bucket's own host unless its name has dots, which no certificate covers. */
export function addressOf(bucket: string, key: string): Address {
  const endpoint = optionalEnv('AWS_ENDPOINT_URL_S3') ?? optionalEnv('AWS_ENDPOINT_URL');
  const region = requireEnv('AWS_REGION');
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const byHost = endpoint === undefined && !bucket.includes('.');
  const host = `${byHost ? `${bucket}.` : ''}s3.${region}.${suffix}`;
  const { protocol, hostname, port } = new URL(endpoint ?? `https://${host}`);
  return { protocol, hostname, port: port ? Number(port) : undefined, path: byHost ? `/${key}` : `/${bucket}/${key}` };
}

/** The `Host` header. */
export function hostOf({ hostname, port }: Address): string {
  return port ? `${hostname}:${port}` : hostname;
}

export function urlOf(address: Address): string {
  return `${address.protocol}//${hostOf(address)}${address.path}`;
}
