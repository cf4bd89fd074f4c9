import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, expect, test } from 'vitest';

/** SHA-256 digests of all files in a folder. */
function digests(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((f) =>
    statSync(join(directory, f)).isFile(),
  );
  return Object.fromEntries(
    files.sort().map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(directory, file)))
        .digest('hex'),
    ]),
  );
}

test('the build of the bundles is reproducible', () => {
  const rebuilt = join(mkdtempSync(join(tmpdir(), 'bundles-')), 'assets');
  execFileSync(process.execPath, ['scripts/bundle.mjs', rebuilt]);
  expect(digests(join(rebuilt, 'lambda'))).toEqual(digests('assets/lambda'));
  expect(digests(join(rebuilt, 'cli'))).toEqual(digests('assets/cli'));
  expect(digests(join(rebuilt, 'openapi'))).toEqual(digests('assets/openapi'));
});

test('each function bundle is at most 800 KB and ships the licences of its dependencies', () => {
  for (const name of readdirSync('assets/lambda')) {
    const code = readdirSync(`assets/lambda/${name}`).filter((file) => file.endsWith('.mjs'));
    const bytes = code.reduce((sum, file) => sum + statSync(`assets/lambda/${name}/${file}`).size, 0);
    expect(bytes, name).toBeLessThan(800 * 1024);
    expect(readFileSync(`assets/lambda/${name}/THIRD-PARTY-LICENSES.txt`, 'utf8')).toContain(
      name === 'authorizer' ? 'aws-jwt-verify' : '@aws-sdk/client-',
    );
  }
  for (const file of ['lambda/http', 'lambda/sse', 'cli', 'console', 'openapi']) {
    const licences = readFileSync(`assets/${file}/THIRD-PARTY-LICENSES.txt`, 'utf8');
    const named = [...licences.matchAll(/^\S+ \d\S* \((.*)\)$/gm)].map(([, licence]) => licence);
    expect(named.length, file).toBeGreaterThan(0);
    for (const licence of named)
      expect(licence).toMatch(/^\(?(MIT|MIT-0|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0)/);
  }
});

test('NOTICE lists the dependencies in every bundle with their licences', () => {
  const named = new Set(readFileSync('NOTICE', 'utf8').match(/(?<=^ {2})\S.*$/gm));
  const bundles = ['cli', 'console', 'openapi', ...readdirSync('assets/lambda').map((name) => `lambda/${name}`)];
  const contained = bundles.flatMap(
    (name) => readFileSync(`assets/${name}/THIRD-PARTY-LICENSES.txt`, 'utf8').match(/^\S+ \d\S* \(.*\)$/gm) ?? [],
  );
  const runtime = JSON.parse(readFileSync('node_modules/aws-lambda-ric/package.json', 'utf8'));
  expect(named).toEqual(new Set([...contained, `${runtime.name} ${runtime.version} (${runtime.license})`]));
});

let folder: string;
let tarball: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { encoding: 'utf8' }),
  );
  tarball = join(folder, filename);
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
});

test('the package is small, contains only the expected files and has no dependencies', () => {
  expect(statSync(tarball).size).toBeLessThan(2_500_000);
  const built = '.jsii.tabl.json.gz'; // translated snippets, generated after the compilation (test/interop/docs.test.ts)
  const top = readdirSync(join(folder, 'package'))
    .filter((name) => name !== built)
    .sort();
  expect(top).toEqual([
    '.jsii',
    'AGENTS.md',
    'API.md',
    'CHANGELOG.md',
    'LICENSE',
    'NOTICE',
    'README.md',
    'assets',
    'bin',
    'docs',
    'lib',
    'llms.txt',
    'package.json',
  ]);
  // files that the guides refer to
  expect(readdirSync(join(folder, 'package/docs/iam'))).toEqual(readdirSync('docs/iam'));
  expect(readdirSync(join(folder, 'package/docs/reference'))).toContain('faults.schema.json');
  expect(readdirSync(join(folder, 'package/docs/guides/migrate-from-sam'))).toEqual(
    readdirSync('docs/guides/migrate-from-sam'),
  );
  expect(readdirSync(join(folder, 'package/assets')).sort()).toEqual(['cli', 'console', 'lambda', 'openapi']);
  const manifest = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  for (const file of Object.keys(digests(join(folder, 'package', 'lib')))) expect(file).toMatch(/\.(js|d\.ts)$/);
});

test('the packaged command runs a cloud assembly from an empty folder', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  execFileSync(resolve('node_modules/.bin/tsx'), ['app.ts'], {
    cwd: 'examples/typescript',
    env: { ...process.env, CDK_OUTDIR: join(folder, 'out') },
  });
  cpSync(join(folder, 'out'), join(empty, 'cdk.out'), { recursive: true });

  const command = spawn(
    process.execPath,
    [join(folder, 'package/bin/mcp-lambda'), 'local', '--app', 'cdk.out', '--port', '0', '--json'],
    {
      cwd: empty,
      env: { PATH: process.env.PATH, HOME: empty },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve_) => command.once('exit', (code) => resolve_(code)));
  const [ready] = await createInterface(command.stdout)
    [Symbol.asyncIterator]()
    .next()
    .then(({ value }) => [JSON.parse(value)]);
  expect(Object.keys(ready)).toEqual(expect.arrayContaining(['url', 'mcp', 'sse', 'message', 'register']));

  const client = new Client({ name: 'package', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(ready.mcp)));
  expect(await client.callTool({ name: 'echo', arguments: { message: 'packed' } })).toMatchObject({
    content: [{ text: 'packed' }],
  });
  expect(await client.callTool({ name: 'lookup_order', arguments: { orderId: 'A-1001' } })).toMatchObject({
    structuredContent: { status: 'shipped' },
  });
  await client.close();
  command.kill('SIGINT');
  expect(await ended).toBe(0);
});
