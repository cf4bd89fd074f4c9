import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The benchmark server and its peer on the local runner. */
interface RunningServer {
  /** Process id of the runner. */
  readonly pid: number;
  readonly mcp: URL;
  /** Absent at a function URL. */
  readonly sse?: URL;
  readonly register: URL;
  /** `/mcp` of the MCP SDK alone in one function, behind an API of the same kind. */
  readonly sdk: URL;
  stop(): Promise<void>;
}

export interface BenchServer extends RunningServer {
  readonly sse: URL;
  readonly echoArn: string;
}

/** Starts the benchmark server, whose tools the benchmarks register with the Registration API. */
export async function startServer(): Promise<BenchServer> {
  const server = await runServer();
  const echo = (await (await fetch(`${server.register}/tool-echo`)).json()) as { lambdaArn: string };
  return { ...server, sse: server.sse!, echoArn: echo.lambdaArn };
}

/** Runs the benchmark server with the `mcp-lambda local` command. */
export async function runServer(options: string[] = []): Promise<RunningServer> {
  const args = ['bin/mcp-lambda', 'local', '--app', 'tsx bench/app.ts', '--port', '0', '--json', ...options];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => runner.once('exit', () => resolve()));
  const { value } = await createInterface(runner.stdout)[Symbol.asyncIterator]().next();
  const { mcp, sse, register, outputs } = JSON.parse(value);
  return {
    pid: runner.pid!,
    mcp: new URL(mcp),
    ...(sse && { sse: new URL(sse) }),
    register: new URL(register),
    sdk: new URL(outputs.Bench.SdkUrl),
    stop: () => {
      runner.kill('SIGINT');
      return ended;
    },
  };
}
