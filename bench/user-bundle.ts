import type { BuildOptions } from 'esbuild';

/** How the peers are bundled: as scripts/bundle.mjs bundles the server functions, without the replacements of modules. A user's bundle has none. */
export const USER_BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  target: 'node22',
  mainFields: ['module', 'main'],
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
} as const satisfies BuildOptions;
