import type { ApiDefinition, Route } from './definition.js';
import { locate, publicPath } from './public-path.js';

/** Returns the response of `GET /`: the URLs, one per line. */
export function startPage(api: ApiDefinition, origin: string): string {
  const lines = api.routes.map((route) => `${route.method.padEnd(7)} ${url(api, origin, route)}${requirements(route)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Returns a hint for a request to an unknown path. AWS's error message does not help to find the right one.
 * @param path path as received, without the query string
 */
export function unknownPathHint(api: ApiDefinition, origin: string, path: string): string {
  const withoutStage = locate(api, path)?.path ?? path;
  const intended = api.routes.find(({ resourcePath }) => resourcePath === withoutStage.replace(/\/+$/, ''));
  if (intended && intended.method !== 'ANY') return `${url(api, origin, intended)} requires ${intended.method}`;
  if (intended) return `did you mean ${url(api, origin, intended)}?`;
  return `unknown path ${path}; the API has ${[...new Set(api.routes.map((route) => url(api, origin, route)))].join(', ')}`;
}

const url = (api: ApiDefinition, origin: string, route: Route) => origin + publicPath(api) + route.resourcePath;

function requirements({ authorization, apiKeyRequired }: Route): string {
  const list = [
    ...(authorization.type === 'AWS_IAM' ? ['signed (SigV4)'] : []),
    ...(authorization.type === 'CUSTOM' ? ['Lambda authorizer'] : []),
    ...(authorization.type === 'COGNITO_USER_POOLS' ? ['Cognito authorizer'] : []),
    ...(apiKeyRequired ? ['x-api-key'] : []),
  ];
  return list.length > 0 ? `   (${list.join(', ')})` : '';
}
