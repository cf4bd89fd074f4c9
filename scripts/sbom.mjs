// Writes the software bill of materials of a release (CycloneDX): the packages that the bundles in assets/ contain. npm describes all
// packages of the lockfile; NOTICE says which of them are in which bundle.
//
//   node scripts/sbom.mjs dist/sbom.cdx.json
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const [file = 'dist/sbom.cdx.json'] = process.argv.slice(2);
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const all = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  }),
);

/** The bundles of each package, by its name and version. */
const bundles = new Map();
let bundle;
for (const line of readFileSync('NOTICE', 'utf8').split('\n')) {
  bundle = /\((assets\/[a-z/]+)/.exec(line)?.[1] ?? bundle;
  const [, id, licence] = /^ {2}(\S+ \d\S*) \((.+)\)$/.exec(line) ?? [];
  if (id) bundles.set(id, { licence, found: [...(bundles.get(id)?.found ?? []), bundle] });
}

const idOf = (component) => `${component.name} ${component.version}`;
const known = new Map(all.components.map((component) => [idOf(component), component]));
/** The integrity of each package. npm omits the hash if another package also ships a copy of the package. */
const integrity = new Map();
for (const [path, { version: locked, integrity: value }] of Object.entries(lockfile.packages))
  if (value) integrity.set(`${path.split('node_modules/').at(-1)} ${locked}`, value);
const components = [...bundles].map(([id, { licence, found }]) => ({
  ...(known.get(id) ?? tableOf(id, licence)),
  ...hashesOf(id),
  scope: 'required',
  properties: found.map((value) => ({ name: `${name}:bundle`, value })),
}));

function hashesOf(id) {
  const [, content] = /^sha512-(.+)$/.exec(integrity.get(id) ?? '') ?? [];
  return content && { hashes: [{ alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }] };
}

/** The component of a table that another package publishes (scripts/managed-policies.mjs). The lockfile does not have that package. */
function tableOf(id, licence) {
  if (!readFileSync('local/services/iam/managed-policies.json', 'utf8').includes(`"${id.replace(' ', '@')}"`))
    throw new Error(`${id} is in NOTICE, but not in package-lock.json: run node scripts/bundle.mjs`);
  const [packageName, packageVersion] = id.split(' ');
  const purl = `pkg:npm/${packageName.replace('@', '%40')}@${packageVersion}`;
  const licenses = [{ license: { id: licence } }];
  return { 'bom-ref': purl, type: 'data', name: packageName, version: packageVersion, purl, licenses };
}

const refs = new Set(components.map((component) => component['bom-ref']));
const root = {
  ...all.metadata.component,
  name,
  version,
  'bom-ref': `${name}@${version}`,
  purl: `pkg:npm/${name}@${version}`,
};
const dependencies = all.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
dependencies.unshift({ ref: root['bom-ref'], dependsOn: [...refs] });

mkdirSync(dirname(file), { recursive: true });
const sbom = { ...all, metadata: { ...all.metadata, component: root }, components, dependencies };
writeFileSync(file, `${JSON.stringify(sbom, undefined, 2)}\n`);
console.log(`${components.length} packages in ${file}`);
