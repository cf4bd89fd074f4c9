/** The help of each command for a server, whose examples run as written on the example app. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../../local/runner';
import { changed, synthesiseExample } from '../../interop/support/assemblies';
import { announce, mcpLambda } from '../support/command-line';

const COMMANDS = [
  ...['connect', 'tools', 'resources', 'prompts', 'call', 'read', 'prompt', 'register', 'plan', 'apply', 'unregister'],
  ...['status', 'sessions', 'sessions end', 'doctor', 'tail', 'audit', 'cost'],
];
/** Examples that do not end, ask a question, or name something that the app does not have. */
const NOT_RUN = /^claude |connect|^mcp-lambda tail |apply .*Orders$|sessions end|--hold 300|mcp\.example\.com/;

let runner: Runner;
let directory: string;
beforeAll(async () => {
  runner = await startRunner({ app: changed(synthesiseExample(), 'Orders', withOptIn), port: 0, enforceAuth: true });
  announce(runner);
  directory = mkdtempSync(join(tmpdir(), 'help-'));
  const lambdaArn = runner.functions.find(({ name }) => /echo/i.test(name))!.arn;
  const tool = { type: 'tool', name: 'stock_level', lambdaArn };
  writeFileSync(join(directory, 'tool.json'), JSON.stringify(tool));
  writeFileSync(
    join(directory, 'registrations.yaml'),
    JSON.stringify({ registrations: [{ ...tool, description: 'x' }] }),
  );
});
afterAll(() => runner?.close());

/** Adds the tag to the function `echo` with which its owner allows registrations. */
function withOptIn({ Resources }: any): void {
  for (const [id, { Properties }] of Object.entries<any>(Resources)) {
    if (/^echo/i.test(id) && Properties?.Handler) Properties.Tags = [{ Key: 'mcp-server', Value: 'orders' }];
  }
}

/** Splits a command as a shell does. */
const words = (text: string) => [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

test('the help of each command has examples, which run as written', async () => {
  const failed: string[] = [];
  let count = 0;
  for (const command of COMMANDS) {
    const { out, code } = await mcpLambda([...command.split(' '), '--help']);
    expect([command, code]).toEqual([command, 0]);
    const examples = [...out.matchAll(/^ {2}\$ (.*)$/gm)].map(([, example]) => example!);
    expect(examples.length, command).toBeGreaterThan(0);
    for (const example of examples.filter((each) => !NOT_RUN.test(each))) {
      count += 1;
      const [, ...args] = words(example.replace('http://127.0.0.1:3001/prod', runner.servers[0]!.url));
      const env = {
        AWS_ACCESS_KEY_ID: runner.admin.accessKeyId,
        AWS_SECRET_ACCESS_KEY: runner.admin.secretAccessKey,
        AWS_ENDPOINT_URL: runner.awsEndpointUrl,
        AWS_REGION: runner.region,
      };
      const finished = await mcpLambda(args, { env, cwd: directory });
      // doctor finds the alarms of the example without actions; plan --exit-code has differences
      const isExpected = finished.code === 0 || (finished.code === 2 && /doctor|--exit-code/.test(example));
      if (!isExpected) failed.push(`${example}: ${finished.code} ${finished.err}`);
    }
  }
  expect(failed).toEqual([]);
  expect(count).toBeGreaterThan(18);
});

test('each command prints JSON for programs with --json', async () => {
  const url = runner.servers[0]!.url;
  const commands = [
    ...['tools', 'resources', 'prompts', 'status', 'sessions', 'doctor --hold 1', 'audit', 'cost'],
    ...['call echo message=hello', 'read orders://policies/returns', 'prompt write_reply orderId=A-1001'],
    ...[
      'plan registrations.yaml',
      'apply registrations.yaml --yes',
      'unregister tool-stock_level',
      'register tool.json',
    ],
  ];
  for (const command of commands) {
    const { code, out } = await mcpLambda([...words(command), '--url', url, '--json'], { cwd: directory });
    expect([command, code]).toEqual([command, command.startsWith('doctor') ? 2 : 0]);
    const lines = out.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line), command).toBeTypeOf('object');
    expect(command === 'audit' || lines.length === 1, command).toBe(true);
  }
});

test('examples of other programs do not begin with the name of this one', async () => {
  const { out } = await mcpLambda(['connect', '--help']);
  expect(out).toContain('\n  $ claude mcp add orders -- npx');
});
