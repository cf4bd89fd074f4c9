// Bundles the handlers (assets/lambda/<name>/index.mjs), the local runner (assets/cli/) and the YAML parser of the constructs
// (assets/openapi/). Users of the library never bundle: what is made here ships in the package. Same input, same bytes
// (test/package.test.ts checks it).

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { notice, thirdPartyLicences } from './licences.mjs';

const out = process.argv[2] ?? 'assets';
const handlers = ['sse', 'http', 'message', 'registration', 'sweeper', 'task-runner'];
const requireBanner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'none', // the licence texts ship in one file beside the bundle
  metafile: true,
  logLevel: 'warning',
  tsconfigRaw: { compilerOptions: { target: 'ES2023' } },
  mainFields: ['module', 'main'],
  banner: requireBanner,
};

/** What the SDKs import statically and a function does not need; the reasons stand in the files that take their places. */
const replaced = {
  '@modelcontextprotocol/server/_shims': 'lambda/mcp/sdk-shims.ts',
  '@aws-sdk/credential-provider-node': 'lambda/shared/environment-credentials.ts',
};
const alias = Object.fromEntries(Object.entries(replaced).map(([name, file]) => [name, resolve(file)]));

async function bundle(entry, outdir, options) {
  const result = await build({ entryPoints: [entry], outfile: `${outdir}/index.mjs`, ...common, ...options });
  const inputs = Object.keys(result.metafile.inputs);
  writeFileSync(`${outdir}/THIRD-PARTY-LICENSES.txt`, thirdPartyLicences(inputs));
  return inputs;
}

// dynalite requires its actions by computed names without extension, which esbuild's glob imports do not find.
const dynaliteRequires = {
  name: 'dynalite-requires',
  setup(b) {
    b.onLoad({ filter: /[\\/]dynalite[\\/](index|validations[\\/]index)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /require\('(\.\/\w*\/?)' \+ ([^)]+)\)/g,
        "require('$1' + $2 + '.js')",
      ),
      loader: 'js',
    }));
  },
};

rmSync(out, { recursive: true, force: true });
const functions = await Promise.all(
  handlers.map((name) => bundle(`lambda/${name}/index.ts`, `${out}/lambda/${name}`, { target: 'node22', alias })),
);
const runner = await bundle('local/cli.ts', `${out}/cli`, {
  target: 'node22',
  alias: { level: 'memory-level' }, // dynalite runs in memory only
  plugins: [dynaliteRequires],
});
// What src/private/openapi requires at synth: CommonJS, for the oldest Node that the constructs support.
const parser = await bundle('yaml', `${out}/openapi`, {
  target: 'node20',
  format: 'cjs',
  banner: {},
  outfile: `${out}/openapi/index.cjs`,
});

// What the local runner starts functions with: AWS's own runtime client as it is, and what goes before it in each language.
cpSync('local/services/lambda/runtimes/shims', `${out}/cli/runtime`, { recursive: true });
for (const file of ['index.mjs', 'LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES']) {
  cpSync(`node_modules/aws-lambda-ric/${file}`, `${out}/cli/runtime/${file}`);
}
const runtime = ['node_modules/aws-lambda-ric/index.mjs'];
// committed, so that a reader of the repository sees it, and a change of what ships is seen in review
if (out === 'assets') {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('NOTICE', notice(manifest, { functions: functions.flat(), runner, parser, runtime }));
}
writeFileSync(`${out}/.built`, '');
