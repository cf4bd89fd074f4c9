'use strict';
// For functions that run from a source directory of the app. On Lambda, their code is read-only and contains all of their modules; here, the
// directory is writable and part of a project with more modules.
const fs = require('node:fs');
const Module = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { fileURLToPath } = require('node:url');

/** Makes a directory behave as the code of a function on Lambda. */
module.exports = function protect(directory) {
  const roots = [resolve(directory), fs.realpathSync(directory)];
  const isInside = (path) => roots.some((root) => path === root || path.startsWith(`${root}/`));
  restrictModules(isInside);
  restrictWrites(isInside);
};

// --- Modules ---

const IMPORTED_PACKAGE = /^(?:@[^/]+\/)?[^/]+/;

function restrictModules(isInside) {
  Module.registerHooks?.({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const parent = pathOf(context.parentURL);
      const file = pathOf(resolved.url);
      if (!parent || !file || !isInside(parent) || isInside(file) || isLinked(specifier, parent, isInside))
        return resolved;
      const [name] = IMPORTED_PACKAGE.exec(specifier);
      const remedy = isRelative(specifier)
        ? 'move it there, or bundle the function'
        : `bundle the function, or install ${name} in its directory`;
      const message = `Cannot find module '${specifier}' imported from ${parent}: ${file} is outside the function's code, which is all that Lambda has; ${remedy}`;
      throw Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
    },
  });
}

function pathOf(url) {
  return url?.startsWith('file:') ? fileURLToPath(url) : undefined;
}

const isRelative = (specifier) => /^\.\.?\//.test(specifier);

/** Whether a module outside the directory is reached by a symbolic link inside. The CDK copies what such a link points to. */
function isLinked(specifier, parent, isInside) {
  if (isRelative(specifier)) return isInside(resolve(dirname(parent), specifier));
  const [name] = IMPORTED_PACKAGE.exec(specifier) ?? [];
  if (specifier.startsWith('/') || specifier.startsWith('file:') || name === undefined) return true;
  for (let directory = dirname(parent); isInside(directory); directory = dirname(directory)) {
    if (fs.existsSync(join(directory, 'node_modules', name))) return true;
  }
  return false;
}

// --- Files ---

/** Functions that write, with the positions of the paths in their arguments. */
const WRITES = {
  appendFile: [0],
  chmod: [0],
  copyFile: [1],
  cp: [1],
  link: [1],
  mkdir: [0],
  mkdtemp: [0],
  open: [0],
  rename: [0, 1],
  rm: [0],
  rmdir: [0],
  symlink: [1],
  truncate: [0],
  unlink: [0],
  utimes: [0],
  writeFile: [0],
};
const WRITE_FLAGS = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT;

function restrictWrites(isInside) {
  const refusal = (name, args) => {
    if (name === 'open' && !opensToWrite(args[1])) return undefined;
    const path = WRITES[name].map((position) => args[position]).find((each) => isInsidePath(each, isInside));
    if (path === undefined) return undefined;
    const error = new Error(`EROFS: read-only file system, ${name} '${path}'`);
    return Object.assign(error, { code: 'EROFS', errno: -30, syscall: name, path: String(path) });
  };
  for (const name of Object.keys(WRITES)) {
    replace(fs, `${name}Sync`, (original, args) => {
      const error = refusal(name, args);
      if (error) throw error;
      return original(...args);
    });
    replace(fs, name, (original, args) => {
      const error = refusal(name, args);
      const callback = args.at(-1);
      if (!error || typeof callback !== 'function') return original(...args);
      process.nextTick(callback, error);
    });
    replace(fs.promises, name, async (original, args) => {
      const error = refusal(name, args);
      if (error) throw error;
      return original(...args);
    });
  }
  Module.syncBuiltinESMExports();
}

function replace(object, name, call) {
  const original = object[name]?.bind(object);
  if (original) object[name] = (...args) => call(original, args);
}

function opensToWrite(flags) {
  return typeof flags === 'number' ? (flags & WRITE_FLAGS) !== 0 : typeof flags === 'string' && /[wa+]/.test(flags);
}

function isInsidePath(path, isInside) {
  if (typeof path !== 'string' && !(path instanceof URL) && !Buffer.isBuffer(path)) return false; // a file descriptor
  return isInside(path instanceof URL ? fileURLToPath(path) : resolve(String(path)));
}
