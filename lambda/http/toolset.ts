import { isToolsetName, TOOLSET_NAME_RULE } from '../../src/private/validation/toolset.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { rpcError } from './rpc-error.js';

/**
 * Rejects a path that cannot be that of a toolset. A toolset that no registration names is empty, like a server without registrations:
 * the first registration may follow at any time.
 */
export function rejectToolset(toolset: string | undefined): Response | undefined {
  if (toolset === undefined || isToolsetName(toolset)) return undefined;
  return rpcError(
    404,
    JSON_RPC_ERROR.INVALID_REQUEST,
    `invalid toolset ${JSON.stringify(toolset.slice(0, 128))}: expected /mcp/<toolset>, with a name of ${TOOLSET_NAME_RULE}`,
  );
}
