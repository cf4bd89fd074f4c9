import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

/*
 * The software bill of materials of a release, in CycloneDX.
 */
let sbom: any;
beforeAll(() => {
  const file = join(mkdtempSync(join(tmpdir(), 'sbom-')), 'nested', 'sbom.cdx.json');
  execFileSync(process.execPath, ['scripts/sbom.mjs', file]);
  sbom = JSON.parse(readFileSync(file, 'utf8'));
});

const idOf = ({ name, version }: { name: string; version: string }) => `${name} ${version}`;

test('lists exactly the packages that the bundles contain', () => {
  const bundles = ['cli', 'console', 'openapi', ...readdirSync('assets/lambda').map((name) => `lambda/${name}`)];
  const titles = bundles.flatMap(
    (name) => readFileSync(`assets/${name}/THIRD-PARTY-LICENSES.txt`, 'utf8').match(/^\S+ \d\S*(?= \(.*\)$)/gm) ?? [],
  );
  const runtime = JSON.parse(readFileSync('node_modules/aws-lambda-ric/package.json', 'utf8'));
  expect(new Set(sbom.components.map(idOf))).toEqual(new Set([...titles, idOf(runtime)]));
  expect(sbom.components).toHaveLength(new Set(sbom.components.map(idOf)).size);
  const names = sbom.components.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['@modelcontextprotocol/server', '@aws-sdk/client-dynamodb', 'yaml']));
  for (const development of ['vitest', 'esbuild', '@cloud-copilot/iam-simulate'])
    expect(names).not.toContain(development);
});

test('has the package URL, the licence and where it is known the hash of each package, and the bundles that contain it', () => {
  for (const { purl, licenses, hashes, properties, scope, ...component } of sbom.components) {
    expect(purl, component.name).toBe(`pkg:npm/${component.name.replace('@', '%40')}@${component.version}`);
    expect(licenses, component.name).toHaveLength(1);
    expect(scope).toBe('required');
    if (component.type === 'library') expect(hashes[0].content, component.name).toMatch(/^[0-9a-f]{128}$/);
    expect(properties.length, component.name).toBeGreaterThan(0);
    for (const { name, value } of properties) {
      expect(name).toBe('cdk-mcp-lambda:bundle');
      expect(value).toMatch(/^assets\/(lambda|openapi|console|cli|cli\/runtime)$/);
    }
  }
  const server = sbom.components.find(({ name }: { name: string }) => name === '@modelcontextprotocol/server');
  expect(server.properties).toEqual([{ name: 'cdk-mcp-lambda:bundle', value: 'assets/lambda' }]);
});

test('describes this package and version, with dependencies between listed components only', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect([sbom.bomFormat, sbom.specVersion]).toEqual(['CycloneDX', expect.stringMatching(/^1\.\d$/)]);
  const { component } = sbom.metadata;
  expect([component.name, component.version, component.purl]).toEqual([name, version, `pkg:npm/${name}@${version}`]);
  const refs = new Set([component, ...sbom.components].map((each) => each['bom-ref']));
  for (const { ref, dependsOn } of sbom.dependencies) {
    for (const each of [ref, ...dependsOn]) expect(refs).toContain(each);
  }
  const root = sbom.dependencies.find(({ ref }: { ref: string }) => ref === component['bom-ref']);
  expect(root.dependsOn).toHaveLength(sbom.components.length);
});

test('is built with a release and attached to it', () => {
  const { release } = JSON.parse(readFileSync('.projen/tasks.json', 'utf8')).tasks;
  const steps = release.steps.map((step: { exec?: string; spawn?: string }) => step.exec ?? step.spawn);
  const sbomAt = steps.indexOf('node scripts/sbom.mjs dist/sbom.cdx.json');
  expect(sbomAt).toBeGreaterThan(steps.indexOf('build')); // of the bundles of this release
  expect(sbomAt).toBeLessThan(steps.indexOf('unbump')); // with the version of this release
  const workflow = readFileSync('.github/workflows/release.yml', 'utf8');
  expect(workflow).toMatch(/gh release create "\$tag" .* dist\/sbom\.cdx\.json$/m);
});
