import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { AUTHS } from './clients/connection.js';
import { CLIENTS } from './clients/formats.js';
import { addServerCommands } from './commands/server-commands.js';
import { DEFAULT_PORT } from './environment.js';
import { printable } from './report/printable.js';
import { DEFAULT_DEBUG_PORT } from './services/lambda/debug-ports.js';
import { version } from './version.js';

// warnings from the code of the embedded servers
const SUPPRESSED_WARNINGS = ['DEP0169', 'ExperimentalWarning'];
process.removeAllListeners('warning');
process.on('warning', (warning: Error & { code?: string }) => {
  if (!SUPPRESSED_WARNINGS.includes(warning.code ?? warning.name)) console.error(String(warning));
});

// the reader of a pipe, such as head, may end first
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: Error & { code?: string }) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const program = new Command('mcp-lambda')
  .description('Run MCP servers on AWS Lambda locally, and call and operate deployed ones')
  .version(version(), '-v, --version', 'print the version of cdk-mcp-lambda')
  .showHelpAfterError('(run mcp-lambda --help for usage)');

program.commandsGroup('Develop:');
program
  .command('local')
  .description('run a CDK app locally, without an AWS account or Docker')
  .option(
    '-a, --app <app>',
    'a cloud assembly directory, a template (JSON), or a command that writes a cloud assembly (default: app of cdk.json)',
  )
  .option(
    '--stack <names>',
    "stacks to run, with their dependencies (default: those of the server's environment)",
    parseList,
  )
  .option(
    '--parameters <name=value>',
    'value of a template parameter, of an SSM parameter (ssm:<name>) or of a secret (secretsmanager:<name>); can be repeated',
    addParameter,
  )
  .option('--parameters-file <file>', 'file with values as for --parameters, one in each line, such as an .env file')
  .option('-p, --port <port>', 'port of the first MCP server; 0 for any free port', parsePort, DEFAULT_PORT)
  .option('--watch', 'apply changes of the app and its functions without a restart')
  .option('--json', 'print events to standard output, as one line of JSON each, and everything else to standard error')
  .option('--verbose', 'print details: resources, credentials, arguments and answers of calls, and all logs')
  .addOption(
    new Option(
      '--isolation <mode>',
      'concurrent invocations of a function share a process, or have one each as on Lambda',
    )
      .choices(['shared', 'lambda'])
      .default('shared'),
  )
  .option('--enforce-auth', 'require authorization as on AWS; requests are signed with the printed credentials')
  .option(
    '--as <role>',
    'role of the app that unsigned requests come from, such as Orders/Agent; without it, they may do everything',
  )
  .addOption(
    new Option(
      '--debug [port]',
      'let debuggers attach to functions, from this port on (default: 9229); no call times out',
    )
      .preset(String(DEFAULT_DEBUG_PORT))
      .argParser(parsePort),
  )
  .option('--env', 'print the environment variables of the runner that runs in this directory, as a shell script')
  .option('--destroy-on-exit', 'delete the stacks on exit, as CloudFormation would')
  .option(
    '--function <function=code>',
    'directory or command that implements a function known by its ARN only, such as stock=../stock; can be repeated',
    addFunction,
  )
  .option('--passthrough <services>', 'AWS services whose calls are forwarded to AWS, such as s3,bedrock', parseList)
  .option('--profile <profile>', 'AWS profile for --passthrough')
  .option(
    '--endpoint <service=url>',
    'emulator for the calls to an AWS service, such as states=http://127.0.0.1:4566; can be repeated',
    addEndpoint,
  )
  .option('--faults <file>', 'file with faults that happen to AWS calls and invocations, to test how functions react')
  .action(async (options) => (await import('./commands/local.js')).local(options));

program
  .command('add')
  .description('print the configuration of an MCP client for a server, or add it to the file of the client')
  .addArgument(new Argument('<client>', 'the client').choices(Object.keys(CLIENTS)))
  .option('--write', 'add the server to the file')
  .option('--url <url>', 'MCP URL of the server (default: the server that runs locally in this directory)')
  .option('--name <name>', 'name of the server in the client (default: its name, if it runs locally)', parseName)
  .addOption(
    new Option('--auth <auth>', 'authorization of the server (default: what the server requires)').choices(AUTHS),
  )
  .option('--as <role>', 'role of an app that runs locally, such as Orders/Agent, or admin')
  .option('--api-key <key>', 'API key, for Claude Desktop; the files of other clients contain a variable')
  .option('--client-id <id>', 'client id at the identity provider, if clients cannot register themselves')
  .option('--profile <profile>', 'AWS profile to sign with (default: the default credential chain)')
  .option('--region <region>', 'AWS region to sign for (default: the region in the host name)')
  .action(async (client, options) => (await import('./commands/add.js')).add(client, options));

program
  .command('notify')
  .description('notify the clients of a server of changed resources; requires the permissions of grantNotify()')
  .requiredOption('-u, --uri <uri...>', 'URIs of the changed resources')
  .addOption(
    new Option('-s, --stack <name>', 'stack of the server, which has the session table as an output').conflicts(
      'table',
    ),
  )
  .option('-t, --table <name>', 'session table of the server')
  .option('--region <region>', 'AWS region (default: the default region chain)')
  .option('--profile <profile>', 'AWS profile (default: the default credential chain)')
  .action(async (options) => (await import('./commands/notify.js')).notify(options));

program
  .command('token')
  .description('print an access token for a server that runs locally with --enforce-auth')
  .requiredOption('--url <url>', 'MCP URL of the server, as mcp-lambda local prints it')
  .option('--subject <name>', 'user that the token is for', 'developer')
  .option('--scope <scopes...>', 'scopes of the token (default: those that the server requires)')
  .option('--group <groups...>', 'groups of the user')
  .option('--claim <name=value...>', 'further claims', addClaim)
  .option('--client-id <id>', 'client that the token is for')
  .option('--expires-in <seconds>', 'lifetime of the token (default: one hour)', parseSeconds)
  .option('--issuer <url>', 'authorization server, if the server has several (default: the first one)')
  .action(async (options) => (await import('./commands/token.js')).token(options));

addServerCommands(program);

program.parseAsync().catch((error: Error) => {
  console.error(printable(`mcp-lambda: ${error.message}`));
  process.exit(1);
});

function parseName(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('expected letters, digits, underscores and hyphens.');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('expected a number from 0 to 65535.');
}

function addClaim(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined) return { ...previous, [name]: value! };
  throw new InvalidArgumentError('expected name=value, such as tenant=acme.');
}

function parseSeconds(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of seconds.');
}

function addParameter(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^(\w+|(?:ssm|secretsmanager):[^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined) return { ...previous, [name]: value };
  throw new InvalidArgumentError('expected name=value, such as VpcEnabled=true or ssm:/shop/url=https://shop.example.');
}

function addEndpoint(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, service, url] = /^([\w-]+)=(https?:\/\/.+)$/.exec(text) ?? [];
  if (service !== undefined && URL.canParse(url)) return { ...previous, [service]: url };
  throw new InvalidArgumentError('expected service=url, such as states=http://127.0.0.1:4566.');
}

function addFunction(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, code] = /^((?:arn:[\w:-]+:)?[\w-]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined) return { ...previous, [name]: code };
  throw new InvalidArgumentError('expected <ARN or name>=<directory or command>, such as stock=../stock.');
}

function parseList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
