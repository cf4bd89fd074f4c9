import type { Route } from './definition.js';

export interface RouteMatch {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Finds the route of a request with the precedence of API Gateway: in each segment, a literal precedes `{parameter}`, which precedes `{proxy+}`;
 * a specific method precedes `ANY`.
 * @param path path without the stage
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const matches = routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .flatMap((route) => {
      const pathParameters = matchPath(route.resourcePath, path);
      return pathParameters ? [{ route, pathParameters }] : [];
    });
  return matches.sort((a, b) => compare(a.route, b.route))[0];
}

function matchPath(resourcePath: string, path: string): Record<string, string> | undefined {
  const pattern = resourcePath.split('/');
  const segments = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const [, name, greedy] = /^\{([^}+]+)(\+)?\}$/.exec(expected) ?? [];
    if (name === undefined) {
      if (segments[i] !== expected) return undefined;
      continue;
    }
    const value = greedy ? segments.slice(i).join('/') : segments[i];
    if (!value) return undefined;
    parameters[name] = decode(value);
    if (greedy) return parameters;
  }
  return segments.length === pattern.length ? parameters : undefined;
}

function compare(a: Route, b: Route): number {
  const left = a.resourcePath.split('/').map(rank);
  const right = b.resourcePath.split('/').map(rank);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

const rank = (segment: string) => (segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Removes the slash at the end of a path, which API Gateway ignores. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}
