import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { returning, runCdkApp, serve } from './support.js';

/** Creates a directory for an asset. */
function asset(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'asset-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), text);
    chmodSync(join(directory, file), 0o755);
  }
  return directory;
}

/** A custom runtime in Node.js that returns the event. */
const BOOTSTRAP = `#!${process.execPath}
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
(async () => {
  for (;;) {
    const next = await fetch(api + 'next');
    const id = next.headers.get('lambda-runtime-aws-request-id');
    await fetch(api + id + '/response', { method: 'POST', body: JSON.stringify('bootstrap') });
  }
})();
`;

describe('the functions of an app', () => {
  it('run with layers of the app; others are named', async () => {
    const foreign = 'arn:aws:lambda:us-east-1:111122223333:layer:powertools:7';
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const layer = (id: string, name: string) =>
        new lambda.LayerVersion(stack, id, {
          code: lambda.Code.fromAsset(
            asset({ [`nodejs/node_modules/${name}/index.js`]: `module.exports = '${name}';` }),
          ),
        });
      const layers = [layer('A', 'first'), layer('B', 'second')];
      const both = returning(stack, 'Both', "require('first') + require('second')", { layers });
      const missing = returning(stack, 'Missing', "require('powertools')", {
        layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'Powertools', foreign)],
      });
      serve(stack, { both, missing });
    });
    expect(await app.call('both')).toBe('firstsecond');
    expect(app.reasonOf('Shop/Missing')).toBe(`runs without its layer ${foreign}`);
    expect(await app.call('missing')).toMatch(/^error: /);
    expect(app.runner.logs.map(({ text }) => text)).toContain(
      `failed without its layers ${foreign}, which are not part of the app`,
    );
  });

  it('run in other languages if they have a program for this machine; others are named and fail when called', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const repository = ecr.Repository.fromRepositoryName(stack, 'Repository', 'shop');
      const image = new lambda.DockerImageFunction(stack, 'Image', {
        code: lambda.DockerImageCode.fromEcr(repository),
      });
      const own = (id: string, runtime: lambda.Runtime, files: Record<string, string>) =>
        new lambda.Function(stack, id, { runtime, handler: 'app.handler', code: lambda.Code.fromAsset(asset(files)) });
      serve(stack, {
        image,
        own: own('Own', lambda.Runtime.PROVIDED_AL2023, { bootstrap: BOOTSTRAP }),
        ruby: own('Ruby', lambda.Runtime.RUBY_3_4, { 'app.rb': '' }),
        dotnet: own('Dotnet', lambda.Runtime.DOTNET_8, { 'app.dll': '' }),
        callback: returning(stack, 'Callback', '', {
          runtime: lambda.Runtime.NODEJS_20_X,
          code: lambda.Code.fromInline(
            'exports.handler = (event, context, callback) => callback(null, "called back");',
          ),
        }),
      });
    });
    expect(await app.call('own')).toBe('bootstrap');
    expect(await app.call('callback')).toBe('called back');
    expect(await app.call('ruby')).toContain('runtime ruby3.4 is not supported by the local runner');
    expect(await app.call('image')).toContain('container images are not supported by the local runner');
    expect([...app.runner.unavailable.values()].flat().sort()).toEqual(['Shop/Dotnet', 'Shop/Image', 'Shop/Ruby']);
  });

  it('run as CommonJS inside a project of ES modules, because Lambda does not see its package.json', async () => {
    await using app = await runCdkApp((cdk) => {
      writeFileSync(join(cdk.outdir, 'package.json'), '{ "type": "module" }');
      const stack = new Stack(cdk, 'Shop');
      const fn = (id: string, files: Record<string, string>) =>
        returning(stack, id, '', { code: lambda.Code.fromAsset(asset(files)) });
      serve(stack, {
        cjs: fn('Cjs', {
          'index.js': "const { text } = require('./lib/text.js'); exports.handler = async () => text;",
          'lib/text.js': "module.exports = { text: 'cjs' };",
        }),
        esm: fn('Esm', { 'index.js': "export const handler = async () => 'esm';" }),
        typed: fn('Typed', {
          'index.js': "export const handler = async () => 'typed';",
          'package.json': '{ "type": "module" }',
        }),
      });
    });
    expect(await app.call('cjs')).toBe('cjs');
    expect(await app.call('esm')).toBe('esm');
    expect(await app.call('typed')).toBe('typed');
  });

  it('fail when called if a property cannot be resolved', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const layer = new CfnParameter(stack, 'LayerArn').valueAsString;
      const fn = returning(stack, 'Layered', '1', {
        layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'Layer', layer)],
      });
      serve(stack, { layered: fn });
    });
    expect(await app.call('layered')).toContain(
      'parameter LayerArn has no default value: pass --parameters LayerArn=<value>',
    );
    expect(app.reasonOf('Shop/Layered')).toBe('parameter LayerArn has no default value');
  });

  it('have the tool and the request in their log lines', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      serve(stack, { greet: returning(stack, 'Hello', "console.log('greeting') || 'hello'") });
    });
    await app.call('greet');
    await expect
      .poll(() => app.runner.logs.find(({ text }) => text === 'greeting'))
      .toMatchObject({
        tool: 'greet',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
  });
});

const listening = (port: number) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });

/** Returns a free port, and a server that listens on the next one. */
async function freePortBeforeTaken(): Promise<{ port: number; taken: Server }> {
  for (;;) {
    const taken = await listening(0);
    const port = (taken.address() as AddressInfo).port - 1;
    const free = await listening(port).catch(() => undefined); // other tests listen on ports, too
    if (free) {
      await new Promise((closed) => free.close(closed));
      return { port, taken };
    }
    taken.close();
  }
}

describe('the ports of an app', () => {
  it('are the given one for the MCP server, and the next free ones for APIs before it', async () => {
    const { port, taken } = await freePortBeforeTaken();
    await using app = await runCdkApp(
      (cdk) => {
        const stack = new Stack(cdk, 'Shop');
        const hello = returning(stack, 'Hello', "({ statusCode: 200, body: 'api' })");
        new apigateway.LambdaRestApi(stack, 'First', {
          handler: hello,
          defaultCorsPreflightOptions: { allowOrigins: ['https://shop.example'] },
        });
        serve(stack, { hello: returning(stack, 'Tool', "'tool'") });
      },
      { port },
    );
    expect(app.runner.servers[0]!.mcp).toBe(`http://127.0.0.1:${port}/prod/mcp`);
    const [{ name, url }] = app.runner.otherApis as [{ name: string; url: string }];
    expect([name, Number(new URL(url).port) > port + 1]).toEqual(['First', true]);
    expect(await (await fetch(`${url}/`)).text()).toBe('api');
    const preflight = await fetch(`${url}/x`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://shop.example',
    ]);
    expect(app.runner.notRun).toEqual([]);
    expect(await app.call('hello')).toBe('tool');
    taken.close();
  });
});
