import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { FunctionDefinition } from './function.js';

/** Limits of the files that are named. */
const MAX_NAMED = 8;
const MAX_DEPTH = 3;
/** Directories whose files are not named. */
const UNNAMED = new Set(['node_modules', '__pycache__', '.git', '.venv']);
const NODE_EXTENSIONS = ['.js', '.mjs', '.cjs'];
/** A module whose exports its text does not have, because they come from another module. */
const EXPORTS_OF_ANOTHER =
  /export\s*\*|module\.exports\s*=\s*require|__exportStar|Object\.assign\(\s*(module\.)?exports/;

type Code = Pick<FunctionDefinition, 'handler' | 'runtime' | 'codeDir' | 'layersDir' | 'missingLayers'>;

/**
 * Finds a handler that its code does not have. The text of modules is inspected, not run.
 * @returns what is missing, and the files that are there; undefined if the handler can exist
 */
export function handlerProblem(definition: Code): string | undefined {
  const { runtime, handler, layersDir, missingLayers = [] } = definition;
  // layers can contain the handler
  if (layersDir !== undefined || missingLayers.length > 0 || handler.startsWith('/')) return undefined;
  if (runtime.startsWith('nodejs')) return nodeProblem(definition);
  if (runtime.startsWith('python')) return pythonProblem(definition);
  return runtime.startsWith('java') ? javaProblem(definition) : undefined;
}

function nodeProblem({ handler, codeDir }: Code): string | undefined {
  const name = basename(handler);
  const [, module, exported] = /^([^.]*)\.(.+)$/.exec(name) ?? [];
  if (module === undefined) return `its handler ${handler} must have the form <file without extension>.<export>`;
  const path = join(dirname(handler), module);
  const candidates = NODE_EXTENSIONS.map((extension) => `${path}${extension}`);
  const file = [path, ...candidates].find((each) => isFile(join(codeDir, each)));
  if (file === undefined) {
    if (existsSync(join(codeDir, 'node_modules', module))) return undefined;
    const typeScript = [`${path}.ts`, `${path}.mts`].find((each) => isFile(join(codeDir, each)));
    if (typeScript) {
      return `its handler ${handler} needs ${oneOf(candidates)}, but its code has ${typeScript}: compile it, or use NodejsFunction`;
    }
    return missing(handler, candidates, codeDir);
  }
  const text = readFileSync(join(codeDir, file), 'utf8');
  const [first] = exported!.split('.');
  if (text.includes(first!) || EXPORTS_OF_ANOTHER.test(text)) return undefined;
  return `its handler ${handler} needs the export ${first} of ${file}, which ${exportsOf(text)}`;
}

function exportsOf(text: string): string {
  const names = [
    ...text.matchAll(/^\s*export\s+(?:async\s+)?(?:function\*?|const|let|var|class)\s+([\w$]+)/gm),
    ...text.matchAll(/^\s*(?:module\.)?exports\.([\w$]+)\s*=/gm),
  ].map(([, name]) => name);
  return names.length > 0 ? `exports ${[...new Set(names)].join(', ')}` : 'does not contain this name';
}

function pythonProblem({ handler, codeDir }: Code): string | undefined {
  const dot = handler.lastIndexOf('.');
  if (dot < 0) return `its handler ${handler} must have the form <module>.<function>`;
  const path = handler.slice(0, dot).replaceAll('.', '/');
  const candidates = [`${path}.py`, `${path}/__init__.py`];
  const file = candidates.find((each) => isFile(join(codeDir, each)));
  if (file === undefined) {
    const compiled = directoryNames(join(codeDir, dirname(path))).some(
      (name) => name.startsWith(`${basename(path)}.`) && /\.(so|pyd|pyc)$/.test(name),
    );
    return compiled ? undefined : missing(handler, candidates.slice(0, 1), codeDir);
  }
  const text = readFileSync(join(codeDir, file), 'utf8');
  const name = handler.slice(dot + 1);
  if (text.includes(name) || /^\s*from\s+\S+\s+import\s+\*/m.test(text)) return undefined;
  const functions = [...text.matchAll(/^(?:async\s+)?def\s+(\w+)/gm)].map(([, each]) => each);
  const defined = functions.length > 0 ? `defines ${functions.join(', ')}` : 'does not contain this name';
  return `its handler ${handler} needs the function ${name} of ${file}, which ${defined}`;
}

function javaProblem({ handler, codeDir }: Code): string | undefined {
  const [type] = handler.split('::');
  const candidates = [
    `${type!.replaceAll('.', '/')}.class`,
    `${type!.replaceAll('.', '/').replace(/\/([^/]+)$/, '$$$1')}.class`,
  ];
  if (candidates.some((each) => isFile(join(codeDir, each)))) return undefined;
  const jars = directoryNames(join(codeDir, 'lib')).filter((name) => name.endsWith('.jar'));
  // the directory of an archive has the names uncompressed
  const isInJar = jars.some((jar) => {
    const archive = readFileSync(join(codeDir, 'lib', jar));
    return candidates.some((each) => archive.includes(each));
  });
  return isInJar ? undefined : missing(handler, candidates.slice(0, 1), codeDir);
}

function missing(handler: string, candidates: readonly string[], codeDir: string): string {
  const files = filesOf(codeDir);
  const named = files.slice(0, MAX_NAMED).join(', ');
  const more = files.length > MAX_NAMED ? ` and ${files.length - MAX_NAMED} more` : '';
  const has = files.length === 0 ? 'is empty' : `has ${named}${more}`;
  return `its handler ${handler} needs ${oneOf(candidates)}, but its code ${has}`;
}

function oneOf(files: readonly string[]): string {
  return files.length === 1 ? files[0]! : `${files.slice(0, -1).join(', ')} or ${files.at(-1)}`;
}

/** Returns the files in a directory, those at the top first. */
function filesOf(root: string, directory = root, depth = 1): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true }).filter(({ name }) => !UNNAMED.has(name));
  const files = entries.filter((each) => !each.isDirectory()).map(({ name }) => relative(root, join(directory, name)));
  if (depth === MAX_DEPTH) return files;
  const directories = entries.filter((each) => each.isDirectory());
  return [...files, ...directories.flatMap(({ name }) => filesOf(root, join(directory, name), depth + 1))];
}

function directoryNames(directory: string): string[] {
  return existsSync(directory) && statSync(directory).isDirectory() ? readdirSync(directory) : [];
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
