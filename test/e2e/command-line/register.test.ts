import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tags } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { announce, mcpLambda, stable } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';

let fixture: Fixture;
let directory: string;
let arn: string;
beforeAll(async () => {
  fixture = await startFixture({
    enforceAuth: true,
    extend: ({ fn }) => Tags.of(fn('echo')).add('mcp-server', 'e2e'),
  });
  announce(fixture.runner);
  directory = mkdtempSync(join(tmpdir(), 'registrations-'));
  arn = fixture.functionArn('echo');
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

/** Writes a file, and returns its path. */
function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a command for the server of the fixture. Paths and ARNs in its output are replaced. */
async function run(...args: string[]) {
  const { code, out, err } = await mcpLambda([...args, '--url', fixture.mcpUrl.href]);
  const clean = (text: string) => stable(text).replaceAll(directory, '.').replaceAll(arn, 'arn:aws:lambda:…:echo');
  return { code, out: clean(out), err: clean(err) };
}

const tool = (name: string, more: object = {}) => ({ type: 'tool', name, lambdaArn: arn, ...more });

test('register creates, replaces and unregister removes', async () => {
  const path = file('tool.json', JSON.stringify(tool('stock', { parameters: { sku: 'string' } })));
  expect(await run('register', path)).toEqual({ code: 0, out: 'tool-stock created, revision 1\n', err: '' });
  expect(await run('register', path)).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "mcp-lambda: 127.0.0.1:3001 returned 409: tool-stock already exists: change it with PUT /register/tool-stock
    ",
      "out": "",
    }
  `);
  expect((await run('register', path, '--replace')).out).toBe('tool-stock replaced, revision 2\n');
  expect((await run('unregister', 'tool-stock')).out).toBe('tool-stock removed\n');
  expect(await run('unregister', 'tool-stock')).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "mcp-lambda: the server does not have the registration tool-stock
      → an id is <type>-<name>, such as tool-lookup_order
    ",
      "out": "",
    }
  `);
});

test('register reports all errors of a file before it sends anything', async () => {
  const path = file('bad.yaml', 'registrations:\n  - type: tool\n    name: stock level\n  - type: page\n    name: a\n');
  expect(await run('register', path)).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "mcp-lambda: ./bad.yaml has invalid registrations
      → /registrations/0/lambdaArn: is required (the ARN of the Lambda function to invoke)
      → /registrations/0/name: must be 1 to 128 of the characters A-Z a-z 0-9 _ . -; got "stock level"
      → /registrations/1/lambdaArn: is required (the ARN of the Lambda function to invoke)
      → /registrations/1/type: must be "tool" or "resource" or "prompt"; got "page"
    ",
      "out": "",
    }
  `);
  expect((await run('register', file('empty.yaml', ''))).err).toContain('\n  → a registration must be a JSON object\n');
  expect((await run('register', file('broken.yaml', 'a: [1'))).err).toMatchInlineSnapshot(`
    "mcp-lambda: ./broken.yaml is not valid JSON or YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 6
    "
  `);
  expect((await run('register', join(directory, 'missing.json'))).err).toMatchInlineSnapshot(`
    "mcp-lambda: cannot read ./missing.json: ENOENT: no such file or directory, open './missing.json'
    "
  `);
});

test('register explains what the server refuses', async () => {
  const path = file('other.json', JSON.stringify({ ...tool('x'), lambdaArn: fixture.functionArn('slow') }));
  const { code, err } = await run('register', path);
  expect(code).toBe(1);
  expect(err.replaceAll(fixture.functionArn('slow'), 'arn:aws:lambda:…:slow')).toMatchInlineSnapshot(`
    "mcp-lambda: 127.0.0.1:3001 returned 400: the function cannot be registered
      /lambdaArn: arn:aws:lambda:…:slow is not registrable: it does not exist, or its owner must add the tag mcp-server = e2e
    "
  `);
});

test('plan shows the difference, apply makes it', async () => {
  const path = file(
    'all.yaml',
    `registrations:
  - type: tool
    name: stock
    description: Pieces in stock
    lambdaArn: ${arn}
    parameters: { sku: string }
  - type: prompt
    name: reorder
    lambdaArn: ${arn}
    arguments: [{ name: sku, required: true }]
`,
  );
  await run('register', file('extra.json', JSON.stringify([tool('stock'), tool('old')])));
  expect(await run('plan', path, '--exit-code')).toMatchInlineSnapshot(`
    {
      "code": 2,
      "err": "",
      "out": "~ tool-stock
        inputSchema.properties: + {"sku":{"type":"string"}}
        inputSchema.required: + ["sku"]
        inputSchema.additionalProperties: + false
        description: + "Pieces in stock"
    + prompt-reorder

    1 to create, 1 to change, 0 to remove, 0 unchanged
    not in the file, kept without --prune: tool-old
    ",
    }
  `);
  expect((await run('plan', path, '--prune')).out).toMatchInlineSnapshot(`
    "~ tool-stock
        inputSchema.properties: + {"sku":{"type":"string"}}
        inputSchema.required: + ["sku"]
        inputSchema.additionalProperties: + false
        description: + "Pieces in stock"
    + prompt-reorder
    - tool-old

    1 to create, 1 to change, 1 to remove, 0 unchanged
    "
  `);
  expect(await run('apply', path)).toMatchObject({ code: 1, err: expect.stringContaining('pass --yes') });
  expect((await run('apply', path, '--yes', '--prune')).out).toMatchInlineSnapshot(`
    "~ tool-stock
        inputSchema.properties: + {"sku":{"type":"string"}}
        inputSchema.required: + ["sku"]
        inputSchema.additionalProperties: + false
        description: + "Pieces in stock"
    + prompt-reorder
    - tool-old

    1 to create, 1 to change, 1 to remove, 0 unchanged
    tool-stock changed
    prompt-reorder created
    tool-old removed
    "
  `);
  expect(await run('plan', path, '--exit-code')).toMatchObject({
    code: 0,
    out: '0 to create, 0 to change, 0 to remove, 2 unchanged\n',
  });
  const { out } = await run('plan', path, '--json');
  expect(JSON.parse(out)).toEqual({
    changes: [],
    unchanged: ['tool-stock', 'prompt-reorder'],
    notInFile: [],
    declared: [],
  });
});

test('plan and apply leave declared registrations to their stack', async () => {
  const path = file('declared.json', JSON.stringify([tool('echo'), tool('new')]));
  expect(await run('plan', path)).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "",
      "out": "+ tool-new
    ! tool-echo is declared by CloudFormation: change it in its stack

    1 to create, 0 to change, 0 to remove, 0 unchanged
    not in the file, kept without --prune: prompt-reorder, tool-stock
    ",
    }
  `);
  expect(await run('apply', path, '--yes')).toMatchObject({
    code: 1,
    err: expect.stringContaining('nothing was changed'),
  });
});
