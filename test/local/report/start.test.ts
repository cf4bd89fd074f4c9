import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../local/clients/connection.js';
import { localConnection } from '../../../local/clients/local-connection.js';
import type { DeclaredRegistration, RegistrationKind } from '../../../local/declared-registrations.js';
import { describeRunner } from '../../../local/report/json-lines.js';
import { connectSnippets } from '../../../local/report/snippets.js';
import { startReport } from '../../../local/report/start.js';
import { render } from '../../../local/report/text.js';
import type { Runner } from '../../../local/runner.js';

const url = 'http://127.0.0.1:3001/prod';
const server = {
  name: 'orders',
  url,
  mcp: `${url}/mcp`,
  register: `${url}/register`,
  authorization: 'AWS_IAM',
  apiKeys: [],
};
const admin = { accessKeyId: 'AKIAX', secretAccessKey: 's3cret' };
function registration(kind: RegistrationKind, name: string, more: Partial<DeclaredRegistration>): DeclaredRegistration {
  return { kind, name, path: `App/Mcp/${kind}-${name}`, functionArn: 'arn', functionPath: 'App/F', ...more };
}
const runner = {
  servers: [
    { ...server, sse: `${url}/sse`, message: `${url}/message` },
    { ...server, name: 'billing', apiKeys: ['k'] },
  ],
  admin,
  region: 'eu-west-1',
  awsEndpointUrl: 'http://127.0.0.1:4000',
  outputs: {
    Stack: { McpUrl: `${url}/mcp`, Table: 'orders-table', ExportsOutputRefTable: 'orders-table', Names: ['a', 'b'] },
  },
  unavailable: new Map([['runtime ruby3.4 is not supported', ['App/One', 'App/Two']]]),
  notRun: ['M1', 'M2', 'M3', 'M4'].map((path) => ({
    path,
    type: 'AWS::Lambda::EventSourceMapping',
    reason: 'event sources do not trigger functions here',
    remedy: 'call the tool',
  })),
  skippedStacks: [{ name: 'Irish', environment: 'aws://111122223333/eu-west-1' }],
  registrations: [
    registration('tool', 'lookup_order', { functionPath: 'App/Lookup', runtime: 'python3.12' }),
    registration('tool', 'cancel', { functionPath: 'App/One', runtime: 'ruby3.4' }),
    registration('tool', 'bill', { functionPath: 'arn:aws:other' }),
    registration('resource', 'policy', { uri: 'shop://policy', functionPath: 'App/Documents', runtime: 'java21' }),
    registration('resourceTemplate', 'invoice', {
      uri: 'shop://{id}/invoice',
      functionPath: 'App/Documents',
      runtime: 'java21',
    }),
    registration('prompt', 'reply', { functionPath: 'App/Reply', runtime: 'nodejs24.x' }),
  ],
  issuers: [],
  otherApis: [{ name: 'Shop', url: 'http://127.0.0.1:3002/prod' }],
  resources: {
    emulated: new Map([
      ['AWS::Lambda::Function', ['A', 'B']],
      ['Custom::McpTool', ['C', 'D']],
      ['AWS::CloudFormation::CustomResource', ['E']],
    ]),
    accepted: new Map([['AWS::KMS::Key', ['Key']]]),
    unsupported: new Map([['AWS::Lambda::EventSourceMapping', ['App/Mapping']]]),
  },
} as Partial<Runner> as Runner;

/** The lines below `Connect`. */
function connect(name: string): string {
  const { apiKeys } = runner.servers.find((each) => each.name === name)!;
  return connectSnippets(localConnection({ enforceAuth: false }, { ...server, name, apiKeys }), {
    inspector: 'npm run inspector --',
  })
    .map(({ client, text }) => `    ${client}\n      ${text}\n`)
    .join('');
}

const text = (options: Partial<Parameters<typeof startReport>[1]> = {}, more: Partial<Runner> = {}) =>
  render(
    // getters, as those of a runner, which a spread does not copy
    startReport(Object.create({ ...runner, ...more }) as Runner, {
      enforceAuth: false,
      inspector: 'npm run inspector --',
      ...options,
    }),
  );

describe('startReport', () => {
  it('lists tools, resources and prompts with their functions, other REST APIs, and outputs, and then each server with its URLs', () => {
    expect(text()).toBe(`Tools
  lookup_order  App/Lookup     python3.12
  cancel        App/One        does not run here
  bill          arn:aws:other  not part of the app

Resources
  policy   shop://policy        App/Documents  java21
  invoice  shop://{id}/invoice  App/Documents  java21

Prompts
  reply  App/Reply  nodejs24.x

Other REST APIs
  Shop  http://127.0.0.1:3002/prod

Outputs
  Stack.Table  orders-table
  Stack.Names  ["a","b"]

Not run here:
  M1, M2, M3 and 1 more (Lambda::EventSourceMapping): event sources do not trigger functions here. To run it: call the tool
  App/One, App/Two: runtime ruby3.4 is not supported
  stack Irish: its environment is aws://111122223333/eu-west-1. To run it: --stack Irish

orders
  Streamable HTTP  ${url}/mcp
  HTTP+SSE         ${url}/sse
  Registration     ${url}/register
  Console          http://127.0.0.1:3001/

  Connect
${connect('orders')}
billing
  Streamable HTTP  ${url}/mcp
  Registration     ${url}/register
  Console          http://127.0.0.1:3001/
  x-api-key        k

  Connect
${connect('billing')}
AWS credentials of the user admin (AdministratorAccess): eval "$(npx -p cdk-mcp-lambda mcp-lambda local --env)"

Listening on 127.0.0.1 only. Press Ctrl-C to stop. Calls and logs follow.`);
  });

  it('lists resource types, all outputs and credentials with --verbose', () => {
    const report = text({ verbose: true });
    expect(report).toContain(`
Outputs
  Stack.McpUrl                 ${url}/mcp
  Stack.Table                  orders-table
  Stack.ExportsOutputRefTable  orders-table
  Stack.Names                  ["a","b"]

Emulated: Lambda::Function ×2
Custom resources: McpTool ×2, CloudFormation::CustomResource
Accepted, without effect: KMS::Key
`);
    expect(report).toContain(`
AWS credentials of the user admin (AdministratorAccess): eval "$(npx -p cdk-mcp-lambda mcp-lambda local --env)"
  export AWS_ACCESS_KEY_ID=AKIAX
  export AWS_SECRET_ACCESS_KEY=s3cret
`);
  });

  it('prints the credentials if requests must be signed', () => {
    expect(text()).not.toContain('AWS_ACCESS_KEY_ID');
    expect(text({ enforceAuth: true })).toContain('\n  export AWS_ACCESS_KEY_ID=AKIAX\n');
  });

  it('lists the addresses of the declared toolsets of one server', () => {
    const tools = [['billing', 'a'], ['billing']].map((toolsets, i) => registration('tool', `t${i}`, { toolsets }));
    const more = { servers: [server], registrations: tools } as Partial<Runner>;
    expect(text({}, more)).toContain(
      `  Streamable HTTP  ${url}/mcp\n  Toolset          ${url}/mcp/a\n  Toolset          ${url}/mcp/billing\n`,
    );
    expect(text({}, { registrations: tools })).not.toContain('Toolset');
  });

  it('reports a missing server', () => {
    expect(text({}, { servers: [] })).toContain('No MCP server found');
  });
});

describe('describeRunner', () => {
  it('returns the first server, all servers, and what they have', () => {
    const ready = describeRunner(runner, { enforceAuth: false });
    expect(ready).toMatchObject({
      url,
      mcp: `${url}/mcp`,
      sse: `${url}/sse`,
      message: `${url}/message`,
      register: `${url}/register`,
      servers: [{ name: 'orders' }, { name: 'billing', apiKeys: ['k'] }],
      outputs: { Stack: { Table: 'orders-table' } },
      unavailable: [{ functions: ['App/One', 'App/Two'], reason: 'runtime ruby3.4 is not supported' }],
    });
    expect(ready.registrations).toHaveLength(6);
    expect(ready.credentials).toBeUndefined();
  });

  it('includes the credentials if requests must be signed', () => {
    expect(describeRunner(runner, { enforceAuth: true }).credentials).toEqual(admin);
  });
});

describe('issuers', () => {
  const issuers = [{ local: 'http://127.0.0.1:3101/login.example.com', remote: 'https://login.example.com' }];
  const signIn = { ...runner, issuers, servers: [{ ...server, authorization: 'CUSTOM' }] };

  it('are listed with those that they replace, and the command that prints a token', () => {
    const report = text({ enforceAuth: true }, signIn);
    expect(report).toContain(
      'Issuers\n  http://127.0.0.1:3101/login.example.com instead of https://login.example.com\n',
    );
    expect(report).toContain(`  Token            npx -p cdk-mcp-lambda mcp-lambda token --url ${url}/mcp\n`);
    expect(report).toContain(`claude mcp add --transport http orders ${url}/mcp`); // the client signs in by itself
    expect(describeRunner(signIn as Runner, { enforceAuth: true }).issuers).toEqual(issuers);
  });
});

describe('connectSnippets', () => {
  const snippets = (options: Partial<Connection> = {}) => {
    const connection: Connection = { name: 'orders', url: server.mcp, auth: 'none', ...options };
    const all = connectSnippets(connection, { inspector: 'inspector' });
    return Object.fromEntries(all.map(({ client, text }) => [client.split(' ')[0].replace(',', ''), text]));
  };

  it('returns a snippet for each client', () => {
    expect(snippets()).toEqual({
      Claude: `claude mcp add --transport http orders ${url}/mcp`,
      VS: `{"servers":{"orders":{"type":"http","url":"${url}/mcp"}}}`,
      Cursor: `{"mcpServers":{"orders":{"url":"${url}/mcp"}}}`,
      MCP: `inspector --transport http --server-url ${url}/mcp`,
    });
  });

  it('includes the API key', () => {
    const { Claude, VS, MCP } = snippets({ auth: 'api-key', apiKey: 'k' });
    expect(Claude).toMatch(/ --header "x-api-key: k"$/);
    expect(JSON.parse(VS).servers.orders.headers).toEqual({ 'x-api-key': 'k' });
    expect(MCP).toMatch(/ --header "x-api-key: k"$/);
  });

  it('uses mcp-lambda connect if requests must be signed', () => {
    const { Claude, VS, MCP } = snippets({ auth: 'iam', as: 'admin' });
    expect(Claude).toBe(`claude mcp add orders -- npx -y -p cdk-mcp-lambda mcp-lambda connect ${url}/mcp --as admin`);
    expect(JSON.parse(VS).servers.orders).toMatchObject({ command: 'npx' });
    expect(MCP).toBeUndefined();
  });

  it('names the files of the clients, and the credentials as a shell script', () => {
    const report = text({ enforceAuth: true });
    expect(report).toContain('    Cursor (.cursor/mcp.json)\n');
    expect(report).toContain('  export AWS_REGION=eu-west-1\n');
    expect(report).toContain('  export AWS_ENDPOINT_URL=http://127.0.0.1:4000\n');
    expect(report).not.toContain('us-east-1');
  });

  it('uses the role of --as', () => {
    const agent = { accessKeyId: 'ASIAX', secretAccessKey: 's', sessionToken: 't' };
    const roles = [{ path: 'Orders/Agent', arn: 'arn:aws:iam::123456789012:role/Agent', credentials: agent }];
    const asAgent = { ...runner, roles } as Runner;
    const options = { enforceAuth: true, as: 'Orders/Agent' };
    const report = text(options, asAgent);
    expect(report).toContain(`mcp-lambda connect ${url}/mcp --as Orders/Agent`);
    expect(report).toContain('AWS credentials of Orders/Agent: eval "$(npx -p cdk-mcp-lambda mcp-lambda local --env)"');
    expect(report).toContain('  export AWS_SESSION_TOKEN=t\n');
    expect(describeRunner(asAgent, options)).toMatchObject({ credentials: agent, region: 'eu-west-1' });
  });
});
