import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/** Synthesises the TypeScript example. Returns the folder of the cloud assembly. */
export function synthesiseExample(): string {
  const directory = mkdtempSync(join(tmpdir(), 'example-'));
  execFileSync(process.execPath, [resolve('node_modules/tsx/dist/cli.mjs'), 'app.ts'], {
    cwd: 'examples/typescript',
    env: { ...process.env, CDK_OUTDIR: directory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return directory;
}

/** Copies a cloud assembly and changes a template. The template gets a new content hash, so that it is uploaded. */
export function changed(assembly: string, stack: string, change: (template: any) => void): string {
  const directory = mkdtempSync(join(tmpdir(), 'changed-'));
  cpSync(assembly, directory, { recursive: true });
  const file = (name: string) => join(directory, name);

  const name = `${stack}.template.json`;
  const template = JSON.parse(readFileSync(file(name), 'utf8'));
  change(template);
  const text = JSON.stringify(template);
  writeFileSync(file(name), text);

  const { files } = JSON.parse(readFileSync(file(`${stack}.assets.json`), 'utf8'));
  const old = Object.keys(files).find((hash) => files[hash].source.path === name)!;
  const hash = createHash('sha256').update(text).digest('hex');
  for (const manifest of ['manifest.json', `${stack}.assets.json`]) {
    writeFileSync(file(manifest), readFileSync(file(manifest), 'utf8').replaceAll(old, hash));
  }
  return directory;
}

/** Synthesises functions of another team, one of which has the opt-in tag. Returns the folder of the cloud assembly. */
export function warehouse(): string {
  const app = new App();
  const stack = new Stack(app, 'Warehouse');
  for (const functionName of ['stock-level', 'untagged']) {
    const fn = new lambda.Function(stack, functionName, {
      functionName,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async ({ item }) => ({ item, pieces: 3 });'),
    });
    if (functionName === 'stock-level') Tags.of(fn).add('mcp-server', 'orders');
  }
  return app.synth().directory;
}

/** A change for {@link changed}: removes the conditions that limit AddPermission and RemovePermission by principal. */
export function withoutPrincipalCondition(template: any): void {
  for (const { Type, Properties } of Object.values<any>(template.Resources)) {
    if (Type !== 'AWS::IAM::Policy') continue;
    for (const { Condition = {} } of Properties.PolicyDocument.Statement) {
      delete Condition.StringEquals?.['lambda:Principal'];
      delete Condition.StringLike?.['lambda:Principal'];
    }
  }
}

/** A change for {@link changed}: removes the alarms of more than one metric. */
export function withoutMetricMath(template: any): void {
  for (const [id, { Type, Properties }] of Object.entries<any>(template.Resources)) {
    if (Type === 'AWS::CloudWatch::Alarm' && Properties.Metrics) delete template.Resources[id];
  }
}
