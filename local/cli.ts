import { Command, InvalidArgumentError, Option } from 'commander';
import { connect } from './commands/connect.js';
import { local } from './commands/local.js';
import { notify } from './commands/notify.js';
import { DEFAULT_PORT } from './runner.js';

// of the embedded servers' own code: nothing to do about them here
const UNHELPFUL = ['DEP0169', 'ExperimentalWarning'];
process.removeAllListeners('warning');
process.on('warning', (warning: Error & { code?: string }) => {
  if (!UNHELPFUL.includes(warning.code ?? warning.name)) console.error(String(warning));
});

const program = new Command('mcp-lambda')
  .description('MCP servers on AWS Lambda: run them on this machine, or reach deployed ones')
  .showHelpAfterError('(mcp-lambda --help lists the commands)');

program
  .command('local')
  .description('run a CDK app on this machine: no AWS account, no Docker')
  .option(
    '-a, --app <app>',
    "a cloud assembly directory, a template (JSON), or a command that writes an assembly (default: cdk.json's app)",
  )
  .option('--parameters <name=value>', "a value for the templates' parameters; may be repeated", addParameter)
  .option('-p, --port <port>', 'port of the first server; 0 for any that is free', parsePort, DEFAULT_PORT)
  .option('--watch', 'follow changes of the app and its functions without a restart')
  .option('--json', 'one line of JSON on standard output when ready; everything else on standard error')
  .addOption(
    new Option('--isolation <mode>', 'invocations of a function share a process, or have one each as on Lambda')
      .choices(['shared', 'lambda'])
      .default('shared'),
  )
  .option('--enforce-auth', 'requests must be authorised as on AWS, signatures by keys that are printed')
  .option('--destroy-on-exit', 'at the end delete the stacks, as CloudFormation would')
  .option('--passthrough <services>', 'AWS services to really call, e.g. s3,bedrock', parseList)
  .option('--profile <profile>', 'AWS profile for --passthrough')
  .action(local);

program
  .command('connect')
  .description('a stdio MCP server that is a deployed one: signs its requests with your AWS credentials')
  .argument('<url>', "the server's address, its McpUrl")
  .option('--region <region>', 'AWS region to sign for (default: the one in the host name, or AWS_REGION)')
  .option('--profile <profile>', 'AWS profile to sign with (default: the usual chain)')
  .action(connect);

program
  .command('notify')
  .description('tell the clients of a server that resources have changed; takes what grantNotify() grants')
  .requiredOption('-u, --uri <uri...>', 'URIs of the resources')
  .addOption(
    new Option('-s, --stack <name>', "the server's stack, of whose outputs one is the table").conflicts('table'),
  )
  .option('-t, --table <name>', "the server's session table")
  .option('--region <region>', 'AWS region (default: the usual chain)')
  .option('--profile <profile>', 'AWS profile (default: the usual chain)')
  .action(notify);

program.parseAsync().catch((error: Error) => {
  console.error(`mcp-lambda: ${error.message}`);
  process.exit(1);
});

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

function addParameter(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined) return { ...previous, [name]: value };
  throw new InvalidArgumentError('write a name and a value, such as VpcEnabled=true.');
}

function parseList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
