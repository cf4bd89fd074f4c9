import { isToolsetName } from '../../src/private/validation/toolset.js';

/** Returns the URL of the server's `/mcp`, or of a toolset, given its URL with or without that path. @throws if it is not a URL */
export function mcpUrl(address: string): URL {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new Error(`invalid URL "${address}": pass the McpUrl of the server, such as https://…/prod/mcp`);
  }
  const url = new URL(address);
  const { base, toolset } = partsOf(url);
  url.pathname = toolset === undefined ? `${base}/mcp` : `${base}/mcp/${toolset}`;
  return url;
}

/** Returns the URL of a path of the server, such as `/register`, given the URL of `/mcp` or of a toolset. */
export function siblingUrl(url: URL, path: string): URL {
  const sibling = new URL(url);
  sibling.pathname = partsOf(url).base + path;
  return sibling;
}

/** Returns the name of the toolset in a URL; undefined if the URL is that of `/mcp`. */
export function toolsetIn(url: URL): string | undefined {
  return partsOf(url).toolset;
}

/** Returns the URL of a toolset, given the URL of `/mcp`. */
export function toolsetUrl(url: URL, toolset: string | undefined): URL {
  return siblingUrl(url, toolset === undefined ? '/mcp' : `/mcp/${toolset}`);
}

function partsOf({ pathname }: URL): { readonly base: string; readonly toolset?: string } {
  const path = pathname.replace(/\/+$/, '');
  if (path.endsWith('/mcp')) return { base: path.slice(0, -'/mcp'.length) };
  const [, base, toolset] = /^(.*)\/mcp\/([^/]+)$/.exec(path) ?? [];
  return toolset !== undefined && isToolsetName(toolset) ? { base: base!, toolset } : { base: path };
}
