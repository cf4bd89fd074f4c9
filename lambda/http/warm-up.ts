import { createMcpServer } from '../mcp/server.js';
import type { ReadCatalog } from '../registry/catalog.js';
import { log } from '../shared/log.js';
import { limitCalls } from '../shared/time-limits.js';

/** Time limit for reading the registry, milliseconds. Lambda allows 10 s for the whole initialization. */
const REGISTRY_LIMIT_MS = 3_000;

/**
 * Does what the first request of any protocol revision needs: loads the classes of `fetch`, creates an MCP server, and reads the registry,
 * which also connects to DynamoDB. The schemas of a revision are built by its first request: most processes serve clients of one.
 *
 * Waits for the registry, because Lambda may freeze the process after the initialization, and with it a connection in use. A failure is left
 * to the first request, which reads the registry again. So does one that comes later than the catalog may be old.
 */
export async function warmUp(readCatalog: ReadCatalog): Promise<void> {
  new Request('https://mcp.invalid/mcp');
  createMcpServer({ catalog: readCatalog, scope: { transport: 'http', principal: null, listChanged: false } });
  try {
    await limitCalls(REGISTRY_LIMIT_MS, () => readCatalog());
  } catch (error) {
    log.debug('cannot read the registry during the initialization', error as Error);
  }
}
