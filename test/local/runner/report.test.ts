import { describe, expect, it } from 'vitest';
import { connectSnippets } from '../../../local/report/snippets.js';
import { jsonReport, startReport } from '../../../local/report/start.js';
import type { Runner } from '../../../local/runner.js';

const url = 'http://127.0.0.1:3001/prod';
const server = {
  name: 'orders',
  apiId: 'a1b2c3d4e5',
  url,
  mcp: `${url}/mcp`,
  register: `${url}/register`,
  authorization: 'AWS_IAM',
  apiKeys: [],
};
const admin = { accessKeyId: 'AKIAX', secretAccessKey: 's3cret' };
const runner = {
  servers: [
    { ...server, sse: `${url}/sse`, message: `${url}/message` },
    { ...server, name: 'billing', apiKeys: ['k'] },
  ],
  admin,
  region: 'eu-west-1',
  awsEndpointUrl: 'http://127.0.0.1:4000',
  outputs: { Stack: { Url: url } },
  unavailable: new Map([['runtime ruby3.4 is not supported', ['App/One', 'App/Two']]]),
  notRun: ['M1', 'M2', 'M3', 'M4'].map((path) => ({
    path,
    type: 'AWS::Lambda::EventSourceMapping',
    reason: 'event sources do not trigger functions here',
    remedy: 'call the tool',
  })),
  skippedStacks: [{ name: 'Irish', environment: 'aws://111122223333/eu-west-1' }],
  tools: [
    { name: 'lookup_order', functionArn: 'a', functionPath: 'App/Lookup', runtime: 'python3.12' },
    { name: 'cancel', functionArn: 'b', functionPath: 'App/One', runtime: 'ruby3.4' },
    { name: 'bill', functionArn: 'arn:aws:other', functionPath: 'arn:aws:other' },
  ],
  issuers: [],
  otherApis: [{ name: 'Shop', url: 'http://127.0.0.1:3002/prod' }],
  resources: {
    emulated: new Map([['AWS::Lambda::Function', ['A', 'B']]]),
    accepted: new Map([['AWS::KMS::Key', ['Key']]]),
    unsupported: new Map([['AWS::Lambda::EventSourceMapping', ['App/Mapping']]]),
  },
} as Partial<Runner> as Runner;

describe('startReport', () => {
  const report = startReport(runner, { enforceAuth: false, inspector: 'npm run inspector --' });

  it('lists each server with its URLs', () => {
    expect(report).toContain(
      `orders\n  Streamable HTTP  ${url}/mcp\n  HTTP+SSE         ${url}/sse\n  Registration     ${url}/register\n`,
    );
    expect(report).toContain(
      `billing\n  Streamable HTTP  ${url}/mcp\n  Registration     ${url}/register\n  x-api-key        k\n`,
    );
  });

  it('lists emulated and accepted resources, and what does not run with its reason and remedy', () => {
    expect(report).toContain(
      `Emulated: Lambda::Function ×2
Accepted, without effect: KMS::Key
Not run here:
  M1, M2, M3 and 1 more (Lambda::EventSourceMapping): event sources do not trigger functions here. To run it: call the tool
  App/One, App/Two: runtime ruby3.4 is not supported
  stack Irish: its environment is aws://111122223333/eu-west-1. To run it: --stack Irish
`,
    );
  });

  it('lists the tools with their functions, and other REST APIs', () => {
    expect(report).toContain(`Tools
  lookup_order  App/Lookup     python3.12
  cancel        App/One        does not run here
  bill          arn:aws:other  not part of the app

Other REST APIs
  Shop  http://127.0.0.1:3002/prod
`);
  });

  it('explains how to stop, and reports a missing server', () => {
    expect(report).toContain('Press Ctrl-C to stop');
    expect(startReport({ ...runner, servers: [] }, { enforceAuth: false, inspector: '' })).toContain(
      'No MCP server found',
    );
  });
});

describe('jsonReport', () => {
  it('returns one line with the first server and all servers', () => {
    const text = jsonReport(runner, { enforceAuth: false });
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toMatchObject({
      url,
      mcp: `${url}/mcp`,
      sse: `${url}/sse`,
      message: `${url}/message`,
      register: `${url}/register`,
      servers: [{ name: 'orders' }, { name: 'billing', apiKeys: ['k'] }],
      outputs: { Stack: { Url: url } },
      unavailable: [{ functions: ['App/One', 'App/Two'], reason: 'runtime ruby3.4 is not supported' }],
    });
    expect(JSON.parse(text).credentials).toBeUndefined();
  });

  it('includes the credentials if requests must be signed', () => {
    expect(JSON.parse(jsonReport(runner, { enforceAuth: true })).credentials).toEqual(admin);
  });
});

describe('issuers', () => {
  const issuers = [{ local: 'http://127.0.0.1:3101/login.example.com', remote: 'https://login.example.com' }];
  const signIn = { ...runner, issuers, servers: [{ ...server, authorization: 'CUSTOM' }] };

  it('are listed with those that they replace, and the command that prints a token', () => {
    const report = startReport(signIn as Runner, { enforceAuth: true, inspector: 'inspector' });
    expect(report).toContain(
      'Issuers\n  http://127.0.0.1:3101/login.example.com instead of https://login.example.com\n',
    );
    expect(report).toContain(`  Token            npx -p cdk-mcp-lambda mcp-lambda token --url ${url}/mcp\n`);
    expect(report).toContain(`claude mcp add --transport http orders ${url}/mcp`); // the client signs in by itself
    expect(JSON.parse(jsonReport(signIn as Runner, { enforceAuth: true })).issuers).toEqual(issuers);
  });
});

describe('connectSnippets', () => {
  const snippets = (options: { apiKeys?: string[]; sign?: boolean } = {}) => {
    const { apiKeys = [], sign } = options;
    const signWith = sign ? { ...admin, region: 'eu-west-1' } : undefined;
    const all = connectSnippets({ ...server, apiKeys }, { inspector: 'inspector', signWith });
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
    const { Claude, VS, MCP } = snippets({ apiKeys: ['k'] });
    expect(Claude).toMatch(/ --header "x-api-key: k"$/);
    expect(JSON.parse(VS).servers.orders.headers).toEqual({ 'x-api-key': 'k' });
    expect(MCP).toMatch(/ --header "x-api-key: k"$/);
  });

  it('uses mcp-lambda connect if requests must be signed', () => {
    const { Claude, VS } = snippets({ sign: true });
    expect(Claude).toBe(
      `claude mcp add orders -e AWS_ACCESS_KEY_ID=AKIAX -e AWS_SECRET_ACCESS_KEY=s3cret -e AWS_REGION=eu-west-1 -- npx -y -p cdk-mcp-lambda mcp-lambda connect ${url}/mcp`,
    );
    expect(JSON.parse(VS).servers.orders).toMatchObject({ command: 'npx', env: { AWS_ACCESS_KEY_ID: 'AKIAX' } });
  });

  it('names the files of the clients', () => {
    const report = startReport(runner, { enforceAuth: true, inspector: 'inspector' });
    expect(report).toContain('    Cursor (.cursor/mcp.json), Claude Desktop (claude_desktop_config.json)\n');
    expect(report).toContain('"AWS_REGION":"eu-west-1"');
    expect(report).not.toContain('us-east-1');
  });
});
