import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findApp, synthesize } from '../../../local/assembly/app.js';
import { assetPaths } from '../../../local/assembly/manifest.js';

let cwd: string;
let workDir: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'app-test-'));
  workDir = mkdtempSync(join(tmpdir(), 'work-test-'));
});
afterEach(() => {
  for (const directory of [cwd, workDir]) rmSync(directory, { recursive: true, force: true });
});

describe('findApp', () => {
  it('returns an existing directory or template, or else a command', () => {
    mkdirSync(join(cwd, 'cdk.out'));
    expect(findApp('cdk.out', cwd)).toEqual({ directory: join(cwd, 'cdk.out') });
    writeFileSync(join(cwd, 'template.json'), '{}');
    expect(findApp('template.json', cwd)).toEqual({ template: join(cwd, 'template.json') });
    expect(findApp('npx tsx app.ts', cwd)).toEqual({ command: 'npx tsx app.ts' });
  });

  it('uses app of cdk.json by default', () => {
    writeFileSync(join(cwd, 'cdk.json'), '{"app":"node app.js"}');
    expect(findApp(undefined, cwd)).toEqual({ command: 'node app.js' });
  });

  it('rejects an invalid cdk.json', () => {
    writeFileSync(join(cwd, 'cdk.json'), '{ "app": ');
    expect(() => findApp(undefined, cwd)).toThrow(`${join(cwd, 'cdk.json')} is not valid JSON: `);
  });

  it('rejects a missing app', () => {
    expect(() => findApp(undefined, cwd)).toThrow('no app specified: pass --app');
  });
});

describe('synthesize', () => {
  const run = (command: string, onOutput: (text: string) => void = () => {}) =>
    synthesize({ command }, { cwd, workDir, onOutput });
  const script = (text: string) => {
    writeFileSync(join(cwd, 'app.cjs'), text);
    return `"${process.execPath}" app.cjs`;
  };

  it('returns an existing directory', async () => {
    const options = { cwd, workDir, onOutput: () => {} };
    expect(await synthesize({ directory: '/some/cdk.out' }, options)).toBe('/some/cdk.out');
  });

  it('runs a command with the environment variables of the CDK CLI', async () => {
    writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { flag: true, both: 'cdk.json' } }));
    writeFileSync(
      join(cwd, 'cdk.context.json'),
      JSON.stringify({ 'availability-zones': ['a'], both: 'cdk.context.json' }),
    );
    const directory = await run(
      script(`
        const { CDK_OUTDIR, CDK_CONTEXT_JSON, CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = process.env;
        const seen = { context: JSON.parse(CDK_CONTEXT_JSON), CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION, cwd: process.cwd() };
        require('fs').writeFileSync(CDK_OUTDIR + '/manifest.json', JSON.stringify(seen));
      `),
    );
    expect(directory.startsWith(workDir)).toBe(true);
    expect(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))).toMatchObject({
      context: {
        flag: true,
        both: 'cdk.context.json',
        'availability-zones': ['a'],
        'aws:cdk:enable-path-metadata': true,
        'aws:cdk:enable-asset-metadata': true,
        'aws:cdk:disable-asset-staging': true,
      },
      CDK_DEFAULT_ACCOUNT: process.env.CDK_DEFAULT_ACCOUNT ?? '123456789012',
      CDK_DEFAULT_REGION: process.env.CDK_DEFAULT_REGION ?? 'us-east-1',
      cwd,
    });
  });

  /** A process like jsii's: it writes a cloud assembly, and deletes its temporary directory, with assets of packages, when it ends. */
  const JSII = `
    const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('fs');
    const kernel = mkdtempSync(require('os').tmpdir() + '/jsii-kernel-');
    process.once('exit', () => rmSync(kernel, { recursive: true }));
    for (const [path, text] of [['handler/index.js', 'code'], ['layer.zip', 'layer']]) {
      mkdirSync(require('path').dirname(kernel + '/' + path), { recursive: true });
      writeFileSync(kernel + '/' + path, text);
    }
    const write = (directory, path, artifacts) => {
      mkdirSync(directory, { recursive: true });
      const files = { abc: { source: { path, packaging: 'zip' }, destinations: { here: { objectKey: 'abc.zip' } } } };
      writeFileSync(directory + '/Shop.assets.json', JSON.stringify({ files }));
      writeFileSync(directory + '/Shop.template.json', '{}');
      writeFileSync(directory + '/manifest.json', JSON.stringify({ artifacts: {
        Assets: { type: 'cdk:asset-manifest', properties: { file: 'Shop.assets.json' } },
        Shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Shop.template.json' }, dependencies: ['Assets'] },
        ...artifacts,
      } }));
    };
    const out = process.env.CDK_OUTDIR;
    write(out + '/assembly-Stage', kernel + '/layer.zip');
    write(out, kernel + '/handler', { Stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } } });
  `;

  it.each([
    ['when the command ends', JSII],
    [
      'after the command has ended',
      `require('fs').writeFileSync('jsii.cjs', ${JSON.stringify(`${JSII}; process.send('written'); process.disconnect(); setTimeout(() => {}, 500)`)});
       const child = require('child_process').fork('jsii.cjs', { detached: true });
       child.once('message', () => process.exit());`,
    ],
  ])('keeps assets that jsii deletes %s', async (_, text) => {
    const directory = await run(script(text));
    expect(assetPaths(directory).sort()).toEqual(
      [join(directory, 'asset.abc'), join(directory, 'assembly-Stage', 'asset.abc.zip')].sort(),
    );
    expect(readFileSync(join(directory, 'asset.abc', 'index.js'), 'utf8')).toBe('code');
    expect(readFileSync(join(directory, 'assembly-Stage', 'asset.abc.zip'), 'utf8')).toBe('layer');
  });

  it('runs the command again if it deletes assets', async () => {
    const output: string[] = [];
    const command = script(`
      const { mkdirSync, writeFileSync } = require('fs');
      const { CDK_OUTDIR: out, CDK_CONTEXT_JSON } = process.env;
      const staged = !JSON.parse(CDK_CONTEXT_JSON)['aws:cdk:disable-asset-staging'];
      if (staged) mkdirSync(out + '/asset.abc');
      const assets = { abc: { source: { path: staged ? 'asset.abc' : '/deleted' }, destinations: { here: { objectKey: 'abc.zip' } } } };
      writeFileSync(out + '/Shop.assets.json', JSON.stringify({ files: assets }));
      writeFileSync(out + '/Shop.template.json', '{}');
      writeFileSync(out + '/manifest.json', JSON.stringify({ artifacts: {
        Assets: { type: 'cdk:asset-manifest', properties: { file: 'Shop.assets.json' } },
        Shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Shop.template.json' }, dependencies: ['Assets'] },
      } }));`);
    const directory = await run(command, (text) => output.push(text));
    expect(assetPaths(directory)).toEqual([join(directory, 'asset.abc')]);
    expect(output).toEqual(['the command has deleted assets of the app: running it again with copies of them']);
  });

  it('reports the output and exit code of the command', async () => {
    const output: string[] = [];
    const command = script(`console.log('on out'); console.error('on err'); process.exit(7);`);
    await expect(run(command, (text) => output.push(text))).rejects.toThrow("the app's command failed (exit code 7): ");
    expect(output.toSorted()).toEqual(['on err', 'on out']);
  });

  it('includes the error of the command in the message', async () => {
    const command = script(`throw new Error('\\u001b[1mno lamps\\u001b[m')`);
    await expect(run(command)).rejects.toThrow(`the app's command failed (exit code 1): ${command}\n  Error: no lamps`);
  });

  it('reports complete lines without empty ones', async () => {
    const output: string[] = [];
    const command = script(`
      const pieces = ['Trace', 'back \\u201e', 'x\\u201c:\\n  ', '^^', '^\\n\\n\\u001b[0m', '\\nno line end'];
      const next = () => pieces.length > 0 && process.stderr.write(pieces.shift(), () => setTimeout(next, 20));
      next();
      process.exitCode = 1;
    `);
    await expect(run(command, (text) => output.push(text))).rejects.toThrow('exit code 1');
    expect(output).toEqual(['Traceback „x“:', '  ^^^', 'no line end']);
  });

  it('reports a mistyped directory', async () => {
    await expect(run('cdk.outt')).rejects.toThrow(
      '(exit code 127): cdk.outt, which is neither a command nor a directory',
    );
  });

  it('can be aborted', async () => {
    const controller = new AbortController();
    const command = script(`console.log('started'); setTimeout(() => {}, 60_000)`);
    const onOutput = () => controller.abort();
    const running = synthesize({ command }, { cwd, workDir, onOutput, signal: controller.signal });
    await expect(running).rejects.toThrow('aborted');
  });
});
