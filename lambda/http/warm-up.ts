import { CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { MODERN_REVISION } from '../protocol/revisions.js';
import { buildCatalog } from '../registry/catalog.js';
import { handlePost } from './post.js';

/**
 * Handles one request of each protocol era with an empty catalog, so that schemas are built and code is compiled before the first
 * client request. Makes no AWS calls.
 */
export async function warmUp(): Promise<void> {
  const { catalog } = buildCatalog(0, []);
  const modern = { [PROTOCOL_VERSION_META_KEY]: MODERN_REVISION, [CLIENT_CAPABILITIES_META_KEY]: {} };
  for (const [version, params] of [
    [MODERN_REVISION, { _meta: modern }],
    ['2025-11-25', {}],
  ] as const) {
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': version,
      'mcp-method': 'tools/list',
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'tools/list', params });
    const event = { headers, body, requestContext: {} } as unknown as APIGatewayProxyEvent;
    const response = await handlePost(event, Number.POSITIVE_INFINITY, async () => catalog);
    await response.text();
  }
}
