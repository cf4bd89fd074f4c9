// Bundles the server functions (assets/lambda/<name>/index.mjs), the local runner (assets/cli/), the page of its console
// (assets/console/) and the YAML parser of the constructs (assets/openapi/). The bundles ship in the package, so users of the library never bundle. The output is reproducible
// (test/package.test.ts).

import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { functionPlugins } from './bundle-plugins.mjs';
import { notice, thirdPartyLicences } from './licences.mjs';

const out = process.argv[2] ?? 'assets';
const handlers = ['authorizer', 'sse', 'http', 'message', 'registration', 'sweeper', 'task-runner'];
const withoutLambdaClient = ['authorizer', 'message'];
const requireBanner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'none', // the licence texts ship in a separate file
  metafile: true,
  logLevel: 'warning',
  tsconfigRaw: { compilerOptions: { target: 'ES2023' } },
  mainFields: ['module', 'main'],
  banner: requireBanner,
};

/** Replacements for modules that the SDKs import but the functions do not need. Each replacement documents the reason. */
const replacements = {
  '@modelcontextprotocol/server/_shims': 'lambda/mcp/sdk-shims.ts',
  '@aws-sdk/credential-provider-node': 'lambda/shared/environment-credentials.ts',
  '@aws-sdk/middleware-endpoint-discovery': 'lambda/shared/no-endpoint-discovery.ts',
  bowser: 'lambda/shared/no-browser.ts',
};
const alias = Object.fromEntries(Object.entries(replacements).map(([name, file]) => [name, resolve(file)]));

async function bundle(entry, outdir, options) {
  const result = await build({ entryPoints: [entry], outfile: `${outdir}/index.mjs`, ...common, ...options });
  const inputs = Object.keys(result.metafile.inputs);
  writeFileSync(`${outdir}/THIRD-PARTY-LICENSES.txt`, thirdPartyLicences(inputs));
  return inputs;
}

// dynalite requires its actions by computed names without an extension, which esbuild's glob imports do not resolve. Its database waits for
// the next turn of the event loop after each access: with many calls at once, a turn takes so long that a read took 100 ms.
const dynaliteChanges = {
  name: 'dynalite-changes',
  setup(b) {
    b.onLoad({ filter: /[\\/]dynalite[\\/]db[\\/]index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll('setImmediate(callback', 'process.nextTick(callback');
      if (contents === source) throw new Error(`${path} does not call setImmediate(callback: remove this change`);
      return { contents, loader: 'js' };
    });
    b.onLoad({ filter: /[\\/]dynalite[\\/](index|validations[\\/]index)\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /require\('(\.\/\w*\/?)' \+ ([^)]+)\)/g,
        "require('$1' + $2 + '.js')",
      ),
      loader: 'js',
    }));
  },
};

const unused = resolve('local/services/fauxqs/unused-by-fastify.cjs');

rmSync(out, { recursive: true, force: true });
// Code that a deployed server may not need is in files of its own, which a function loads when it needs them.
const split = (outdir) => ({
  outfile: undefined,
  outdir,
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  splitting: true,
});
const functions = await Promise.all(
  handlers.map((name) => {
    const folder = `${out}/lambda/${name}`;
    const options = {
      entryPoints: { index: `lambda/${name}/index.ts` },
      target: 'node22',
      plugins: functionPlugins(!withoutLambdaClient.includes(name)),
      alias,
    };
    return bundle(undefined, folder, { ...options, ...split(folder) });
  }),
);
// Each command loads only the chunks that it needs.
const runner = await bundle('local/cli.ts', `${out}/cli`, {
  target: 'node22',
  entryPoints: { index: 'local/cli.ts' },
  ...split(`${out}/cli`),
  alias: {
    level: 'memory-level', // dynalite runs only in memory
    '@fastify/ajv-compiler': unused,
    '@fastify/fast-json-stringify-compiler': unused,
    'light-my-request': unused,
    pino: unused,
  },
  plugins: [dynaliteChanges],
});
// The page of the console, for browsers: one script, one style sheet.
const page = await bundle('local/console/page/main.tsx', `${out}/console`, {
  target: ['chrome120', 'firefox121', 'safari17'],
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  banner: {},
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outfile: `${out}/console/console.js`,
});
await build({
  entryPoints: ['local/console/page/console.css'],
  outfile: `${out}/console/console.css`,
  minify: true,
  logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) cpSync(`local/console/page/${file}`, `${out}/console/${file}`);
// Required by src/private/openapi at synth: CommonJS, for the oldest Node.js version that the constructs support.
const parser = await bundle('yaml', `${out}/openapi`, {
  target: 'node20',
  format: 'cjs',
  banner: {},
  outfile: `${out}/openapi/index.cjs`,
});

// The table of AWS managed policies is data of another package (scripts/managed-policies.mjs).
const { source } = JSON.parse(readFileSync('local/services/iam/managed-policies.json', 'utf8'));
const data = `${source.replace('@', ' ')} (MIT)`;
const tableLicence = readFileSync('local/services/iam/managed-policies.LICENSE', 'utf8').trim();
appendFileSync(`${out}/cli/THIRD-PARTY-LICENSES.txt`, `\n${'-'.repeat(78)}\n\n${data}\n\n${tableLicence}\n`);

// The runtime files of the local runner: AWS's unmodified runtime client, and a shim for each language.
cpSync('local/services/lambda/runtimes/shims', `${out}/cli/runtime`, { recursive: true });
for (const file of ['index.mjs', 'LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES']) {
  cpSync(`node_modules/aws-lambda-ric/${file}`, `${out}/cli/runtime/${file}`);
}
const runtime = ['node_modules/aws-lambda-ric/index.mjs'];
// committed, so that reviewers see changes of the bundled dependencies
if (out === 'assets') {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('NOTICE', notice(manifest, { functions: functions.flat(), runner, page, parser, runtime, data }));
}
writeFileSync(`${out}/.built`, '');
