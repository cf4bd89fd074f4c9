import { type Command, InvalidArgumentError, Option } from 'commander';
import { API_KEY_VARIABLE, TOKEN_VARIABLE } from '../deployed/server-options.js';

/** Adds the options of commands for a server, and examples to the help. */
function forServer(command: Command, examples: readonly string[]): Command {
  return command
    .option('-s, --stack <name>', 'CloudFormation stack of the server')
    .option('-u, --url <url>', 'URL of the server, with or without /mcp; also that of a local runner')
    .option('--region <region>', 'AWS region (default: the region in the host name, or the default region chain)')
    .option('--profile <profile>', 'AWS profile (default: the default credential chain)')
    .option('--as <role>', 'role of an app that runs locally, such as Orders/Agent, or admin')
    .addOption(new Option('--token <token>', `access token of a server with OAuth (default: $${TOKEN_VARIABLE})`))
    .addOption(new Option('--api-key <key>', `API key of the server (default: $${API_KEY_VARIABLE})`))
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((each) => `  $ ${shellCommand(each)}`).join('\n')}`);
}

/** Returns an example as users type it. Those of other programs begin with their names. */
function shellCommand(example: string): string {
  return /^(claude|npx) /.test(example) ? example : `mcp-lambda ${example}`;
}

/** Adds the commands that call and operate a server, deployed or local. */
export function addServerCommands(program: Command): void {
  forServer(
    program
      .command('connect')
      .description('start a stdio MCP server that forwards to a deployed server, and signs or authorizes the requests')
      .argument('[url]', 'URL of the server: the McpUrl output of its stack; or pass --stack'),
    [
      'connect https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod/mcp',
      'connect --stack Orders --profile orders',
      'claude mcp add orders -- npx -y -p cdk-mcp-lambda mcp-lambda connect --stack Orders',
    ],
  ).action(async (url, options) => (await import('./connect.js')).connect(url, options));

  program.commandsGroup('Call a server:');
  const tools = () => import('./tools.js');
  const calls = () => import('./call.js');
  forServer(program.command('tools').description('list the tools of a server with their arguments'), [
    'tools --stack Orders',
    'tools --url http://127.0.0.1:3001/prod --json',
  ]).action(async (options) => (await tools()).tools(options));
  forServer(program.command('resources').description('list the resources and resource templates of a server'), [
    'resources --stack Orders',
  ]).action(async (options) => (await tools()).resources(options));
  forServer(program.command('prompts').description('list the prompts of a server with their arguments'), [
    'prompts --stack Orders',
  ]).action(async (options) => (await tools()).prompts(options));
  forServer(
    program
      .command('call')
      .description('call a tool and print its result; exits with 2 if the tool returns an error')
      .argument('<tool>', 'name of the tool')
      .argument('[arguments...]', 'arguments as key=value, read as the input schema says, or key:=json')
      .option('--args-json <json>', 'all arguments as a JSON object; - reads standard input, @file a file'),
    [
      'call lookup_order orderId=A-1001 --stack Orders',
      'call findArticles maxPrice:=50 --stack Orders',
      `call findArticles --args-json '{"text":"lamp"}' --url http://127.0.0.1:3001/prod`,
    ],
  ).action(async (tool, args, options) => (await calls()).call(tool, args, options));
  forServer(program.command('read').description('print a resource').argument('<uri>', 'URI of the resource'), [
    'read orders://policies/returns --stack Orders',
  ]).action(async (uri, options) => (await calls()).read(uri, options));
  forServer(
    program
      .command('prompt')
      .description('print the messages of a prompt')
      .argument('<name>', 'name of the prompt')
      .argument('[arguments...]', 'arguments as key=value'),
    ['prompt write_reply orderId=A-1001 tone=formal --stack Orders'],
  ).action(async (name, args, options) => (await calls()).prompt(name, args, options));

  program.commandsGroup('Register at run time:');
  const registrations = () => import('./registrations.js');
  forServer(
    program
      .command('register')
      .description('register the functions of a file with the Registration API')
      .argument('<file>', 'file in JSON or YAML with one registration or a list; - reads standard input')
      .option('--replace', 'replace registrations that exist'),
    ['register tool.json --stack Orders'],
  ).action(async (file, options) => (await registrations()).register(file, options));
  forServer(
    program
      .command('unregister')
      .description('remove a registration of the Registration API')
      .argument('<id>', 'id of the registration, such as tool-lookup_order'),
    ['unregister tool-stock_level --stack Orders'],
  ).action(async (id, options) => (await registrations()).unregister(id, options));
  forServer(
    program
      .command('plan')
      .description('show the difference between a file of registrations and the server')
      .argument('<file>', 'file in JSON or YAML with a list of registrations; - reads standard input')
      .option('--prune', 'remove registrations of the Registration API that the file does not have')
      .option('--exit-code', 'exit with 2 if there are differences'),
    ['plan registrations.yaml --stack Orders', 'plan registrations.yaml --stack Orders --exit-code'],
  ).action(async (file, options) => (await registrations()).plan(file, options));
  forServer(
    program
      .command('apply')
      .description('make the registrations of the server those of a file, after showing the difference')
      .argument('<file>', 'file in JSON or YAML with a list of registrations; - reads standard input')
      .option('--prune', 'remove registrations of the Registration API that the file does not have')
      .option('-y, --yes', 'make the changes without a question'),
    ['apply registrations.yaml --stack Orders', 'apply registrations.yaml --stack Orders --yes'],
  ).action(async (file, options) => (await registrations()).apply(file, options));

  program.commandsGroup('Operate a server:');
  forServer(
    program
      .command('status')
      .description('show addresses, versions, sessions, and the errors and throttles of the last hour')
      .option('--minutes <minutes>', 'length of the period (default: 60)', parseMinutes),
    ['status --stack Orders', 'status --url http://127.0.0.1:3001/prod --json'],
  ).action(async (options) => (await import('./status.js')).status(options));
  const sessions = forServer(program.command('sessions').description('list the open streams of a server'), [
    'sessions --stack Orders',
    'sessions end 3f2a91c07b5e --stack Orders',
  ]).action(async (options) => (await import('./sessions.js')).sessions(options));
  forServer(
    sessions
      .command('end')
      .description('end a session')
      .argument('<id>', 'the beginning of an id that mcp-lambda sessions lists, or the id of a session on /mcp'),
    ['sessions end 3f2a91c07b5e --stack Orders'],
  ).action(async (id, _, command: Command) =>
    (await import('./sessions.js')).endSession(id, command.optsWithGlobals()),
  );
  forServer(
    program
      .command('doctor')
      .description(
        'check a server end to end, and print evidence, cause and fix of each fault; exits with 2 if there are faults',
      )
      .option('--hold <seconds>', 'how long a stream has to stay open (default: 5)', parseNumber),
    ['doctor --stack Orders', 'doctor --url https://mcp.example.com/mcp', 'doctor --stack Orders --hold 300'],
  ).action(async (options) => (await import('./doctor.js')).doctor(options));
  const filtered = (command: Command) =>
    command
      .option('--tool <name>', 'only calls and changes of this tool, resource or prompt')
      .option('--caller <text>', 'only callers whose id contains this text')
      .option('--toolset <name>', 'only calls at the path of this toolset')
      .option('--errors', 'only what failed or was refused');
  forServer(
    filtered(
      program
        .command('tail')
        .description('print calls as they happen, one line each; with --errors also what the server functions report')
        .option('--since <time>', 'begin earlier: a duration such as 10m, or a date'),
    ),
    ['tail --stack Orders', 'tail --stack Orders --tool lookup_order --errors', 'tail --stack Orders --json'],
  ).action(async (options) => (await import('./audit.js')).tail(options));
  forServer(
    filtered(
      program
        .command('audit')
        .description('print the audit records of a period: who called what, and who changed what')
        .option('--since <time>', 'a duration such as 15m, 2h or 7d, or a date (default: 24h)')
        .option('--until <time>', 'a duration before now, or a date (default: now)')
        .option('--limit <records>', 'most records (default: 1000)', parseCount),
    ),
    ['audit --stack Orders --since 7d --caller ada', 'audit --stack Orders --tool lookup_order --json'],
  ).action(async (options) => (await import('./audit.js')).audit(options));
  forServer(
    program
      .command('cost')
      .description('show what a usage costs in a month, part by part, beside other ways; with a server, its own usage')
      .option('--calls <number>', 'tool calls a month (default: 1e6)', parseAmount)
      .option('--tool-ms <milliseconds>', 'duration of a handler (default: 200)', parseAmount)
      .option('--tool-memory <mib>', 'memory size of handlers (default: 128)', parseAmount)
      .option('--sessions <number>', 'open streams: SSE sessions and listeners (default: 0)', parseAmount)
      .option('--session-hours <hours>', 'hours of the month in which they are open (default: 730)', parseAmount)
      .option('--memory <mib>', 'memory size of the server functions (default: 512)', parseAmount)
      .option('--other-requests <number>', 'requests that are not calls, for each call (default: 0.2)', parseAmount)
      .option('--period <duration>', 'with a server: the period whose metrics are read (default: 7d)'),
    ['cost --calls 1e6 --tool-ms 200 --sessions 50', 'cost --stack Orders', 'cost --stack Orders --period 24h --json'],
  ).action(async (options) => (await import('./cost.js')).cost(options));
}

function parseAmount(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a number, such as 1e6.');
}

function parseNumber(text: string): number {
  if (/^\d{1,5}(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of records.');
}

function parseMinutes(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of minutes.');
}
