import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The measured server on the local runner, as users start it. */
export async function startServer(): Promise<{ mcp: URL; sse: URL; stop(): Promise<void> }> {
  const args = ['bin/mcp-lambda', 'local', '--app', 'tsx bench/app.ts', '--port', '0', '--json'];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => runner.once('exit', () => resolve()));
  const { value } = await createInterface(runner.stdout)[Symbol.asyncIterator]().next();
  const { mcp, sse } = JSON.parse(value);
  return {
    mcp: new URL(mcp),
    sse: new URL(sse),
    stop: () => {
      runner.kill('SIGINT');
      return ended;
    },
  };
}
