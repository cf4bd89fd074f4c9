import type { ServerResponse } from 'node:http';
import { request } from 'node:https';
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { BufferedRequest } from '../forward.js';
import type { Authorization } from '../iam/sigv4.js';
import { AwsError } from './errors.js';

export interface PassthroughOptions {
  /** SigV4 service names of the services to call on AWS, such as `s3` or `bedrock`. */
  readonly services: readonly string[];
  /** AWS profile; the default credential chain if absent. */
  readonly profile?: string;
}

/** Host name prefixes that differ from the SigV4 service name. */
const HOSTS: Record<string, (path: string) => string> = {
  bedrock: (path) => (/^\/(model|guardrail|async-invoke)\b/.test(path) ? 'bedrock-runtime' : 'bedrock'),
  ses: () => 'email',
};
/** Headers of the connection and of the original signature. */
const NOT_FORWARDED = ['host', 'connection', 'authorization', 'x-amz-date', 'x-amz-security-token', 'amz-sdk-request'];

/** Forwards calls to AWS with the developer's credentials, for services that the local runner does not emulate. */
export class Passthrough {
  private readonly credentials: ReturnType<typeof fromNodeProviderChain>;

  constructor(private readonly options: PassthroughOptions) {
    this.credentials = fromNodeProviderChain(options.profile ? { profile: options.profile } : {});
  }

  covers(service: string): boolean {
    return this.options.services.includes(service);
  }

  async forward(scope: Authorization, incoming: BufferedRequest, response: ServerResponse): Promise<void> {
    const region = scope.service === 'lambda' ? regionOfFunction(incoming.url) : undefined;
    const signed = await signForAws(region ? { ...scope, region } : scope, incoming, this.credentials);
    await new Promise<void>((resolve, reject) => {
      const options = { method: signed.method, host: signed.hostname, path: incoming.url, headers: signed.headers };
      const upstream = request(options, (upstreamResponse) => {
        response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
        upstreamResponse.pipe(response).on('close', resolve);
      });
      upstream.on('error', (error) =>
        reject(new AwsError('ServiceUnavailable', 503, `cannot connect to ${signed.hostname}: ${error.message}`)),
      );
      upstream.end(incoming.body);
    });
  }
}

/** Returns the region of the function in a path of the Lambda API, if the path has its ARN. */
function regionOfFunction(url: string): string | undefined {
  return /\/functions\/arn(?::|%3A)[\w-]+(?::|%3A)lambda(?::|%3A)([a-z0-9-]+)/i.exec(url)?.[1];
}

/** Rewrites a request for the AWS endpoint of the service, and signs it with other credentials. */
export async function signForAws(
  scope: Pick<Authorization, 'service' | 'region'>,
  incoming: BufferedRequest,
  credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'],
) {
  if (String(incoming.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-AWS4')) {
    throw new AwsError(
      'NotImplemented',
      501,
      'cannot pass through a request with a chunked signature: send the body without chunks',
    );
  }
  const { pathname } = new URL(incoming.url, 'http://aws');
  const { service, region } = scope;
  const hostname = `${HOSTS[service]?.(pathname) ?? service}.${region}.amazonaws.com`;
  return signRequest(scope, incoming, credentials, hostname);
}

/** Signs a request for another host with other credentials. */
export async function signRequest(
  { service, region }: Pick<Authorization, 'service' | 'region'>,
  { method, url, headers, body }: BufferedRequest,
  credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'],
  host: string,
) {
  const { pathname, searchParams } = new URL(url, 'http://aws');
  const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.includes(name));
  const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)] as const));
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' });
  return signer.sign(
    new HttpRequest({
      method,
      protocol: 'https:',
      hostname: host,
      path: pathname,
      query,
      headers: { ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), host },
      body,
    }),
  );
}
