import { type RequiredPermission, resourceTags } from '../aws-endpoint/access.js';
import type { BufferedRequest } from '../forward.js';
import type { PolicyDocument, RequestContext } from '../iam/policy.js';

/** A bucket of a template, for the policy evaluation. */
export interface BucketMetadata {
  readonly policy?: PolicyDocument;
  readonly tags: Readonly<Record<string, string>>;
}

/** Headers of unsupported features: conditional writes, which fauxqs ignores, and encryption with a customer's key. */
const UNSUPPORTED_WRITE_HEADERS = ['if-match', 'if-none-match', 'x-amz-server-side-encryption-customer-algorithm'];
const LIST_PARAMETERS = [
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'marker',
  'start-after',
  'continuation-token',
  'encoding-type',
  'fetch-owner',
];
const UPLOAD_PARAMETERS = ['partNumber', 'uploadId'];
/** Parameters that select no operation. Presigned URLs have some headers as parameters. */
const NEUTRAL_PARAMETER = /^(x-id|x-amz-.*|response-.*|versionId=null)$/i;

/**
 * Returns the permissions that an S3 call requires.
 * @param buckets returns the metadata of a bucket; undefined for a bucket outside the app
 * @returns undefined for a call that is not supported
 */
export function s3Permissions(
  request: BufferedRequest,
  buckets: (name: string) => BucketMetadata | undefined,
): RequiredPermission[] | undefined {
  const { method, url, headers, body } = request;
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, name = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(pathname)) ?? [];
  const parameters = [...searchParams.keys()].filter((each) => !NEUTRAL_PARAMETER.test(each));
  const only = (...allowed: string[]) => parameters.every((each) => allowed.includes(each));
  if (name === '') {
    return method === 'GET' ? [{ action: 's3:ListAllMyBuckets', resource: '*', context: {} }] : undefined;
  }
  const bucket = buckets(name);
  if (!bucket) return undefined;
  const need = (action: string, object = key, context: RequestContext = {}): RequiredPermission => ({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${name}${object === '' ? '' : `/${object}`}`,
    context: { ...(object === '' && resourceTags(bucket.tags)), ...context },
    resourcePolicy: bucket.policy,
  });
  if (key === '') {
    if (method === 'HEAD') return [need('ListBucket')];
    if (method === 'GET' && only(...LIST_PARAMETERS)) return [need('ListBucket', '', listContext(searchParams))];
    if (method === 'POST' && only('delete')) return deletedKeys(body).map((each) => need('DeleteObject', each));
    return undefined;
  }
  if (method === 'GET' && only('attributes')) {
    return [need('GetObject'), ...(parameters.length > 0 ? [need('GetObjectAttributes')] : [])];
  }
  if ((method === 'GET' || method === 'HEAD') && only('partNumber')) return [need('GetObject')];
  if (method === 'DELETE' && only('uploadId')) {
    return [need(parameters.length > 0 ? 'AbortMultipartUpload' : 'DeleteObject')];
  }
  if (UNSUPPORTED_WRITE_HEADERS.some((header) => headers[header] !== undefined)) return undefined;
  if (method === 'PUT' && (parameters.length === 0 || only(...UPLOAD_PARAMETERS))) {
    const tagging = headers['x-amz-tagging'] === undefined ? [] : [need('PutObjectTagging')];
    const source = copySource(headers['x-amz-copy-source']);
    if (!source) return [need('PutObject'), ...tagging];
    const from = buckets(source.bucket);
    if (!from) return undefined;
    const read: RequiredPermission = {
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${source.bucket}/${source.key}`,
      context: {},
      resourcePolicy: from.policy,
    };
    return [read, need('PutObject'), ...tagging];
  }
  if (method === 'POST' && parameters.length > 0 && only('uploads', 'uploadId')) return [need('PutObject')];
  return undefined;
}

function listContext(query: URLSearchParams): RequestContext {
  const keys = ['prefix', 'delimiter', 'max-keys'].flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[`s3:${name}`, value]];
  });
  return Object.fromEntries(keys);
}

/** Parses `/bucket/key` or `bucket/key`, URL-encoded. */
function copySource(header: string | string[] | undefined): { bucket: string; key: string } | undefined {
  if (header === undefined) return undefined;
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(String(header))) ?? ['', '', ''];
  return { bucket, key };
}

/** Returns the keys in the body of `DeleteObjects`. */
function deletedKeys(body: Buffer): string[] {
  return [...body.toString().matchAll(/<Key>([\s\S]*?)<\/Key>/g)].map(([, key]) =>
    key
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&'),
  );
}
