// Checks on AWS what the local runner cannot prove: docs/verify-on-aws.md. Deploys stacks of its own, and deletes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command, InvalidArgumentError } from 'commander';
import { checks } from './checks/index.mjs';
import { removal, report } from './report.mjs';
import { rows } from './rows.mjs';
import { AwsTarget } from './targets/aws.mjs';
import { LocalTarget } from './targets/local.mjs';
import { type Verification, verify } from './verify.mjs';

interface Options {
  readonly region?: string;
  readonly profile?: string;
  readonly only?: number[];
  readonly long?: boolean;
  readonly vpc?: boolean;
  readonly keep?: boolean;
  readonly yes?: boolean;
  readonly local?: boolean;
  readonly report: string;
}

const program = new Command('verify:aws')
  .description('Deploys a server of its own and checks on it what only AWS can prove; writes a report.')
  .option(
    '--region <region>',
    'where to deploy; the account there must be bootstrapped (cdk bootstrap)',
    process.env.AWS_REGION,
  )
  .option('--profile <profile>', 'AWS profile (default: the usual chain)')
  .option('--only <ids>', 'rows of docs/verify-on-aws.md, such as 2,5', parseIds)
  .option('--long', 'also what takes a quarter of an hour each')
  .option('--vpc', 'also a server in a VPC')
  .option('--keep', 'leave the stacks there')
  .option('--yes', 'do not ask')
  .option('--local', 'on the local runner: to try the checks themselves')
  .option('--report <file>', 'where the report is written', 'verify-on-aws.md');
program.parse();
const options = program.opts<Options>();

/** Exit code, as shells have it for Ctrl-C. */
const INTERRUPTED = 130;
const run = Date.now().toString(36);
const startedAt = new Date();
const chosen = checks.filter(({ id }) => options.only?.includes(id) ?? true);
const byHand = rows().filter(({ by, id }) => by === 'by hand' && (options.only?.includes(id) ?? true));
if (chosen.length === 0) program.error(`no check with these ids: ${checks.map(({ id }) => id).sort((a, b) => a - b)}`);
if (!options.local && !options.region) program.error('which region? --region eu-central-1, or AWS_REGION');

const say = (text: string) => process.stderr.write(`· ${text}\n`);
const target = options.local
  ? new LocalTarget(run)
  : new AwsTarget({ ...options, region: options.region!, run, onOutput: (text) => process.stderr.write(text) });
const accountId = options.local ? undefined : await whoseAccount();
if (!options.yes && !options.local) await confirm();

const interrupted = new AbortController();
const sayWhatIsLeft = () => {
  for (const line of removal(target.stacks, { region: target.region, profile: options.profile })) say(line);
};
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) {
      sayWhatIsLeft();
      void target.close();
      process.exit(INTERRUPTED);
    }
    const then = options.keep ? '' : ', then the stacks are deleted (once more: leave them there)';
    say(`giving up; a deployment under way comes to its end${then}`);
    interrupted.abort();
  });
const { long, vpc, keep } = options;
let verification: Verification;
try {
  verification = await verify({ run, target, checks: chosen, long, vpc, keep, say, signal: interrupted.signal });
} finally {
  sayWhatIsLeft();
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
say(`written to ${options.report}`);
if (interrupted.signal.aborted) process.exit(INTERRUPTED);
const failed = verification.results.some(({ outcome }) => outcome === 'fail');
process.exit(failed || (verification.left.length > 0 && !keep) ? 1 : 0);

async function whoseAccount(): Promise<string> {
  const { Account, Arn } = await new STSClient(target.client)
    .send(new GetCallerIdentityCommand({}))
    .catch((error: Error) => program.error(`no AWS credentials that work: ${error.message}`));
  if (Arn?.endsWith(':root'))
    program.error('the root user of the account cannot assume roles: use a user or role that may');
  return Account!;
}

async function confirm(): Promise<void> {
  const minutes = 12 + (options.long ? 60 : 0) + (options.vpc ? 15 : 0);
  say(`account ${accountId}, region ${target.region}, stacks McpVerify-${run}-*`);
  say(
    `${chosen.length} checks, about ${minutes} minutes, and well below 1 USD (Lambda, API Gateway${options.vpc ? ', VPC endpoints' : ''})`,
  );
  say('only resources of these stacks are changed; they are deleted at the end');
  if (!process.stdin.isTTY) program.error('nobody to ask whether to go on: say --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question('Go on? (y/N) ');
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) process.exit(0);
}

function parseIds(value: string): number[] {
  const ids = value.split(',').map(Number);
  if (ids.every(Number.isInteger)) return ids;
  throw new InvalidArgumentError('ids are numbers with commas between, such as 2,5');
}
