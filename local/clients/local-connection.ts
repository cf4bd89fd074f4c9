import type { McpServerInfo } from '../mcp-servers.js';
import { ADMIN } from '../state/running.js';
import type { Auth, Connection } from './connection.js';

interface LocalRunner {
  readonly enforceAuth: boolean;
  /** Role of unsigned requests. */
  readonly as?: string;
}

/**
 * Returns how a client connects to a server of the local runner.
 * @param options `as`: role whose credentials the client uses
 */
export function localConnection(
  { enforceAuth, as }: LocalRunner,
  server: McpServerInfo,
  options: { readonly as?: string } = {},
): Connection {
  const { name, mcp: url } = server;
  const [apiKey] = server.apiKeys;
  const auth = authOf(server, enforceAuth || options.as !== undefined);
  return {
    name,
    url,
    auth,
    ...(auth === 'api-key' && { apiKey }),
    ...(auth === 'iam' && { as: options.as ?? as ?? ADMIN }),
  };
}

/** @param required whether requests need credentials */
function authOf({ authorization, apiKeys }: McpServerInfo, required: boolean): Auth {
  if (apiKeys.length > 0) return 'api-key';
  if (!required || authorization === 'NONE') return 'none';
  return authorization === 'AWS_IAM' ? 'iam' : 'oauth';
}
