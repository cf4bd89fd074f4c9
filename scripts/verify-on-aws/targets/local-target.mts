import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchToken } from '../../../local/commands/token.js';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner.js';
import { type AppOptions, synthesise } from '../stack.mjs';
import type { Outputs, Target } from './target.mjs';

/** Runs the stacks on the local runner with IAM enforced, to test the checks themselves. */
export class LocalTarget implements Target {
  readonly kind = 'local';
  readonly region = 'us-east-1';
  readonly sizes = { sessions: 10, sessionSeconds: 12, pingSeconds: 1, rounds: 3 };
  readonly stacks = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'verify-'));
  private runner: Runner | undefined;

  constructor(
    private readonly run: string,
    private readonly options: Pick<RunnerOptions, 'modifyTemplate'> = {},
  ) {}

  get client() {
    const { awsEndpointUrl: endpoint, admin: credentials } = this.started;
    return { endpoint, region: this.region, credentials };
  }

  get environment() {
    const { awsEndpointUrl, admin } = this.started;
    return {
      AWS_ENDPOINT_URL: awsEndpointUrl,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
      AWS_REGION: this.region,
    };
  }

  async deploy(app: Omit<AppOptions, 'run'>): Promise<Outputs> {
    const { sessionSeconds: seconds, pingSeconds } = this.sizes;
    const outdir = join(this.directory, 'cdk.out');
    synthesise(outdir, { ...app, run: this.run, session: { seconds, pingSeconds } });
    if (this.runner) await this.runner.update();
    else this.runner = await startRunner({ app: outdir, port: 0, enforceAuth: true, ...this.options });
    return this.runner.outputs as Outputs;
  }

  async destroy(): Promise<string[]> {
    await this.runner?.destroy();
    return [];
  }

  credentialsOf(_caller: string, roleArn: string, sessionName?: string) {
    return this.started.assumeRole(roleArn, sessionName);
  }

  accessToken({ Mcp: url, ProgramId: clientId }: Outputs[string], scope: readonly string[]): Promise<string> {
    return fetchToken({ url: url!, clientId, scope });
  }

  async logged(_logGroup: string, text: string): Promise<string[]> {
    return this.started.logs.map((line) => line.text).filter((line) => line.includes(text));
  }

  async close(): Promise<void> {
    await this.runner?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get started(): Runner {
    if (!this.runner) throw new Error('the stacks are not deployed');
    return this.runner;
  }
}
