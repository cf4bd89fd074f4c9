import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { requestSigner } from '../client/signed-fetch.mjs';
import { type AppOptions, stacksOf, synthesise } from '../stack.mjs';
import type { Outputs, Target } from './target.mjs';

/** How long before they expire credentials are renewed, in milliseconds. */
const RENEW_BEFORE_MS = 300_000;

export interface AwsTargetOptions {
  readonly run: string;
  readonly region: string;
  readonly profile?: string;
  /** Receives the output of the CDK CLI. */
  readonly onOutput: (text: string) => void;
}

/** Deploys the stacks to an AWS account with the CDK CLI. */
export class AwsTarget implements Target {
  readonly kind = 'aws';
  readonly region: string;
  readonly client: Target['client'];
  readonly sizes = { sessions: 50, sessionSeconds: 840, pingSeconds: 20, rounds: 20 };
  readonly environment: Readonly<Record<string, string>>;
  private readonly credentials: ReturnType<typeof fromNodeProviderChain>;
  private readonly directory = mkdtempSync(join(tmpdir(), 'verify-'));
  private command: ChildProcess | undefined;
  stacks: readonly string[] = [];

  constructor(private readonly options: AwsTargetOptions) {
    const { region, profile } = options;
    this.region = region;
    this.credentials = fromNodeProviderChain(profile ? { profile } : {});
    this.client = { region, credentials: this.credentials };
    this.environment = { AWS_REGION: region, AWS_DEFAULT_REGION: region, ...(profile && { AWS_PROFILE: profile }) };
  }

  async deploy(app: Omit<AppOptions, 'run'>): Promise<Outputs> {
    const outdir = join(this.directory, 'cdk.out');
    const outputs = join(this.directory, 'outputs.json');
    const names = stacksOf(this.options.run);
    const expected = [
      names.external,
      ...(app.server ? [names.server] : []),
      ...(app.vpc ? [names.vpc] : []),
      ...(app.oauth ? [names.oauth] : []),
      ...(app.urls ? [names.urls] : []),
    ];
    for (const stack of this.stacks.filter((name) => !expected.includes(name)).reverse()) await this.delete(stack);
    synthesise(outdir, { ...app, run: this.options.run });
    this.stacks = expected; // set first, so that stacks of a failed deployment are deleted too
    await this.cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs, '--app', outdir);
    return existsSync(outputs) ? JSON.parse(readFileSync(outputs, 'utf8')) : {};
  }

  async destroy(): Promise<string[]> {
    const remaining: string[] = [];
    for (const stack of [...this.stacks].reverse()) {
      await this.delete(stack).catch((error: Error) => {
        this.options.onOutput(`${error.message}\n`);
        remaining.push(stack);
      });
    }
    return remaining;
  }

  credentialsOf(caller: string, RoleArn: string, sessionName = `verify-${caller}`) {
    return cached(
      fromTemporaryCredentials({
        params: { RoleArn, RoleSessionName: sessionName },
        masterCredentials: this.credentials,
        clientConfig: { region: this.region },
      }),
    );
  }

  async accessToken(outputs: Outputs[string], scopes: readonly string[]): Promise<string> {
    const { LoginUrl, UserPoolId, ProgramId: ClientId } = outputs;
    const send = requestSigner(this.region, this.credentials, new AbortController().signal, 'cognito-idp');
    const describe = await send(`https://cognito-idp.${this.region}.amazonaws.com/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.DescribeUserPoolClient',
      },
      body: JSON.stringify({ UserPoolId, ClientId }),
    });
    const described = (await (await describe()).json()) as { UserPoolClient?: { ClientSecret?: string } };
    const secret = described.UserPoolClient?.ClientSecret;
    if (!secret) throw new Error(`cannot read the secret of the app client: ${JSON.stringify(described)}`);
    const response = await fetch(`${LoginUrl}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${ClientId}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' ') }),
    });
    const { access_token: token, error } = (await response.json()) as { access_token?: string; error?: string };
    if (!token) throw new Error(`no access token: ${response.status} ${error}`);
    return token;
  }

  async logged(logGroupName: string, text: string): Promise<string[]> {
    const client = new CloudWatchLogsClient(this.client);
    const lines: string[] = [];
    for await (const page of paginateFilterLogEvents({ client }, { logGroupName, filterPattern: `"${text}"` })) {
      for (const { message } of page.events ?? []) if (message) lines.push(message);
    }
    return lines;
  }

  async close(): Promise<void> {
    this.command?.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async delete(stack: string): Promise<void> {
    await this.cdk('destroy', stack, '--force', '--app', join(this.directory, 'cdk.out'));
    this.stacks = this.stacks.filter((name) => name !== stack);
  }

  private async cdk(...args: string[]): Promise<void> {
    const cli = resolve(import.meta.dirname, '../../../node_modules/aws-cdk/bin/cdk');
    const child = spawn(process.execPath, [cli, ...args, '--progress', 'events', '--no-notices'], {
      env: { ...process.env, ...this.environment },
      detached: true, // Ctrl-C must not interrupt a running deployment
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.command = child;
    let tail = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.options.onOutput(text);
        tail = (tail + text).slice(-4_000);
      });
    }
    const code = await new Promise<number | null>((done, failed) => {
      child.once('error', failed);
      child.once('close', done);
    });
    if (code !== 0) throw new Error(`cdk ${args[0]} failed with exit code ${code}:\n${tail}`);
  }
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Caches credentials until shortly before they expire. A signer calls its provider for each request. */
function cached(provider: () => Promise<Keys>): () => Promise<Keys> {
  let keys: Keys | undefined;
  let pending: Promise<Keys> | undefined;
  const renew = async () => {
    try {
      keys = await provider();
      return keys;
    } finally {
      pending = undefined;
    }
  };
  return async () => {
    if (keys && (!keys.expiration || keys.expiration.getTime() - Date.now() > RENEW_BEFORE_MS)) return keys;
    pending ??= renew();
    return pending;
  };
}
