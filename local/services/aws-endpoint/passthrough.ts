import type { ServerResponse } from 'node:http';
import { request } from 'node:https';
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Authorization } from '../apigateway/sigv4.js';
import type { ReadRequest } from '../forward.js';
import { AwsError } from './errors.js';

export interface PassthroughOptions {
  /** Signing names of the services that are really called, e.g. `s3`, `bedrock`. */
  readonly services: readonly string[];
  /** Profile of the developer's AWS configuration; its default chain without. */
  readonly profile?: string;
}

/** Host names that do not begin with the service's signing name. */
const HOSTS: Record<string, (path: string) => string> = {
  bedrock: (path) => (/^\/(model|guardrail|async-invoke)\b/.test(path) ? 'bedrock-runtime' : 'bedrock'),
  ses: () => 'email',
};
/** Of the connection, or of the former signature. */
const NOT_FORWARDED = ['host', 'connection', 'authorization', 'x-amz-date', 'x-amz-security-token', 'amz-sdk-request'];

/** Calls of real AWS services with the developer's own credentials, for functions that need more than runs here. */
export class Passthrough {
  private readonly credentials: ReturnType<typeof fromNodeProviderChain>;

  constructor(private readonly options: PassthroughOptions) {
    this.credentials = fromNodeProviderChain(options.profile ? { profile: options.profile } : {});
  }

  covers(service: string): boolean {
    return this.options.services.includes(service);
  }

  async forward(scope: Authorization, incoming: ReadRequest, response: ServerResponse): Promise<void> {
    const signed = await signForAws(scope, incoming, this.credentials);
    await new Promise<void>((resolve, reject) => {
      const options = { method: signed.method, host: signed.hostname, path: incoming.url, headers: signed.headers };
      const upstream = request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).on('close', resolve);
      });
      upstream.on('error', (error) =>
        reject(new AwsError('ServiceUnavailable', 503, `${signed.hostname} cannot be reached: ${error.message}`)),
      );
      upstream.end(incoming.body);
    });
  }
}

/** A request as AWS itself expects it: for the service's real host, signed with other credentials. */
export async function signForAws(
  { service, region }: Pick<Authorization, 'service' | 'region'>,
  { method, url, headers, body }: ReadRequest,
  credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'],
) {
  const { pathname, searchParams } = new URL(url, 'http://aws');
  if (String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-AWS4')) {
    throw new AwsError('NotImplemented', 501, 'a body signed in chunks cannot be passed through: send it whole');
  }
  const hostname = `${HOSTS[service]?.(pathname) ?? service}.${region}.amazonaws.com`;
  const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.includes(name));
  const query: Record<string, string[]> = {};
  for (const [name, value] of searchParams) query[name] = [...(query[name] ?? []), value];
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' });
  return signer.sign(
    new HttpRequest({
      method,
      protocol: 'https:',
      hostname,
      path: pathname,
      query,
      headers: { ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), host: hostname },
      body,
    }),
  );
}
