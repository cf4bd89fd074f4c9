import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unzip } from '../../local/assembly/unzip';
import { venv } from './support/venv';

/** CloudFormation's size limit for a template in the request. */
const MAX_TEMPLATE_BODY = 51_200;

const run = promisify(execFile);
const work = mkdtempSync(join(tmpdir(), 'sar-interop-'));
const application = join(work, 'sar');
const template = join(application, 'template.json');
const packaged = join(work, 'packaged.json');

/** Stubs of S3 and the Serverless Application Repository that record what `sam package` and `sam publish` send. */
const objects = new Map<string, Buffer>();
const published: Array<Record<string, any>> = [];
const aws = createServer(async (request, response) => {
  const { method, url = '' } = request;
  const body = await buffer(request);
  if (method === 'PUT') {
    objects.set(url.slice(1), body);
    response.writeHead(200, { etag: '"1"' }).end();
  } else if (method === 'POST' && url === '/applications') {
    published.push(JSON.parse(body.toString()));
    const applicationId = 'arn:aws:serverlessrepo:us-east-1:123456789012:applications/mcp-lambda-server';
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ applicationId }));
  } else {
    response.writeHead(404).end(); // HEAD: the object does not exist yet
  }
});

let programs: string;
let sam: (...args: string[]) => Promise<string>;
beforeAll(async () => {
  execFileSync(resolve('node_modules/.bin/tsx'), ['sar/app.ts', application], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((done) => aws.listen(0, '127.0.0.1', done));
  programs = venv('sam');
  const env = {
    PATH: process.env.PATH,
    HOME: work,
    SAM_CLI_TELEMETRY: '0',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required', // unmodified bodies without trailing checksums
  };
  sam = async (...args) => (await run(join(programs, 'sam'), args, { cwd: work, env })).stdout;
});
afterAll(() => aws.close());

test('sam and cfn-lint accept the template', async () => {
  expect(await sam('validate', '--lint', '--template', template)).toContain('is a valid SAM Template');
  expect((await run(join(programs, 'cfn-lint'), [template])).stdout).toBe('');
});

test('sam packages the code, the licence and the README to S3', async () => {
  const output = ['--use-json', '--output-template-file', packaged];
  await sam('package', '--template-file', template, '--s3-bucket', 'artifacts', '--s3-prefix', 'mcp', ...output);
  const { Metadata, Resources } = JSON.parse(readFileSync(packaged, 'utf8'));
  const { LicenseUrl, ReadmeUrl } = Metadata['AWS::ServerlessRepo::Application'];
  const object = (url: string) => objects.get(url.replace('s3://', ''))?.toString();
  expect(object(LicenseUrl)).toBe(readFileSync('LICENSE', 'utf8'));
  expect(object(ReadmeUrl)).toBe(readFileSync('sar/README.md', 'utf8'));

  const original = JSON.parse(readFileSync(template, 'utf8')).Resources;
  for (const [id, { Type, Properties }] of Object.entries<any>(Resources)) {
    if (Type !== 'AWS::Lambda::Function') {
      expect(Properties).toEqual(original[id].Properties);
      continue;
    }
    const { S3Bucket, S3Key } = Properties.Code;
    const zip = join(work, `${id}.zip`);
    writeFileSync(zip, objects.get(`${S3Bucket}/${S3Key}`)!);
    const folder = join(work, id);
    mkdirSync(folder);
    unzip(zip, folder);
    const source = join(application, original[id].Properties.Code);
    for (const file of readdirSync(source))
      expect(readFileSync(join(folder, file))).toEqual(readFileSync(join(source, file)));
  }
  expect(await sam('validate', '--lint', '--template', packaged)).toContain('is a valid SAM Template');
});

test('sam publishes a versioned application', async () => {
  expect(await sam('publish', '--template-file', packaged)).toContain('Publish Succeeded');
  const [{ templateBody, ...about }] = published;
  expect(about).toMatchObject({
    name: 'mcp-lambda-server',
    semanticVersion: JSON.parse(readFileSync('package.json', 'utf8')).version,
    licenseUrl: expect.stringMatching(/^s3:\/\/artifacts\/mcp\//),
    readmeUrl: expect.stringMatching(/^s3:\/\/artifacts\/mcp\//),
  });
  expect(Buffer.byteLength(templateBody)).toBeLessThan(MAX_TEMPLATE_BODY);
});
