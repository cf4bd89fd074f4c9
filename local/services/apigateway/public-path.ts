import type { ApiDefinition } from './definition.js';

/** Where a request path is in an API. */
interface Location {
  /** Base path of the custom domain; an empty text for its root, and for paths with the stage. */
  readonly basePath: string;
  /** Path without stage or base path; `/` for the root. */
  readonly path: string;
}

/** Returns the path below which clients reach an API: a base path of its custom domains, or else its stage. */
export function publicPath({ basePaths: [basePath] = [], stage }: ApiDefinition): string {
  return basePath ?? `/${stage}`;
}

/**
 * Finds the path of a request in an API: below its stage or one of the base paths, whichever is longer.
 *
 * @returns undefined if it is in none of them
 */
export function locate(api: ApiDefinition, path: string): Location | undefined {
  const { stage, basePaths = [], executeApiDisabled } = api;
  const prefixes = [...basePaths.map((basePath) => ({ prefix: basePath, basePath }))];
  if (!executeApiDisabled) prefixes.push({ prefix: `/${stage}`, basePath: '' });
  const found = prefixes
    .filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return found && { basePath: found.basePath, path: path.slice(found.prefix.length) || '/' };
}
