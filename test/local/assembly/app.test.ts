import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findApp, synthesise } from '../../../local/assembly/app.js';

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
  it('takes a directory or a template for what it is, and everything else for a command', () => {
    mkdirSync(join(cwd, 'cdk.out'));
    expect(findApp('cdk.out', cwd)).toEqual({ directory: join(cwd, 'cdk.out') });
    writeFileSync(join(cwd, 'template.json'), '{}');
    expect(findApp('template.json', cwd)).toEqual({ template: join(cwd, 'template.json') });
    expect(findApp('npx tsx app.ts', cwd)).toEqual({ command: 'npx tsx app.ts' });
  });

  it("falls back to cdk.json's app", () => {
    writeFileSync(join(cwd, 'cdk.json'), '{"app":"node app.js"}');
    expect(findApp(undefined, cwd)).toEqual({ command: 'node app.js' });
  });

  it('names a cdk.json that is no JSON', () => {
    writeFileSync(join(cwd, 'cdk.json'), '{ "app": ');
    expect(() => findApp(undefined, cwd)).toThrow(`${join(cwd, 'cdk.json')} has to be JSON: `);
  });

  it('says what to do without any', () => {
    expect(() => findApp(undefined, cwd)).toThrow('there is no app: name one with --app');
  });
});

describe('synthesise', () => {
  const run = (command: string, onOutput: (text: string) => void = () => {}) =>
    synthesise({ command }, { cwd, workDir, onOutput });
  const script = (text: string) => {
    writeFileSync(join(cwd, 'app.cjs'), text);
    return `"${process.execPath}" app.cjs`;
  };

  it('leaves a directory alone', async () => {
    const options = { cwd, workDir, onOutput: () => {} };
    expect(await synthesise({ directory: '/some/cdk.out' }, options)).toBe('/some/cdk.out');
  });

  it('runs a command as the CDK command line does', async () => {
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
      },
      CDK_DEFAULT_ACCOUNT: process.env.CDK_DEFAULT_ACCOUNT ?? '123456789012',
      CDK_DEFAULT_REGION: process.env.CDK_DEFAULT_REGION ?? 'us-east-1',
      cwd,
    });
  });

  it('hands on what the command prints, and that it failed', async () => {
    const output: string[] = [];
    const command = script(`console.log('on out'); console.error('on err'); process.exit(7);`);
    await expect(run(command, (text) => output.push(text))).rejects.toThrow("the app's command failed (exit code 7): ");
    expect(output.toSorted()).toEqual(['on err', 'on out']);
  });

  it('repeats why the command failed', async () => {
    const command = script(`throw new Error('\\u001b[1mno lamps\\u001b[m')`);
    await expect(run(command)).rejects.toThrow(`the app's command failed (exit code 1): ${command}\n  Error: no lamps`);
  });

  it('hands on whole lines, however they were written, and no empty ones', async () => {
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

  it('says that a mistyped directory is no directory', async () => {
    await expect(run('cdk.outt')).rejects.toThrow('(exit code 127): cdk.outt, which is no directory either');
  });

  it('can be ended', async () => {
    const ending = new AbortController();
    const command = script('setTimeout(() => {}, 60_000)');
    const running = synthesise({ command }, { cwd, workDir, onOutput: () => {}, signal: ending.signal });
    setTimeout(() => ending.abort(), 100);
    await expect(running).rejects.toThrow('aborted');
  });
});
