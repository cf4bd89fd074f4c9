import type { ServiceCall } from '../aws-endpoint/service-call.js';
import type { Fauxqs } from '../fauxqs/server.js';
import { type BufferedRequest, forwardRequest } from '../forward.js';
import type { PolicyDocument } from '../iam/policy.js';
import { type BucketMetadata, s3Permissions } from './operations.js';

/** Content type of objects that are stored without one. */
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
/** Content types that fauxqs parses, because its other services use them. They are escaped in objects. */
const PARSED_TYPE = /^(application\/)(x-www-form-urlencoded|x-amz-json-1\.0)/i;
const ESCAPE = 'x.object-';

/**
 * S3 with path-style URLs, on the embedded server: the buckets of the templates. Encryption, versioning, lifecycle rules and notifications have
 * no effect.
 */
export class S3Service {
  private readonly buckets = new Map<string, BucketMetadata>();

  constructor(private readonly server: Fauxqs) {}

  /** Creates a bucket, or sets the tags of an existing one. */
  async putBucket(name: string, tags: Readonly<Record<string, string>> = {}): Promise<void> {
    if (!this.buckets.has(name)) await this.server.s3('PUT', `/${name}`);
    this.buckets.set(name, { ...this.buckets.get(name), tags });
  }

  /** Deletes a bucket with its objects. */
  async deleteBucket(name: string): Promise<void> {
    if (!this.buckets.delete(name)) return;
    for (;;) {
      const list = await this.server.s3('GET', `/${name}?list-type=2`);
      const keys = [...list.matchAll(/<Key>[\s\S]*?<\/Key>/g)].map(([key]) => `<Object>${key}</Object>`);
      if (keys.length === 0) break;
      await this.server.s3('POST', `/${name}?delete`, `<Delete>${keys.join('')}</Delete>`);
    }
    await this.server.s3('DELETE', `/${name}`);
  }

  /** Stores an object on behalf of the runner, such as a file of a bucket deployment. */
  async putObject(bucket: string, key: string, body: Buffer): Promise<void> {
    await this.server.s3('PUT', `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, body);
  }

  /** Sets the bucket policy; `undefined` removes it. */
  setPolicy(name: string, policy: PolicyDocument | undefined): void {
    const bucket = this.buckets.get(name);
    if (bucket) this.buckets.set(name, { ...bucket, policy });
  }

  /** Parses a request; undefined for unsupported calls. */
  parseCall(request: BufferedRequest): ServiceCall | undefined {
    const permissions = s3Permissions(request, (name) => this.buckets.get(name));
    if (!permissions) return undefined;
    const { headers, url } = request;
    const contentType = (headers['content-type'] ?? DEFAULT_CONTENT_TYPE).replace(PARSED_TYPE, `$1${ESCAPE}$2`);
    const forwarded = { ...request, headers: { ...headers, 'content-type': contentType } };
    return {
      permissions,
      handle: (response) =>
        forwardRequest(this.server.port, forwarded, response, undefined, (received) => ({
          ...unescapedType(received['content-type']),
          ...overriddenHeaders(url),
        })),
    };
  }
}

function unescapedType(contentType: string | undefined): Record<string, string> {
  return contentType?.includes(ESCAPE) ? { 'content-type': contentType.replace(ESCAPE, '') } : {};
}

/** Returns the headers that a request overrides with `response-*` parameters, as in presigned URLs for downloads. */
function overriddenHeaders(url: string): Record<string, string> {
  const overrides = [...new URL(url, 'http://s3').searchParams].filter(([name]) => name.startsWith('response-'));
  return Object.fromEntries(overrides.map(([name, value]) => [name.slice('response-'.length), value]));
}
