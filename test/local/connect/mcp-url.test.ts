import { describe, expect, it } from 'vitest';
import { mcpUrl, siblingUrl, toolsetIn, toolsetUrl } from '../../../local/connect/mcp-url.js';

const HOST = 'https://abc.execute-api.eu-central-1.amazonaws.com';

describe('mcpUrl', () => {
  it.each([
    ['/prod/mcp', '/prod/mcp', undefined],
    ['/prod', '/prod/mcp', undefined],
    ['/prod/', '/prod/mcp', undefined],
    ['/prod/mcp/', '/prod/mcp', undefined],
    ['', '/mcp', undefined],
    ['/prod/mcp/billing', '/prod/mcp/billing', 'billing'],
    ['/prod/mcp/billing/', '/prod/mcp/billing', 'billing'],
    ['/mcp/tier-2', '/mcp/tier-2', 'tier-2'],
    // the name of a toolset has no such characters
    ['/mcp/V1', '/mcp/V1/mcp', undefined],
    ['/a/mcp/mcp', '/a/mcp/mcp', undefined],
  ])('%s is the address %s, of the toolset %s', (given, path, toolset) => {
    const url = mcpUrl(HOST + given);
    expect(url.href).toBe(HOST + path);
    expect(toolsetIn(url)).toBe(toolset);
  });

  it.each(['orders', 'ftp://a/mcp'])('rejects %s', (address) => {
    expect(() => mcpUrl(address)).toThrow(`invalid URL "${address}"`);
  });
});

describe('the URLs of other paths', () => {
  it.each(['/prod/mcp', '/prod/mcp/billing'])('are found from %s', (path) => {
    const url = mcpUrl(HOST + path);
    expect(siblingUrl(url, '/register').href).toBe(`${HOST}/prod/register`);
    expect(toolsetUrl(url, 'support').href).toBe(`${HOST}/prod/mcp/support`);
    expect(toolsetUrl(url, undefined).href).toBe(`${HOST}/prod/mcp`);
  });
});
