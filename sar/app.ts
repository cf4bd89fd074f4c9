import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { App, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { conditional, type Template } from './conditional';
import { applicationMetadata } from './metadata';
import { ServerStack } from './stack';
import { withSubstitutions } from './substitutions';

const ROOT = join(__dirname, '..');

/** W1030: VpcId and SubnetIds default to empty and are unused if VpcEnabled is false. W3005: redundant DependsOn entries from the CDK. */
const LINT = { 'cfn-lint': { config: { ignore_checks: ['W1030', 'W3005'] } } };

/** A template, and the code folders of its functions by S3 key. */
interface Synthesised {
  readonly template: Template;
  readonly code: Map<string, string>;
}

/** Writes the application to a folder: a template for `sam package`, the code of the functions, the README and the licence. */
function writeApplication(directory: string): void {
  const off = synthesise(false);
  const on = synthesise(true);
  const { Resources, ...rest } = conditional(
    'VpcIsEnabled',
    { 'Fn::Equals': [{ Ref: 'VpcEnabled' }, 'true'] },
    on.template,
    off.template,
  );
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Transform: 'AWS::Serverless-2016-10-31',
    ...rest,
    Metadata: { ...applicationMetadata(), ...(rest.Metadata as object), ...LINT },
    Resources: localCode(Resources, on.code),
  };

  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const folder of on.code.values()) {
    cpSync(folder, join(directory, 'functions', basename(folder)), { recursive: true });
  }
  cpSync(join(__dirname, 'README.md'), join(directory, 'README.md'));
  cpSync(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'));
  writeFileSync(join(directory, 'template.json'), `${JSON.stringify(withSubstitutions(template), undefined, 1)}\n`);
}

function synthesise(inVpc: boolean): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'sar-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      context: { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-path-metadata': false },
    });
    const { templateFile } = new ServerStack(app, 'McpLambdaServer', {
      inVpc,
      description: 'An MCP server: every Lambda function is a tool',
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });
    app.synth();
    const read = (file: string) => JSON.parse(readFileSync(join(outdir, file), 'utf8'));
    const { files } = read(templateFile.replace('template.json', 'assets.json'));
    const folders = Object.values<any>(files).filter(({ source }) => source.packaging === 'zip');
    const code = folders.map(({ source, destinations }): [string, string] => {
      const [{ objectKey }] = Object.values<any>(destinations);
      return [objectKey, source.path];
    });
    return { template: read(templateFile), code: new Map(code) };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Replaces S3 keys with local folders as the code location of the functions. */
function localCode(resources: Template['Resources'], code: Map<string, string>): Template['Resources'] {
  const entries = Object.entries<any>(resources).map(([id, resource]) => {
    const folder = code.get(resource.Properties?.Code?.S3Key);
    if (!folder) return [id, resource];
    return [id, { ...resource, Properties: { ...resource.Properties, Code: `./functions/${basename(folder)}` } }];
  });
  return Object.fromEntries(entries);
}

const directory = process.argv[2] ?? join(ROOT, 'dist', 'sar');
writeApplication(directory);
console.error(`· wrote template.json, functions/, README.md and LICENSE to ${relative('', directory)}`);
