import type { ApiDefinition, Route } from './definition.js';

/** What `GET /` says: the URLs, one a line. */
export function landingPage(api: ApiDefinition, origin: string): string {
  const lines = api.routes.map((route) => `${route.method.padEnd(7)} ${url(api, origin, route)}${needs(route)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Helps a caller whose path leads nowhere; AWS's own words would not.
 * @param path as it came, without the query
 */
export function wrongPathHint(api: ApiDefinition, origin: string, path: string): string {
  const { stage } = api;
  const stagePath = `/${stage}`;
  const withoutStage = path === stagePath || path.startsWith(`${stagePath}/`) ? path.slice(stagePath.length) : path;
  const meant = api.routes.find(({ resourcePath }) => resourcePath === withoutStage.replace(/\/+$/, ''));
  if (meant && meant.method !== 'ANY') return `${url(api, origin, meant)} takes ${meant.method}`;
  if (meant) return `the URL is ${url(api, origin, meant)}`;
  return `there is no ${path} here, but ${[...new Set(api.routes.map((route) => url(api, origin, route)))].join(', ')}`;
}

const url = (api: ApiDefinition, origin: string, route: Route) => `${origin}/${api.stage}${route.resourcePath}`;

function needs({ authorization, apiKeyRequired }: Route): string {
  const what = [
    ...(authorization.type === 'AWS_IAM' ? ['signed (SigV4)'] : []),
    ...(authorization.type === 'CUSTOM' ? ['Lambda authorizer'] : []),
    ...(apiKeyRequired ? ['x-api-key'] : []),
  ];
  return what.length > 0 ? `   (${what.join(', ')})` : '';
}
