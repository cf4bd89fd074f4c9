import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { RequiredPermission } from '../aws-endpoint/access.js';
import { AwsError } from '../aws-endpoint/errors.js';
import type { BufferedRequest } from '../forward.js';
import type { PolicyDocument } from '../iam/policy.js';

interface StoredObject {
  readonly body: Buffer;
  /** Headers of GetObject responses. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  policy?: PolicyDocument;
}

/** A supported call. */
interface S3Call {
  readonly permissions: RequiredPermission[];
  handle(response: ServerResponse): Promise<void>;
}

/** Request headers of PutObject that are stored with the object. */
const STORED_HEADERS = /^(content-(type|encoding|disposition|language)|cache-control|expires|x-amz-meta-.+)$/;
/** Headers of unsupported features: copies, conditional requests, byte ranges. */
const UNSUPPORTED_HEADERS = [
  'x-amz-copy-source',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'range',
];

/**
 * A minimal in-memory S3: PutObject, GetObject and HeadObject with path-style URLs, on the buckets of the templates. Encryption, versioning and
 * lifecycle rules have no effect.
 */
export class S3Service {
  private readonly buckets = new Map<string, Bucket>();

  putBucket(name: string): void {
    if (!this.buckets.has(name)) this.buckets.set(name, { objects: new Map() });
  }

  /** Deletes a bucket with its objects. */
  deleteBucket(name: string): void {
    this.buckets.delete(name);
  }

  /** Sets the bucket policy; `undefined` removes it. */
  setPolicy(name: string, policy: PolicyDocument | undefined): void {
    const bucket = this.buckets.get(name);
    if (bucket) bucket.policy = policy;
  }

  /** Parses a request; undefined for unsupported calls. */
  parseCall(request: BufferedRequest): S3Call | undefined {
    const { method, url, headers, body } = request;
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const [, name = '', key = ''] = /^\/([^/]+)\/(.+)$/s.exec(decodeURIComponent(pathname)) ?? [];
    const bucket = this.buckets.get(name);
    // other query parameters select other operations: versions, parts, tags
    const isObjectOperation = [...searchParams.keys()].every((each) => each === 'x-id');
    if (!bucket || !isObjectOperation || UNSUPPORTED_HEADERS.some((header) => headers[header] !== undefined))
      return undefined;
    const permissions = (action: string): RequiredPermission[] => [
      { action, resource: `arn:aws:s3:::${name}/${key}`, context: {}, resourcePolicy: bucket.policy },
    ];
    if (method === 'PUT' && !headers['content-encoding']?.includes('aws-chunked')) {
      return {
        permissions: permissions('s3:PutObject'),
        handle: async (response) => put(bucket, key, headers, body, response),
      };
    }
    if (method === 'GET' || method === 'HEAD') {
      return {
        permissions: permissions('s3:GetObject'),
        handle: async (response) => get(bucket, key, method, response),
      };
    }
    return undefined;
  }
}

function put(
  bucket: Bucket,
  key: string,
  headers: BufferedRequest['headers'],
  body: Buffer,
  response: ServerResponse,
): void {
  const kept = Object.entries(headers).filter(([name]) => STORED_HEADERS.test(name));
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  bucket.objects.set(key, {
    body,
    headers: {
      'content-type': 'binary/octet-stream',
      ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
      'last-modified': new Date().toUTCString(),
      etag,
    },
  });
  response.writeHead(200, { etag, 'content-length': 0 }).end();
}

function get(bucket: Bucket, key: string, method: 'GET' | 'HEAD', response: ServerResponse): void {
  const object = bucket.objects.get(key);
  if (!object) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
  response.writeHead(200, { ...object.headers, 'content-length': object.body.length });
  response.end(method === 'GET' ? object.body : undefined);
}
