import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface BenchServer {
  readonly mcp: URL;
  readonly sse: URL;
  readonly register: URL;
  readonly echoArn: string;
  stop(): Promise<void>;
}

/** Starts the benchmark server with the `mcp-lambda local` command. */
export async function startServer(options: string[] = []): Promise<BenchServer> {
  const args = ['bin/mcp-lambda', 'local', '--app', 'tsx bench/app.ts', '--port', '0', '--json', ...options];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => runner.once('exit', () => resolve()));
  const { value } = await createInterface(runner.stdout)[Symbol.asyncIterator]().next();
  const { mcp, sse, register } = JSON.parse(value);
  const echo = (await (await fetch(`${register}/tool-echo`)).json()) as { lambdaArn: string };
  return {
    mcp: new URL(mcp),
    sse: new URL(sse),
    register: new URL(register),
    echoArn: echo.lambdaArn,
    stop: () => {
      runner.kill('SIGINT');
      return ended;
    },
  };
}
