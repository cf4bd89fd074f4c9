import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the directory of what the runner keeps on this machine for the current user: the seed of keys, and the runners that run. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, 'mcp-lambda');
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'mcp-lambda');
  return join(env.HOME ?? homedir(), '.local', 'state', 'mcp-lambda');
}
