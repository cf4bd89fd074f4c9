import { ENV, type ServerInfo } from '../../src/private/contract.js';
import { jsonEnv } from './env.js';

/** The name, version and instructions that the server reports to clients. The construct always sets them. */
export function serverInfo(): ServerInfo {
  return jsonEnv<ServerInfo>(ENV.SERVER_INFO, { name: 'mcp-server', version: '0.0.0' });
}
