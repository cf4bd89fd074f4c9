// esbuild plugins that make the server functions load less code (docs/design/cold-start.md). Each one fails the build when the text that it
// replaces has changed.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';

/** Loads modules with a matching path with replaced text. */
function replaceIn(name, filter, replace) {
  return {
    name,
    setup(build) {
      build.onLoad({ filter }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const contents = replace(text, path);
        if (contents === text) throw new Error(`${name}: nothing to replace in ${path}`);
        return { contents, loader: 'js' };
      });
    },
  };
}

// An `import` of a Node.js module reads all its exports, and some are getters that load more: `node:http` loads `fetch` and its classes,
// `node:crypto` Web Crypto.
const names = builtinModules.filter((name) => !name.startsWith('node:'));
const builtinImport = new RegExp(`^(?:node:)?(?:${names.join('|')})$`);
const builtins = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: builtinImport }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace(/^(?:node:)?/, 'node:'), namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};
const dynamicBuiltins = replaceIn(
  'dynamic-builtins',
  /[\\/](?:node-http-handler[\\/]dist-es[\\/]node-http-handler|lambda-invoke-store[\\/]dist-es[\\/]invoke-store)\.js$/,
  (text) => text.replace(/\bimport\((["']node:\w+["'])\)/g, 'process.getBuiltinModule($1)'),
);

// The global `crypto` is Web Crypto, which is loaded when it is used first.
const randomUuid = replaceIn(
  'random-uuid',
  /[\\/]submodules[\\/]serde[\\/]uuid[\\/]v4\.js$/,
  (text) => `const crypto = process.getBuiltinModule('node:crypto');\n${text}`,
);

// The schemas of a client are constants that esbuild removes when they are unused, but for those with computed keys.
const schemas = replaceIn('schemas', /[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/, (text) => {
  const constants = Object.fromEntries(
    [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, ...entry]) => entry),
  );
  return text.replace(/\[(_\w+)\]:/g, (key, name) => (constants[name] ? `${constants[name]}:` : key));
});

const configFiles = {
  name: 'config-files',
  setup(build) {
    build.onResolve({ filter: /^\.\/fromSharedConfigFiles$/ }, () => ({
      path: resolve('lambda/shared/no-config-files.ts'),
    }));
  },
};

/** Plugins for the server functions. */
export const functionPlugins = [builtins, dynamicBuiltins, randomUuid, schemas, configFiles];
