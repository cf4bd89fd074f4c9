import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner.js';

/** A project with a CDK app, whose command the runner executes. */
export interface SourceApp extends AsyncDisposable {
  readonly directory: string;
  readonly runner: Runner;
  readonly notices: readonly string[];
  readonly progress: readonly string[];
  /** Number of times that the app's command has run. */
  readonly syntheses: number;
  /** Returns the source text of the app with other constructs. */
  mainWith(define: string): string;
  /** Writes a file of the project. */
  write(file: string, text: string): void;
  /** Invokes the function with this construct path. */
  invoke(path: string, event?: unknown): Promise<any>;
}

/**
 * Starts the app of a new project.
 * @param define CDK code that defines constructs in `stack`, called Shop; `lambda` and `fn(id, directory)` are in scope
 * @param files files of the project, by path; the app itself is in the folder `app`
 */
export async function startSourceApp(
  define: string,
  files: Record<string, string>,
  options: Partial<RunnerOptions> = {},
): Promise<SourceApp> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'source-app-')));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  const mainWith = (constructs: string) => `
    const { createRequire } = require('node:module');
    const packages = createRequire(${JSON.stringify(resolve('package.json'))});
    const { App, Stack, aws_lambda: lambda } = packages('aws-cdk-lib');
    const stack = new Stack(new App(), 'Shop');
    const fn = (id, directory, props) => new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromAsset(directory), ...props });
    ${constructs}`;
  for (const [file, text] of Object.entries({ 'app/main.cjs': mainWith(define), ...files })) write(file, text);
  const notices: string[] = [];
  const progress: string[] = [];
  const runner = await startRunner({
    app: `${process.execPath} main.cjs`,
    cwd: join(directory, 'app'),
    port: 0,
    onNotice: (text) => notices.push(text),
    onProgress: (text) => progress.push(text),
    ...options,
  });
  const client = new LambdaClient({
    endpoint: runner.awsEndpointUrl,
    region: runner.region,
    credentials: runner.admin,
    maxAttempts: 1,
  });
  return {
    directory,
    runner,
    notices,
    progress,
    mainWith,
    write,
    get syntheses() {
      return progress.filter((text) => text.startsWith('running ')).length;
    },
    async invoke(name, event = {}) {
      const { name: FunctionName } = runner.functions.find((each) => each.name.includes(name))!;
      const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
      return JSON.parse(Payload!.transformToString());
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await runner.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
