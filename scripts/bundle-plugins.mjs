// esbuild plugins that make the server functions load less code (docs/design/cold-start.md). test/loaded-code.test.ts shows what is loaded.
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
// `node:crypto` Web Crypto. The bundles read the exports that they use, and functions behind getters when they are called.
const names = builtinModules.filter((name) => !name.startsWith('node:'));
const builtinImport = new RegExp(`^(?:node:)?(?:${names.join('|')})$`);
const builtins = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: builtinImport }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace(/^(?:node:)?/, 'node:'), namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const builtin = process.getBuiltinModule(path);
      const exports = Object.entries(Object.getOwnPropertyDescriptors(builtin)).filter(
        ([name]) => /^[a-zA-Z]\w*$/.test(name) && !['default', 'fips'].includes(name),
      );
      const lines = exports.map(([name, { get }]) => {
        const isLazy = get && /^[a-z]/.test(name) && typeof builtin[name] === 'function';
        const value = isLazy ? `(...args) => module.${name}(...args)` : `/* @__PURE__ */ (() => module.${name})()`;
        return `const $${name} = ${value}; export { $${name} as ${name} };`;
      });
      const contents = `const module = process.getBuiltinModule(${JSON.stringify(path)}); export default module;`;
      return { contents: [contents, ...lines].join('\n'), loader: 'js' };
    });
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

// zod compiles a function for each schema that validates an object. A process validates few values before its first response, and later the
// functions are not measurably faster.
const interpretedSchemas = replaceIn('interpreted-schemas', /[\\/]zod[\\/]v4[\\/]core[\\/]schemas\.js$/, (text) =>
  text.replace('const jit = !core.globalConfig.jitless;', 'const jit = false;'),
);

// Each schema of zod can convert itself to JSON Schema. The functions have the JSON Schemas of their tools.
const noJsonSchema = {
  name: 'no-json-schema',
  setup(build) {
    build.onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](?:json-schema-processors|to-json-schema)\.js$/ },
      ({ path }) => {
        const names = readFileSync(path, 'utf8').matchAll(/^export (?:const|function) (\w+)/gm);
        const contents = [...names].map(([, name]) => `export const ${name} = () => undefined;`).join('\n');
        return { contents, loader: 'js' };
      },
    );
  },
};

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

// The AWS SDK imports its event streams when a response is one. In a function with a Lambda client, whose code contains most of them anyway,
// that would split the code of the SDK into more files.
const eventStreams = replaceIn('event-streams', /[\\/]submodules[\\/]protocols[\\/]HttpProtocol\.js$/, (text) => {
  const load = 'await import("@smithy/core/event-streams")';
  return `import * as eventStreams from "@smithy/core/event-streams";\n${text.replace(load, 'eventStreams')}`;
});

/**
 * Returns the plugins for a server function.
 *
 * @param hasLambdaClient whether it calls Lambda
 */
export const functionPlugins = (hasLambdaClient) => [
  ...(hasLambdaClient ? [eventStreams] : []),
  builtins,
  dynamicBuiltins,
  randomUuid,
  interpretedSchemas,
  noJsonSchema,
  schemas,
  configFiles,
];
