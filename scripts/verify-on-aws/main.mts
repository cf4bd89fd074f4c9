// Verifies on AWS what the local runner cannot prove (docs/verify-on-aws.md). Deploys its own stacks and deletes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command, InvalidArgumentError } from 'commander';
import { NEW_ACCOUNT } from './check.mjs';
import { checks } from './checks/index.mjs';
import { rows } from './doc-rows.mjs';
import { removalCommands, report } from './report.mjs';
import { AwsTarget } from './targets/aws-target.mjs';
import { LocalTarget } from './targets/local-target.mjs';
import { type Verification, verify } from './verify.mjs';

interface Options {
  readonly region?: string;
  readonly profile?: string;
  readonly only?: number[];
  readonly long?: boolean;
  readonly vpc?: boolean;
  readonly oauth?: boolean;
  readonly urls?: boolean;
  readonly keep?: boolean;
  readonly yes?: boolean;
  readonly local?: boolean;
  readonly report: string;
}

const program = new Command('verify:aws')
  .description('Deploys a server, verifies on it what only AWS can prove, and writes a report.')
  .option('--region <region>', 'AWS Region to deploy to; must be bootstrapped (cdk bootstrap)', process.env.AWS_REGION)
  .option('--profile <profile>', 'AWS profile (default: the default credential chain)')
  .option('--only <ids>', 'rows of docs/verify-on-aws.md, such as 2,5', parseIds)
  .option('--long', 'also run the checks that take about 15 minutes each')
  .option('--vpc', 'also verify a server in a VPC')
  .option('--oauth', 'also verify a server whose callers have access tokens of Cognito')
  .option('--urls', 'also verify servers at function URLs')
  .option('--keep', 'keep the stacks')
  .option('--yes', 'skip the confirmation prompt')
  .option('--local', 'run the checks on the local runner, to test the checks')
  .option('--report <file>', 'file to write the report to', 'verify-on-aws.md');
program.parse();
const options = program.opts<Options>();

/** Concurrent executions that the checks with many requests take. */
const ENOUGH_CONCURRENCY = 100;
/** The exit code of a process that Ctrl-C interrupted. */
const INTERRUPTED = 130;
const run = Date.now().toString(36);
const startedAt = new Date();
const chosen = checks.filter(({ id }) => options.only?.includes(id) ?? true);
const byHand = rows().filter(({ by, id }) => by === 'by hand' && (options.only?.includes(id) ?? true));
if (chosen.length === 0)
  program.error(`no check matches --only; valid ids: ${checks.map(({ id }) => id).sort((a, b) => a - b)}`);
if (!options.local && !options.region)
  program.error('no AWS Region: pass --region (for example eu-central-1) or set AWS_REGION');

const log = (text: string) => process.stderr.write(`· ${text}\n`);
const target = options.local
  ? new LocalTarget(run)
  : new AwsTarget({ ...options, region: options.region!, run, onOutput: (text) => process.stderr.write(text) });
const accountId = options.local ? undefined : await resolveAccount();
if (!options.local) await checkConcurrency();
if (!options.yes && !options.local) await confirm();

const interrupted = new AbortController();
const printRemainingStacks = () => {
  for (const line of removalCommands(target.stacks, { region: target.region, profile: options.profile })) log(line);
};
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) {
      printRemainingStacks();
      void target.close();
      process.exit(INTERRUPTED);
    }
    const next = options.keep ? '' : ', then deleting the stacks (press Ctrl-C again to keep them)';
    log(`interrupted: waiting for the running deployment${next}`);
    interrupted.abort();
  });
const { long, vpc, oauth, urls, keep } = options;
let verification: Verification;
try {
  verification = await verify({
    run,
    target,
    checks: chosen,
    long,
    vpc,
    oauth,
    urls,
    keep,
    log,
    signal: interrupted.signal,
  });
} finally {
  printRemainingStacks();
  await target.close();
}

const text = report(verification, {
  version: JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')).version,
  where: options.local ? 'the local runner' : target.region,
  options,
  startedAt,
  minutes: Math.round((Date.now() - startedAt.getTime()) / 60_000),
  accountId,
  byHand,
});
writeFileSync(options.report, text);
process.stdout.write(text);
log(`report written to ${options.report}`);
if (interrupted.signal.aborted) process.exit(INTERRUPTED);
const failed = verification.results.some(({ outcome }) => outcome === 'fail');
process.exit(failed || (verification.remainingStacks.length > 0 && !keep) ? 1 : 0);

async function resolveAccount(): Promise<string> {
  const { Account, Arn } = await new STSClient(target.client)
    .send(new GetCallerIdentityCommand({}))
    .catch((error: Error) => program.error(`cannot use the AWS credentials: ${error.message}`));
  if (Arn?.endsWith(':root')) program.error('the root user cannot assume roles: use an IAM user or role');
  return Account!;
}

/** Warns if the account's concurrency, which all its functions share, is too small for the checks with many requests. */
async function checkConcurrency(): Promise<void> {
  const limit = await new LambdaClient(target.client)
    .send(new GetAccountSettingsCommand({}))
    .then(({ AccountLimit }) => AccountLimit?.UnreservedConcurrentExecutions)
    .catch((error: Error) => void log(`the account's Lambda quotas cannot be read: ${error.message}`));
  if (limit === undefined) return;
  log(`concurrent executions available in this account and region: ${limit}`);
  if (limit < ENOUGH_CONCURRENCY)
    log(`rows 10, 11 and 24 need about ${ENOUGH_CONCURRENCY} and may fail: ${NEW_ACCOUNT}`);
}

async function confirm(): Promise<void> {
  const minutes =
    (options.only ? 10 : 15) +
    (options.long ? 60 : 0) +
    (options.vpc ? 15 : 0) +
    (options.oauth ? 5 : 0) +
    (options.urls ? 5 : 0);
  log(`account ${accountId}, region ${target.region}, stacks McpVerify-${run}-*`);
  log(
    `${chosen.length} checks, about ${minutes} minutes, well below 1 USD (Lambda, API Gateway${options.vpc ? ', VPC endpoints' : ''})`,
  );
  log('changes only resources of these stacks and deletes the stacks at the end');
  if (!process.stdin.isTTY) program.error('cannot prompt for confirmation without a terminal: pass --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question('Continue? (y/N) ');
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) process.exit(0);
}

function parseIds(value: string): number[] {
  const ids = value.split(',').map(Number);
  if (ids.every(Number.isInteger)) return ids;
  throw new InvalidArgumentError('expected comma-separated numbers, for example 2,5');
}
