import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpLambdaServer, McpSchema } from 'cdk-mcp-lambda';
import { expect, test } from 'vitest';
import { readTemplate } from './support/templates';

test('a Go app builds with the generated module and synthesises the same template', () => {
  const directory = mkdtempSync(join(tmpdir(), 'go-'));
  cpSync('test/interop/go', directory, { recursive: true });
  const pacmak = ['node_modules/jsii-pacmak/bin/jsii-pacmak', '--code-only', '-t', 'go', '--outdir', directory];
  execFileSync(process.execPath, pacmak, { stdio: 'inherit' });
  const options = { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] as ('ignore' | 'inherit')[] };
  execFileSync('go', ['build', '-o', 'app', '.'], options);
  const output = join(directory, 'cdk.out');
  execFileSync(join(directory, 'app'), { ...options, env: { ...process.env, CDK_OUTDIR: output } });

  expect(parsed(readTemplate(output, 'Shop'))).toEqual(parsed(readTemplate(inTypeScript(), 'Shop')));
});

/** Synthesises the app of go/main.go in TypeScript. */
function inTypeScript(): string {
  const app = new App();
  const stack = new Stack(app, 'Shop');
  const echo = new lambda.Function(stack, 'echo', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async ({ message }) => message;'),
  });
  new McpLambdaServer(stack, 'Mcp', { serverName: 'shop' }).addTool(echo, {
    name: 'echo',
    description: 'Returns the message',
    inputSchema: McpSchema.fromObject({
      type: 'object',
      properties: { message: { type: 'string' } },
      required: ['message'],
    }),
    annotations: { readOnlyHint: true },
  });
  return app.synth().directory;
}

/** Parses tool definitions, because Go sorts the keys of maps. */
function parsed(template: any): any {
  for (const { Properties } of Object.values<any>(template.Resources)) {
    if (Properties.Definition) Properties.Definition = JSON.parse(Properties.Definition);
  }
  return template;
}
