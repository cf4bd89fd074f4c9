import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyPresigned } from '../../../local/services/s3/presigned.js';
import { allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

const OBJECTS = 'arn:aws:s3:::results/own/*';
const Bucket = 'results';

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(() => aws.stop());
beforeEach(async () => {
  await aws.s3.deleteBucket(Bucket);
  await aws.s3.putBucket(Bucket);
});

const owner = () => aws.as(allow(['s3:PutObject', 's3:GetObject'], OBJECTS));
const clientOf = (caller: ReturnType<TestEndpoint['as']>) => new S3Client(caller.config);
const body = async (command: Promise<{ Body?: { transformToString(): Promise<string> } }>) =>
  (await command).Body!.transformToString();

describe('objects', () => {
  it('are returned with their headers', async () => {
    const s3 = clientOf(owner());
    const Key = 'own/grüße und (so).txt';
    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: 'hällo', ContentType: 'text/plain', Metadata: { a: 'b' } }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(got).toMatchObject({ ContentType: 'text/plain', ContentLength: 6, Metadata: { a: 'b' } });
    expect(await got.Body!.transformToString()).toBe('hällo');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 6 });
  });

  it.each(['application/x-www-form-urlencoded', 'application/x-amz-json-1.0; charset=utf-8', 'text/xml'])(
    'can have the content type %s',
    async (ContentType) => {
      const s3 = clientOf(owner());
      await s3.send(new PutObjectCommand({ Bucket, Key: 'own/t', Body: 'a=b', ContentType }));
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'own/t' }));
      expect([got.ContentType, await got.Body!.transformToString()]).toEqual([ContentType, 'a=b']);
    },
  );

  it('can be missing', async () => {
    const s3 = clientOf(owner());
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'own/x' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('are deleted with their bucket', async () => {
    const s3 = clientOf(owner());
    await s3.send(new PutObjectCommand({ Bucket, Key: 'own/x', Body: 'x' }));
    await aws.s3.putBucket(Bucket); // an update of the template
    expect(await body(s3.send(new GetObjectCommand({ Bucket, Key: 'own/x' })))).toBe('x');
    await aws.s3.deleteBucket(Bucket);
    await aws.s3.putBucket(Bucket);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'own/x' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('are listed in pages, by prefix and delimiter', async () => {
    const role = aws.as(allow('s3:*', '*'));
    const s3 = clientOf(role);
    for (const Key of ['a/1', 'a/2', 'a/b/3', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const list = async (more: object) => {
      const { Contents = [], CommonPrefixes = [] } = await s3.send(new ListObjectsV2Command({ Bucket, ...more }));
      return [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)];
    };
    expect(await list({})).toEqual(['a/1', 'a/2', 'a/b/3', 'c']);
    expect(await list({ Prefix: 'a/', Delimiter: '/' })).toEqual(['a/1', 'a/2', 'a/b/']);
    const pages = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) {
      pages.push(page.Contents?.length);
    }
    expect(pages).toEqual([3, 1]);
    const { Buckets } = await s3.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  });

  it('are deleted, copied and read in parts', async () => {
    const s3 = clientOf(aws.as(allow('s3:*', '*')));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', Metadata: { a: 'b' } }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'own/copy & more', CopySource: 'results/a' }));
    const copy = await s3.send(new GetObjectCommand({ Bucket, Key: 'own/copy & more', Range: 'bytes=1-3' }));
    expect([copy.Metadata, await copy.Body!.transformToString()]).toEqual([{ a: 'b' }, 'ell']);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({ name: 'NotFound' });
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'own/copy & more' }] } }),
    );
    expect(Deleted).toEqual([{ Key: 'own/copy & more' }]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  it('are uploaded in parts, as streams, and in one request of more than 11 MiB', async () => {
    const s3 = clientOf(owner());
    const Key = `own/${'k'.repeat(300)}`;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain' }));
    const upload = (PartNumber: number, Body: Buffer) =>
      s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    const Parts = [
      { PartNumber: 1, ETag: (await upload(1, Buffer.alloc(5_242_880, 'x'))).ETag },
      { PartNumber: 2, ETag: (await upload(2, Buffer.from('end'))).ETag },
    ];
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ContentLength: 5_242_883,
      ContentType: 'text/plain',
    });
    const Body = Readable.from([Buffer.from('stre'), Buffer.from('amed')]);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 8 }));
    expect(await body(s3.send(new GetObjectCommand({ Bucket, Key })))).toBe('streamed');
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(12_000_000) }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength).toBe(12_000_000);
  });

  it.each([
    ['another bucket', new GetObjectCommand({ Bucket: 'elsewhere', Key: 'k' })],
    ['a copy from another bucket', new CopyObjectCommand({ Bucket, Key: 'own/b', CopySource: 'elsewhere/own/a' })],
    ['tags', new GetObjectTaggingCommand({ Bucket, Key: 'own/a' })],
    ['conditional writes', new PutObjectCommand({ Bucket, Key: 'own/a', Body: 'x', IfNoneMatch: '*' })],
  ])('do not support %s', async (_, command) => {
    await expect(clientOf(owner()).send(command as PutObjectCommand)).rejects.toMatchObject({ name: 'NotRunLocally' });
  });
});

describe('permissions', () => {
  it.each([
    ['write', allow('s3:GetObject', OBJECTS), new PutObjectCommand({ Bucket, Key: 'own/a', Body: 'x' })],
    ['read', allow('s3:PutObject', OBJECTS), new GetObjectCommand({ Bucket, Key: 'own/a' })],
    ['access outside the prefix', allow('s3:*', OBJECTS), new GetObjectCommand({ Bucket, Key: 'other/a' })],
    ['list', allow('s3:*', OBJECTS), new ListObjectsV2Command({ Bucket })],
    [
      'list another prefix',
      allow('s3:ListBucket', '*', { Condition: { StringEquals: { 's3:prefix': 'own/' } } }),
      new ListObjectsV2Command({ Bucket, Prefix: 'other/' }),
    ],
    ['delete', allow(['s3:Get*', 's3:Put*'], '*'), new DeleteObjectCommand({ Bucket, Key: 'own/a' })],
    [
      'delete several objects',
      allow('s3:DeleteObject', OBJECTS),
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'own/a' }, { Key: 'other/a' }] } }),
    ],
    [
      'read the source of a copy',
      allow('s3:PutObject', '*'),
      new CopyObjectCommand({ Bucket, Key: 'own/b', CopySource: 'results/own/a' }),
    ],
    ['upload in parts', allow('s3:Get*', '*'), new CreateMultipartUploadCommand({ Bucket, Key: 'own/a' })],
  ])('are required to %s', async (_, statement, command) => {
    const denied = clientOf(aws.as(statement)).send(command as PutObjectCommand);
    await expect(denied).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });

  it('include the bucket policy', async () => {
    const s3 = clientOf(owner());
    await s3.send(new PutObjectCommand({ Bucket, Key: 'own/a', Body: 'x' }));
    aws.s3.setPolicy(Bucket, {
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::results/*' }],
    });
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'own/a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    aws.s3.setPolicy(Bucket, undefined);
    expect(await body(s3.send(new GetObjectCommand({ Bucket, Key: 'own/a' })))).toBe('x');
  });
});

it('explains that presigned POST does not run here', async () => {
  const form = new FormData();
  for (const name of ['key', 'Policy', 'X-Amz-Signature', 'file']) form.append(name, 'x');
  const response = await fetch(`${owner().config.endpoint}/${Bucket}`, { method: 'POST', body: form });
  expect([response.status, await response.text()]).toEqual([
    501,
    expect.stringContaining('presigned POST is not supported by the local runner; use a presigned URL of PutObject'),
  ]);
});

describe('presigned URLs', () => {
  /** Creates a presigned URL of `own/a`. */
  async function presign(
    caller: ReturnType<TestEndpoint['as']>,
    options: { expiresIn?: number; signingDate?: Date } = {},
  ) {
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials: caller.credentials,
      sha256: Sha256,
      uriEscapePath: false,
    });
    const { hostname, port } = new URL(aws.url);
    const headers = { host: `${hostname}:${port}`, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    const request = new HttpRequest({ method: 'GET', protocol: 'http:', hostname, path: '/results/own/a', headers });
    const { query } = await signer.presign(request, { expiresIn: 60, ...options });
    return `${aws.url}/results/own/a?${new URLSearchParams(query as Record<string, string>)}`;
  }
  const errorOf = async (response: Response): Promise<[number, string[] | undefined]> => [
    response.status,
    /<Code>(.*)<\/Code><Message>(.*)<\/Message>/.exec(await response.text())?.slice(1),
  ];

  beforeEach(async () => {
    await clientOf(owner()).send(new PutObjectCommand({ Bucket, Key: 'own/a', Body: 'x', ContentType: 'image/png' }));
  });

  it('work without credentials', async () => {
    const response = await fetch(await presign(owner()));
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'image/png',
      'x',
    ]);
  });

  it('of the SDK upload and download, with the headers that they set', async () => {
    const s3 = clientOf(owner());
    const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'own/b', ContentType: 'text/csv' }));
    expect((await fetch(put, { method: 'PUT', body: 'a;b', headers: { 'content-type': 'text/csv' } })).status).toBe(
      200,
    );
    const command = new GetObjectCommand({
      Bucket,
      Key: 'own/b',
      ResponseContentDisposition: 'attachment; filename="b.csv"',
    });
    const response = await fetch(await getSignedUrl(s3, command));
    expect([response.headers.get('content-type'), response.headers.get('content-disposition')]).toEqual([
      'text/csv',
      'attachment; filename="b.csv"',
    ]);
    expect(await response.text()).toBe('a;b');
  });

  it.each([
    [0, 200],
    [-120, 403],
  ])('of boto3 have a signature of version 2, with an expiry %s s later', async (seconds, status) => {
    const { accessKeyId, secretAccessKey, sessionToken } = owner().credentials;
    const path = '/results/own/a';
    const Expires = String(Math.floor(Date.now() / 1000) + 60 + seconds);
    const text = `GET\n\n\n${Expires}\nx-amz-security-token:${sessionToken}\n${path}?response-content-type=text/csv`;
    const Signature = createHmac('sha1', secretAccessKey).update(text).digest('base64');
    const query = { AWSAccessKeyId: accessKeyId, Signature, Expires, 'x-amz-security-token': sessionToken! };
    const url = `${aws.url}${path}?response-content-type=text%2Fcsv&${new URLSearchParams(query)}`;
    const response = await fetch(url);
    expect(response.status).toBe(status);
    expect((await fetch(url.replace('/own/a', '/own/b'))).status).toBe(403);
    if (status === 200) expect(response.headers.get('content-type')).toBe('text/csv');
  });

  it('expire', async () => {
    const url = await presign(owner(), { signingDate: new Date(Date.now() - 61_000) });
    expect(await errorOf(await fetch(url))).toEqual([403, ['AccessDenied', 'Request has expired']]);
  });

  it('have the current permissions of the signer', async () => {
    const reader = owner();
    const url = await presign(reader);
    expect(await errorOf(await fetch(await presign(aws.as(allow('s3:PutObject', OBJECTS)))))).toMatchObject([
      403,
      ['AccessDenied', expect.stringContaining('s3:GetObject')],
    ]);
    aws.iam.setInlinePolicy(reader.name, 'test', undefined);
    expect((await fetch(url)).status).toBe(403);
  });

  it.each([
    ['another object', (url: string) => url.replace('/own/a', '/own/b'), 'SignatureDoesNotMatch'],
    [
      'a longer lifetime',
      (url: string) => url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'),
      'SignatureDoesNotMatch',
    ],
    [
      'another signature',
      (url: string) => url.replace(/Signature=.{10}/, 'Signature=0000000000'),
      'SignatureDoesNotMatch',
    ],
    ['no signature', (url: string) => url.replace(/X-Amz-Signature=[0-9a-f]+/, ''), 'SignatureDoesNotMatch'],
    [
      'another token',
      (url: string) => url.replace(/X-Amz-Security-Token=[^&]{10}/, 'X-Amz-Security-Token=0000000000'),
      'InvalidAccessKeyId',
    ],
    [
      'an unknown key',
      (url: string) => url.replace(/X-Amz-Credential=.{10}/, 'X-Amz-Credential=ASIA000000'),
      'InvalidAccessKeyId',
    ],
    [
      'a lifetime of more than a week',
      (url: string) => url.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'),
      'AuthorizationQueryParametersError',
    ],
    [
      'another algorithm',
      (url: string) => url.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'),
      'AuthorizationQueryParametersError',
    ],
  ])('are rejected with %s', async (_, tamper, code) => {
    const url = await presign(owner());
    const tampered = tamper(url);
    expect(tampered).not.toBe(url);
    expect((await errorOf(await fetch(tampered)))[1]?.[0]).toBe(code);
  });

  it('allow only the signed method', async () => {
    const response = await fetch(await presign(owner()), { method: 'PUT', body: 'y' });
    expect((await errorOf(response))[1]?.[0]).toBe('SignatureDoesNotMatch');
  });

  it('are verified as in the example of the AWS documentation', () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    const url =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = { method: 'GET', url, headers: { host: 'examplebucket.s3.amazonaws.com' }, body: Buffer.alloc(0) };
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const at = Date.UTC(2013, 4, 24, 12);
    expect(verifyPresigned(request, () => credentials, at)).toMatchObject({ service: 's3', region: 'us-east-1' });
    expect(() => verifyPresigned(request, () => credentials, at + 86_400_000)).toThrow('Request has expired');
    expect(() => verifyPresigned(request, () => credentials, at - 86_400_000)).toThrow('not valid yet');
  });
});
