import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFailed, test } from 'vitest';
import type { Template } from '../../local/assembly/template';
import { checks } from '../../scripts/verify-on-aws/checks/index.mjs';
import { rows } from '../../scripts/verify-on-aws/doc-rows.mjs';
import { report } from '../../scripts/verify-on-aws/report.mjs';
import { LocalTarget } from '../../scripts/verify-on-aws/targets/local-target.mjs';
import { type Verification, verify } from '../../scripts/verify-on-aws/verify.mjs';

/*
 * Runs `npm run verify:aws` on the local runner, so that a failure on AWS points to AWS and not to the checks.
 */
const targets: LocalTarget[] = [];
afterEach(async () => {
  for (const target of targets.splice(0)) await target.close();
});

function run(name: string, ids?: number[], modifyTemplate?: (template: Template) => Template): Promise<Verification> {
  const target = new LocalTarget(name, { modifyTemplate });
  targets.push(target);
  const output: string[] = [];
  onTestFailed(() => console.error(output.join('\n'))); // shows which check did not finish
  const log = (text: string) => void output.push(text);
  const chosen = checks.filter(({ id }) => ids?.includes(id) ?? true);
  const needs = (option: string) => chosen.some((check) => check.option === option);
  return verify({ run: name, target, checks: chosen, oauth: needs('oauth'), urls: needs('urls'), log });
}

const outcomes = ({ results }: Verification) => Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]));
const detail = ({ results }: Verification, id: number) => results.find((result) => result.id === id)!.detail;

test('the documentation and the script list the same checks in the same order', () => {
  const page = rows();
  expect(page.length).toBeGreaterThan(15);
  const listed = page.filter(({ by }) => by !== 'by hand').map(({ id, claim, by }) => ({ id, claim, by }));
  const inScript = checks.map(({ id, claim, option }) => ({ id, claim, by: option ? `--${option}` : 'script' }));
  const withOptionsLast = <T extends { by: string }>(list: T[]) =>
    [true, false].flatMap((isDefault) => list.filter(({ by }) => (by === 'script') === isDefault));
  expect(withOptionsLast(inScript)).toEqual(listed);
  expect(page.slice(listed.length).map(({ by }) => by)).toEqual(page.slice(listed.length).map(() => 'by hand'));
  expect(new Set(page.map(({ id }) => id)).size).toBe(page.length);
  // the command of the first ten minutes runs the first section
  const text = readFileSync(join(import.meta.dirname, '../../docs/verify-on-aws.md'), 'utf8');
  const [, only] = /--only ([\d,]+)\n/.exec(text.slice(text.indexOf('## 1.')))!;
  expect(only!.split(',').map(Number)).toEqual(page.slice(0, 6).map(({ id }) => id));
});

test('each check passes on the local runner or explains why it is skipped', async () => {
  const verification = await run('whole');
  const expected = checks.map(({ id, awsOnly }) => [id, awsOnly ? 'skipped' : 'pass']);
  expect(outcomes(verification), JSON.stringify(verification, null, 1)).toEqual(Object.fromEntries(expected));
  for (const { detail } of verification.results) expect(detail).not.toBe('');
  expect(verification.remainingStacks).toEqual([]);
});

test('each check detects a fault of the template without stopping the others', async () => {
  const verification = await run('faults', [6, 13, 14, 16, 24, 28, 31, 33], (template) => {
    for (const { Type, Properties } of Object.values<any>(template.Resources)) {
      if (Type === 'AWS::ApiGateway::GatewayResponse') Properties.StatusCode = '500'; // API Gateway's own
      if (Type !== 'AWS::IAM::Policy') continue;
      for (const statement of Properties.PolicyDocument.Statement) {
        const { StringEquals, 'ForAllValues:StringEquals': keys } = statement.Condition ?? {};
        delete StringEquals?.['lambda:Principal']; // excessive: any principal
        if (keys) delete statement.Condition; // excessive: any key
        if (statement.Action.includes('s3:PutObject')) statement.Action = 's3:GetObject'; // missing
      }
    }
    return template;
  });
  expect(outcomes(verification)).toEqual({
    ...{ 6: 'fail', 13: 'fail', 14: 'pass', 16: 'fail', 24: 'fail', 28: 'fail' },
    ...{ 31: 'fail', 33: 'fail' },
  });
  expect(detail(verification, 6)).toBe(
    'AddPermission for another principal, with the registration role: expected AccessDeniedException, got added',
  );
  expect(detail(verification, 13)).toMatch(
    /^expected a resource_link in the result, got .*could not be stored for download/,
  );
  expect(detail(verification, 24)).toMatch(/^expected 503 and a body that says that the call may have run, got 500 /);
  expect(detail(verification, 28)).toBe(
    'removing the statement of another principal: expected AccessDeniedException, got removed',
  );
  expect(detail(verification, 16)).toBe('write to another key of the table: expected AccessDenied, got "written"');
});

test('Ctrl-C stops the check, deletes the stacks and writes a report without local paths', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'verify-report-'));
  const file = join(directory, 'report.md');
  const script = join(import.meta.dirname, '../../scripts/verify-on-aws/main.mts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--local', '--only', '2', '--report', file]);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const before = output;
    output += text;
    const started = 'holding a stream open';
    if (output.includes(started) && !before.includes(started)) child.kill('SIGINT');
  });
  onTestFailed(() => console.error(output));
  const [code] = await once(child, 'close');
  const text = readFileSync(file, 'utf8');
  rmSync(directory, { recursive: true });
  expect(code).toBe(130);
  expect(output).toContain('· deleting the remaining stacks');
  expect(text).toContain('| 2 | Streams live 14 minutes | – skipped | interrupted |');
  expect(text).toContain('options `--only 2`');
  expect(text).not.toContain(directory);
});

test('a failed deployment fails one check and skips the others', async () => {
  const verification = await run('broken', [3, 5], (template) => {
    for (const resource of Object.values(template.Resources)) {
      if (resource.Type === 'AWS::Lambda::Function')
        resource.Properties!.Handler = { 'Fn::GetAtt': ['Nothing', 'Arn'] };
    }
    return template;
  });
  expect(outcomes(verification)).toEqual({ 3: 'fail', 5: 'skipped' });
  expect(detail(verification, 3)).toMatch(/^deploying: .*Nothing/);
  expect(detail(verification, 5)).toBe('deploying failed, see check 3');
});

test('the report is a Markdown table without the account id', () => {
  const text = report(
    {
      results: [
        { id: 3, claim: 'Small', outcome: 'pass', detail: 'a | b\nof 111122223333', seconds: 2 },
        { id: 1, claim: 'Large', outcome: 'fail', detail: 'no', seconds: 1 },
      ],
      remainingStacks: ['McpVerify-x-Server'],
    },
    {
      version: '1.2.3',
      where: 'eu-central-1',
      options: { only: [1, 3], long: true, vpc: false },
      startedAt: new Date(0),
      minutes: 12,
      accountId: '111122223333',
      byHand: [{ id: 2, claim: 'Domain' }],
    },
  );
  expect(text).toContain('eu-central-1, options `--only 1,3 --long`, Node.js');
  expect(text).toContain('1 passed, 1 failed, 0 skipped, 1 by hand.');
  const table = text.split('\n').filter((line) => /^\| \d/.test(line));
  expect(table).toEqual([
    '| 1 | Large | ✗ FAIL | no | 1 s |',
    '| 2 | Domain | – by hand | docs/verify-on-aws.md |  |',
    '| 3 | Small | ✓ pass | a \\| b of <account> | 2 s |',
  ]);
  expect(text).toContain('Stacks to delete by hand: McpVerify-x-Server.');
});
