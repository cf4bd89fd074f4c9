import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, it } from 'vitest';
import { regionOf } from '../../../local/connect/signer.js';
import { CREDENTIALS, type ReceivedRequest, type ScriptedResponse, startSignedServer } from './signed-server.js';

const tools = [{ name: 'echo', inputSchema: { type: 'object' } }];
const respond = ({ message: { id, method, params } }: ReceivedRequest): ScriptedResponse => {
  const reply = (result: object) => ({ jsonrpc: '2.0', id, result });
  if (id === undefined) return { status: 202 };
  if (method === 'initialize') {
    const { protocolVersion } = params;
    return { json: reply({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }) };
  }
  if (method === 'tools/list') return { json: reply({ tools }) };
  return { events: [reply({ content: [{ type: 'text', text: params.arguments.text }] })] };
};

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

async function transportTo(env: Record<string, string>, args: string[] = []) {
  const server = await startSignedServer(respond);
  stop = server.stop;
  return new StdioClientTransport({
    command: process.execPath,
    args: [resolve('bin/mcp-lambda'), 'connect', server.url, ...args],
    env: { PATH: process.env.PATH!, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent', ...env },
    stderr: 'pipe',
  });
}
const keys = { AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey };

describe('mcp-lambda connect', () => {
  it('is a stdio server for MCP clients', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(await transportTo(keys, ['--region', 'eu-west-1']));
    expect((await client.listTools()).tools).toEqual(tools);
    const { content } = await client.callTool({ name: 'echo', arguments: { text: 'grüße 🙂' } });
    expect(content).toEqual([{ type: 'text', text: 'grüße 🙂' }]);
    await client.close();
  });

  it('returns the error for a rejected signature to the client', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const transport = await transportTo({ ...keys, AWS_SECRET_ACCESS_KEY: 'wrong', AWS_REGION: 'eu-west-1' });
    await expect(client.connect(transport)).rejects.toThrow(
      /returned 403: The request signature we calculated does not match/,
    );
    await client.close();
  });

  it('exits with an error without credentials', async () => {
    const transport = await transportTo({ AWS_REGION: 'eu-west-1' });
    let err = '';
    transport.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    await expect(new Client({ name: 'test', version: '1' }).connect(transport)).rejects.toThrow('Connection closed');
    expect(err).toMatch(/^mcp-lambda: .*[Cc]redential/);
  });
});

describe('regionOf', () => {
  it.each([
    ['https://abc.execute-api.eu-central-1.amazonaws.com/prod/mcp', undefined, 'eu-central-1'],
    ['https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod/mcp', undefined, 'cn-north-1'],
    ['https://abc.lambda-url.eu-central-1.on.aws/mcp', undefined, 'eu-central-1'],
    ['https://abc.execute-api.eu-central-1.amazonaws.com/prod/mcp', 'us-west-2', 'us-west-2'],
  ])('returns the region of %s, given %s: %s', (url, given, region) => {
    expect(regionOf(new URL(url), given)).toBe(region);
  });

  it('requires --region if the host name does not contain the region', () => {
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    delete process.env.AWS_REGION;
    delete process.env.AWS_DEFAULT_REGION;
    expect(() => regionOf(new URL('https://mcp.example.com/mcp'), undefined)).toThrow(
      'cannot determine the region of mcp.example.com: pass --region',
    );
    Object.assign(process.env, JSON.parse(JSON.stringify({ AWS_REGION, AWS_DEFAULT_REGION })));
  });
});
