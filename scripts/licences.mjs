// The licence texts of the packages that went into a bundle, as their licences ask.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function packageDir(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  return `${input.slice(0, at)}node_modules/${parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/')}`;
}

function licenceText(dir) {
  const file = readdirSync(dir).find((f) => /^(licen[cs]e|copying)/i.test(f));
  return file ? readFileSync(join(dir, file), 'utf8').trim() : undefined;
}

export function thirdPartyLicences(inputs) {
  const dirs = [...new Set(inputs.map(packageDir).filter((d) => d && existsSync(join(d, 'package.json'))))].sort();
  const sections = new Map();
  for (const dir of dirs) {
    const { name, version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const text = licenceText(dir) ?? licenceText(dirname(dir)) ?? 'The package carries no licence file.';
    sections.set(`${name}@${version}`, `${name} ${version} (${license})\n\n${text}\n`);
  }
  return [...sections.keys()]
    .sort()
    .map((key) => sections.get(key))
    .join(`\n${'-'.repeat(78)}\n\n`);
}
