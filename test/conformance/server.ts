import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { type Runner, startRunner } from '../../local/runner';
import { type ConformanceOptions, conformanceApp } from './app';

/** The conformance app on the local runner, with one invocation at a time per process, as on Lambda. */
export interface ConformanceServer extends AsyncDisposable {
  readonly runner: Runner;
  readonly mcpUrl: URL;
  readonly sseUrl: URL;
}

export async function startConformanceServer(options?: ConformanceOptions): Promise<ConformanceServer> {
  const outdir = mkdtempSync(join(tmpdir(), 'conformance-app-'));
  const app = new App({ outdir });
  conformanceApp(app, options);
  app.synth();
  const runner = await startRunner({ app: outdir, port: 0, isolation: 'lambda' });
  const [{ mcp, sse }] = runner.servers;
  return {
    runner,
    mcpUrl: new URL(mcp),
    sseUrl: new URL(sse ?? mcp),
    [Symbol.asyncDispose]: () => runner.close(),
  };
}
