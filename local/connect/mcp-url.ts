/** Returns the URL of the server's `/mcp`, given its URL with or without that path. @throws if it is not a URL */
export function mcpUrl(address: string): URL {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new Error(`invalid URL "${address}": pass the McpUrl of the server, such as https://…/prod/mcp`);
  }
  const url = new URL(address);
  if (!url.pathname.endsWith('/mcp')) url.pathname = `${url.pathname.replace(/\/$/, '')}/mcp`;
  return url;
}
