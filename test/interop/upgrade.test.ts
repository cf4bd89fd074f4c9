import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner';
import { queues, sessions } from '../e2e/support/aws';
import type { Fixture } from '../e2e/support/fixture';
import { initialize, openSession } from '../e2e/support/sse';
import { until } from '../e2e/support/until';
import { type Installed, lastRelease, nextRelease } from './support/release';

interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/**
 * Resources that an update must neither rename nor replace, because they hold data, determine URLs or are referenced in policies of
 * others. `immutable` lists the properties whose change makes CloudFormation replace the resource.
 */
const KEPT: Record<string, { type: string; immutable: string[] }> = {
  ServerRegistryTableB1F460C4: { type: 'AWS::DynamoDB::Table', immutable: ['TableName', 'KeySchema'] },
  ServerSessionTableA3880AAE: { type: 'AWS::DynamoDB::Table', immutable: ['TableName', 'KeySchema'] },
  ServerRuntimeRoleB7F742FC: { type: 'AWS::IAM::Role', immutable: ['RoleName', 'Path'] },
  ServerApi12B4C0F1: { type: 'AWS::ApiGateway::RestApi', immutable: [] },
  ServerApiDeploymentStageprodC112BFAD: { type: 'AWS::ApiGateway::Stage', immutable: ['StageName', 'RestApiId'] },
  ServerLifecycleCBA5BDCF: { type: 'Custom::McpLambdaServer', immutable: ['ServiceToken'] },
  Servertooldeclared05E5F330: { type: 'Custom::McpTool', immutable: ['ServiceToken'] },
};
const REGISTRY_TABLE = 'ServerRegistryTableB1F460C4';

/** Lists the kept resources that a new template would replace. */
function replaced(from: Template, to: Template): string[] {
  return Object.entries(KEPT).flatMap(([id, { type, immutable }]) => {
    const [before, after] = [from.Resources[id], to.Resources[id]];
    if (before?.Type !== type) return [`${id} was ${before?.Type}`];
    if (after?.Type !== type) return [`${id} is ${after?.Type}`];
    return immutable
      .filter((name) => JSON.stringify(before.Properties[name]) !== JSON.stringify(after.Properties[name]))
      .map((name) => `${id}.${name} has changed`);
  });
}

/** Synthesises the app with an installed package. Returns the folder of the cloud assembly. */
function synthesise({ folder }: Installed): string {
  execFileSync(process.execPath, [resolve('test/interop/upgrade/app.cjs')], { cwd: folder });
  return join(folder, 'cdk.out');
}

const templateFile = (assembly: string) => join(assembly, 'Upgrade.template.json');
const templateOf = (assembly: string): Template => JSON.parse(readFileSync(templateFile(assembly), 'utf8'));

let last: string;
let next: string;
/** `next` with a renamed registry table. */
let breaking: string;
beforeAll(() => {
  const from = lastRelease();
  console.log(`upgrading from ${from.description}`);
  last = synthesise(from);
  next = synthesise(nextRelease());
  breaking = mkdtempSync(join(tmpdir(), 'breaking-'));
  cpSync(next, breaking, { recursive: true });
  writeFileSync(
    templateFile(breaking),
    JSON.stringify(templateOf(next)).replaceAll(REGISTRY_TABLE, 'ServerRegistry12345678'),
  );
});

test('the update changes the code of the functions', () => {
  const codeOf = (assembly: string) =>
    Object.values(templateOf(assembly).Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => JSON.stringify(Properties.Code));
  expect(codeOf(next)).not.toEqual(codeOf(last));
});

test('the update renames and replaces no kept resource', () => {
  expect(replaced(templateOf(last), templateOf(next))).toEqual([]);
  expect(replaced(templateOf(last), templateOf(breaking))).toEqual([`${REGISTRY_TABLE} is undefined`]);
  const otherKeys = templateOf(next);
  otherKeys.Resources[REGISTRY_TABLE].Properties.KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }];
  expect(replaced(templateOf(last), otherKeys)).toEqual([`${REGISTRY_TABLE}.KeySchema has changed`]);
});

/** Deploys an assembly that can be replaced with another one. */
async function deploy(assembly: string) {
  const app = mkdtempSync(join(tmpdir(), 'deployed-'));
  cpSync(assembly, app, { recursive: true });
  const runner = await startRunner({ app, port: 0 });
  return {
    runner,
    async update(to: string) {
      rmSync(app, { recursive: true });
      cpSync(to, app, { recursive: true });
      await runner.update();
    },
  };
}

const registeredArn = (runner: Runner) => runner.functions.find(({ name }) => name.includes('Registered'))!.arn;

async function register(runner: Runner): Promise<void> {
  const response = await fetch(runner.servers[0].register, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'tool',
      name: 'registered',
      lambdaArn: registeredArn(runner),
      parameters: { text: 'string' },
    }),
  });
  if (response.status !== 201) throw new Error(await response.text());
}

async function toolNames(runner: Runner): Promise<string[]> {
  const client = new Client({ name: 'upgrade', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(runner.servers[0].mcp)));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name).sort();
}

describe('on the local runner', () => {
  test('the update preserves registrations, statements, URLs and open sessions', async () => {
    const { runner, update } = await deploy(last);
    const fixture = { runner } as Fixture;
    const [server] = runner.servers;
    await register(runner);

    const session = await openSession({ sseUrl: new URL(server.sse!) });
    const answered = (id: string) =>
      until(`a response to ${id}`, async () => session.messages.some((m) => m.id === id));
    const callOverSse = async (id: string) => {
      const params = { name: 'registered', arguments: { text: id } };
      await session.post({ jsonrpc: '2.0', id, method: 'tools/call', params });
      await answered(id);
      return session.messages.find((message) => message.id === id)!.result.content[0].text;
    };
    await initialize(session);
    await answered('init');
    expect(await callOverSse('one')).toBe('echo one');

    const transport = new StreamableHTTPClientTransport(new URL(server.mcp));
    const client = new Client({ name: 'upgrade', version: '1.0.0' }, { capabilities: { elicitation: {} } }); // opens a session
    await client.connect(transport);
    const sessionId = transport.sessionId;
    expect(sessionId).toBeDefined();
    const callOverHttp = async (text: string) =>
      ((await client.callTool({ name: 'registered', arguments: { text } })).content as Array<{ text: string }>)[0].text;
    expect(await callOverHttp('two')).toBe('echo two');

    const state = async () => ({
      server: runner.servers[0],
      queues: await queues(fixture),
      sessions: (await sessions(fixture)).map(({ sk }) => sk),
      statements: runner.functionPolicy(registeredArn(runner)),
      tables: runner.functions.map(({ environment }) => [
        environment.MCP_SESSION_TABLE,
        environment.MCP_REGISTRY_TABLE,
      ]),
      tools: await toolNames(runner),
    });
    const before = await state();
    expect(before.tools).toEqual(['declared', 'registered']);
    expect(before.statements).toHaveLength(1);
    expect(before.sessions).toHaveLength(1);

    await update(next);
    expect(await state()).toEqual(before);
    expect(await callOverSse('three')).toBe('echo three');
    expect(await callOverHttp('four')).toBe('echo four');
    expect(transport.sessionId).toBe(sessionId);
    expect(session.messages.filter(({ id }) => id === 'three')).toHaveLength(1);

    await client.close();
    session.disconnect();
    await runner.destroy();
    expect(await queues(fixture)).toEqual([]);
    expect(() => runner.functionPolicy('Registered')).toThrow();
    await runner.close();
  });

  test('a renamed table would lose the registration', async () => {
    const { runner, update } = await deploy(last);
    await register(runner);
    await update(breaking);
    expect(await toolNames(runner)).not.toContain('registered');
    await runner.close();
  });
});
