import { ENV, type ServerInfo } from '../../src/private/contract.js';
import { jsonEnv } from './env.js';

/** What this server says of itself. The construct always sets it. */
export function serverInfo(): ServerInfo {
  return jsonEnv<ServerInfo>(ENV.SERVER_INFO, { name: 'mcp-server', version: '0.0.0' });
}
