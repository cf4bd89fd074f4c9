// Collects the licence texts of bundled packages, as their licences require.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so`;
const NO_WARRANTY = `THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Standard texts for packages that name a licence but ship no text. */
const STANDARD = {
  MIT: `${MIT}, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\n${NO_WARRANTY}`,
  'MIT-0': `${MIT}.\n\n${NO_WARRANTY}`,
  'Apache-2.0': readFileSync(new URL('../LICENSE', import.meta.url), 'utf8').trim(),
};

function packageDir(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  return `${input.slice(0, at)}node_modules/${parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/')}`;
}

function licenceText(dir, licence, author) {
  const files = readdirSync(dir);
  const file = files.find((f) => /^(licen[cs]e|copying)/i.test(f));
  const notice = files.find((f) => /^notice/i.test(f)); // the Apache License requires redistributing it
  const texts = [file, notice].filter(Boolean).map((f) => readFileSync(join(dir, f), 'utf8').trim());
  if (file) return texts.join('\n\n');
  if (!STANDARD[licence])
    throw new Error(
      `${dir} has no licence file, and the standard text of "${licence}" is missing: add it to scripts/licences.mjs`,
    );
  return [`Copyright ${author}`, STANDARD[licence], ...texts].join('\n\n');
}

/** The third-party packages among a bundle's inputs, sorted by name: `[{ title, text }]`. */
function thirdParties(inputs) {
  const dirs = [...new Set(inputs.map(packageDir).filter((d) => d && existsSync(join(d, 'package.json'))))];
  const found = new Map();
  for (const dir of dirs) {
    const { name, version, license, licenses, author, contributors } = JSON.parse(
      readFileSync(join(dir, 'package.json'), 'utf8'),
    );
    const licence = license?.type ?? license ?? licenses?.[0]?.type ?? 'no licence';
    const owner = author?.name ?? author ?? contributors?.[0]?.name ?? `the authors of ${name}`;
    found.set(`${name}@${version}`, {
      title: `${name} ${version} (${licence})`,
      text: licenceText(dir, licence, owner),
    });
  }
  return [...found.keys()].sort().map((key) => found.get(key));
}

/** The licence texts of all third-party packages in a bundle. Packages with the same text share it. */
export function thirdPartyLicences(inputs) {
  const titles = new Map();
  for (const { title, text } of thirdParties(inputs)) titles.set(text, [...(titles.get(text) ?? []), title]);
  const sections = [...titles].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`);
  return sections.join(`\n${'-'.repeat(78)}\n\n`);
}

/** Renders NOTICE, which lists the third-party software in the bundles. */
export function notice({ name, author }, { functions, runner, page, parser, runtime, data }) {
  const list = (inputs) =>
    thirdParties(inputs)
      .map(({ title }) => `  ${title}\n`)
      .join('');
  return `${name}
Copyright ${author.name}
Licensed under the Apache License, Version 2.0: see LICENSE.

The bundles in assets/ include third-party software. The Python and Java packages contain the same bundles. The file
THIRD-PARTY-LICENSES.txt beside each bundle has the licence texts and notices.

In the functions that run on AWS Lambda (assets/lambda):
${list(functions)}
In the constructs, which run where the app is synthesised (assets/openapi):
${list(parser)}
In the command mcp-lambda, which runs on developers' machines (assets/cli):
${list(runner)}  ${data}

In the console of that command (assets/console):
${list(page)}
Shipped unmodified with that command (assets/cli/runtime, with its LICENSE, NOTICE and THIRD-PARTY-LICENSES):
${list(runtime)}`;
}
