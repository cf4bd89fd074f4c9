import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { RequiredAccess } from '../aws-endpoint/access.js';
import { AwsError } from '../aws-endpoint/errors.js';
import type { ReadRequest } from '../forward.js';
import type { PolicyDocument } from '../iam/policy.js';

interface StoredObject {
  readonly body: Buffer;
  /** Those that a reader gets back. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  policy?: PolicyDocument;
}

/** One call that is answered here. */
export interface S3Call {
  readonly needs: RequiredAccess[];
  answer(response: ServerResponse): Promise<void>;
}

/** What an object keeps of the request that made it. */
const KEPT_HEADERS = /^(content-(type|encoding|disposition|language)|cache-control|expires|x-amz-meta-.+)$/;
/** Headers that make of a call something which is not here: copies, conditions, parts of an object. */
const BEYOND = ['x-amz-copy-source', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'range'];

/**
 * A small S3 in this process: PutObject, GetObject and HeadObject on the buckets of the templates, by path. Objects are kept in
 * memory, as they are: encryption, versions and lifecycle rules have no effect.
 */
export class S3Service {
  private readonly buckets = new Map<string, Bucket>();

  putBucket(name: string): void {
    if (!this.buckets.has(name)) this.buckets.set(name, { objects: new Map() });
  }

  /** With its objects. */
  deleteBucket(name: string): void {
    this.buckets.delete(name);
  }

  /** The bucket's own policy; `undefined` takes it away. */
  setPolicy(name: string, policy: PolicyDocument | undefined): void {
    const bucket = this.buckets.get(name);
    if (bucket) bucket.policy = policy;
  }

  /** The call that a request is; undefined for those which are not answered here. */
  call(request: ReadRequest): S3Call | undefined {
    const { method, url, headers, body } = request;
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const [, name = '', key = ''] = /^\/([^/]+)\/(.+)$/s.exec(decodeURIComponent(pathname)) ?? [];
    const bucket = this.buckets.get(name);
    // other parameters name other operations: versions, parts, tags
    const plain = [...searchParams.keys()].every((each) => each === 'x-id');
    if (!bucket || !plain || BEYOND.some((header) => headers[header] !== undefined)) return undefined;
    const need = (action: string): RequiredAccess[] => [
      { action, resource: `arn:aws:s3:::${name}/${key}`, context: {}, resourcePolicy: bucket.policy },
    ];
    if (method === 'PUT' && !headers['content-encoding']?.includes('aws-chunked')) {
      return { needs: need('s3:PutObject'), answer: async (response) => put(bucket, key, headers, body, response) };
    }
    if (method === 'GET' || method === 'HEAD') {
      return { needs: need('s3:GetObject'), answer: async (response) => get(bucket, key, method, response) };
    }
    return undefined;
  }
}

function put(
  bucket: Bucket,
  key: string,
  headers: ReadRequest['headers'],
  body: Buffer,
  response: ServerResponse,
): void {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.test(name));
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
