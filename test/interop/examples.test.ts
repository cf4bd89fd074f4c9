import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { startRunner } from '../../local/runner';
import {
  atFunctionUrl,
  type Example,
  javaExample,
  pythonExample,
  synthesise,
  typescriptExample,
} from './support/examples';
import { bundledCode, comparable, readTemplate } from './support/templates';
import { useExample } from './support/use-example';

const STACKS = ['Orders', 'Shipping'];
const OTHERS = ['python', 'java'] as const;

const examples = {} as Record<'typescript' | 'python' | 'java', Example>;
const assemblies = {} as Record<keyof typeof examples, string>;

beforeAll(async () => {
  Object.assign(examples, { typescript: typescriptExample(), python: pythonExample(), java: javaExample() });
  const languages = Object.keys(examples) as Array<keyof typeof examples>;
  await Promise.all(languages.map(async (name) => (assemblies[name] = await synthesise(examples[name]))));
});

const template = (language: keyof typeof examples, stack: string) => readTemplate(assemblies[language], stack);

describe.each(OTHERS)('the example in %s', (language) => {
  test.each(STACKS)('synthesises the same stack %s', (stack) => {
    expect(comparable(template(language, stack), stack)).toEqual(comparable(template('typescript', stack), stack));
  });

  test('deploys the same bundles', () => {
    const bundles = bundledCode(template('typescript', 'Orders'), 'Orders');
    expect(new Set(bundles).size).toBe(5); // sse, http, message, registration, sweeper
    expect(bundledCode(template(language, 'Orders'), 'Orders')).toEqual(bundles);
  });

  test.each([
    [
      'the code of a server function',
      (t: any) => bundle(t),
      (p: any) => (p.Code.S3Key = p.Code.S3Key.replace(/./g, '0')),
    ],
    ['the runtime of a server function', (t: any) => bundle(t), (p: any) => (p.Runtime = 'nodejs22.x')],
    ['the code location of a handler', (t: any) => own(t), (p: any) => (p.Code.S3Bucket = 'elsewhere')],
    ['the role of a handler', (t: any) => own(t), (p: any) => (p.Role = 'elsewhere')],
    ['the timeout of a handler', (t: any) => own(t), (p: any) => (p.Timeout = 4)],
    [
      'the definition of a tool',
      (t: any) => tool(t),
      (p: any) => (p.Definition = p.Definition.replace('Returns', 'Return')),
    ],
  ])('the comparison detects a change of %s', (_name, find, change) => {
    const changed = structuredClone(template(language, 'Orders'));
    change(find(changed).Properties);
    expect(comparable(changed, 'Orders')).not.toEqual(comparable(template('typescript', 'Orders'), 'Orders'));
  });
});

const find = (template: any, path: string) =>
  Object.values<any>(template.Resources).find(({ Metadata }) => Metadata['aws:cdk:path'] === path);
const bundle = (template: any) => find(template, 'Orders/Mcp/HttpFunction/Resource');
const own = (template: any) => find(template, 'Orders/echo/Resource');
const tool = (template: any) => find(template, 'Orders/Mcp/tool-echo/Resource/Default');

test('all languages have the same OpenAPI document', () => {
  const [typescript, ...others] = ['typescript', ...OTHERS].map((language) =>
    readFileSync(`examples/${language}/openapi.yaml`, 'utf8'),
  );
  for (const other of others) expect(other).toBe(typescript);
});

test('all languages use the tested CDK version', () => {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const version = devDependencies['aws-cdk-lib'];
  expect(readFileSync('examples/python/requirements.txt', 'utf8')).toContain(`aws-cdk-lib==${version}\n`);
  expect(readFileSync('examples/java/pom.xml', 'utf8')).toContain(`<cdk.version>${version}</cdk.version>`);
});

describe('on the local runner', () => {
  const results = {} as Record<keyof typeof examples, Awaited<ReturnType<typeof useExample>>>;

  beforeAll(async () => {
    for (const [language, example] of Object.entries(examples)) {
      results[language as keyof typeof examples] = await use(example, assemblies[language as keyof typeof examples]);
    }
  });

  test('the TypeScript example returns the expected results', () => {
    const { tools, resources, templates, prompts, ...answers } = results.typescript;
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'book_delivery',
      'echo',
      'findArticles',
      'lookup_order',
      'text_stats',
      'track_parcel',
    ]);
    expect(resources.map(({ uri }) => uri)).toEqual(['orders://policies/returns']);
    expect(templates.map(({ uriTemplate }) => uriTemplate)).toEqual(['orders://{orderId}/invoice']);
    expect(prompts.map(({ name }) => name)).toEqual(['write_reply']);
    expect(answers).toMatchObject(ANSWERS);
  });

  test.each(OTHERS)('the %s example returns the same results', (language) => {
    expect(results[language]).toEqual(results.typescript);
  });

  test.each(['typescript', ...OTHERS] as const)(
    'the %s example returns the same results at a function URL',
    async (language) => {
      const example = atFunctionUrl(language, examples[language]);
      const assembly = await synthesise(example);
      const types = Object.values<any>(readTemplate(assembly, 'Orders').Resources).map(({ Type }) => Type);
      expect([types.includes('AWS::Lambda::Url'), types.includes('AWS::ApiGateway::RestApi')]).toEqual([true, false]);
      expect(await use(example, assembly)).toEqual(results.typescript);
      rmSync(dirname(example.directory), { recursive: true });
    },
  );
});

/** Runs an example, uses all its features, and returns the results. */
async function use({ directory, env }: Example, assembly: string) {
  Object.assign(process.env, env);
  const runner = await startRunner({ app: assembly, cwd: directory, port: 0 });
  try {
    return await useExample(runner.servers[0].mcp);
  } finally {
    await runner.close();
  }
}

describe('the command of the wheel', () => {
  const command = () => join(examples.python.env.VIRTUAL_ENV!, 'bin', 'mcp-lambda');

  test('runs an app, streams its output and stops all processes on Ctrl-C', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'command-'));
    const child = spawn(command(), ['local', '--app', assemblies.typescript, '--port', '0', '--json'], {
      env: { PATH: process.env.PATH, TMPDIR: temporary, XDG_STATE_HOME: process.env.XDG_STATE_HOME },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a separate process group, like in a terminal
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
    const ended = once(child, 'close');
    const [ready] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      ended.then(() => Promise.reject(new Error(log))),
    ]);

    const client = new Client({ name: 'package', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(JSON.parse(ready).mcp)));
    expect(await client.callTool({ name: 'echo', arguments: { message: 'from the wheel' } })).toMatchObject({
      content: [{ text: 'from the wheel' }],
    });
    await client.close();

    process.kill(-child.pid!, 'SIGINT'); // Ctrl-C
    expect([await ended, log]).toEqual([[0, null], expect.stringContaining('· stopping')]);
    expect(log).not.toContain('Traceback');
    expect(readdirSync(temporary)).toEqual([]);
    expect(() => process.kill(-child.pid!, 0)).toThrow('ESRCH');
  });

  test('forwards the exit code', () => {
    expect(() => execFileSync(command(), ['local', '--app', 'nowhere'], { stdio: 'pipe' })).toThrow(
      expect.objectContaining({ status: 1, stderr: expect.anything() }),
    );
  });
});

const textResult = (text: string) => ({ content: [{ type: 'text', text }] });
const errorResult = (text: string) => ({ ...textResult(text), isError: true });
const document = (uri: string, text: string) => ({ contents: [{ uri, mimeType: 'text/markdown', text }] });
const prompt = (text: string) => ({ messages: [{ role: 'user', content: { type: 'text', text } }] });
const deliveryQuestion = (orderId: string) => ({
  message: `When should order ${orderId} arrive?`,
  requestedSchema: { properties: { slot: { enum: ['morning', 'afternoon', 'evening'] } } },
});

const ANSWERS = {
  echo: textResult('Grüße 👋'),
  orders: [
    { structuredContent: { orderId: 'A-1001', customer: 'Jordan', total: 49.9, items: [{ sku: 'LAMP-7' }] } },
    { structuredContent: { orderId: 'A-1002', status: 'delayed', total: 320 } },
  ],
  articles: [
    { structuredContent: { articles: [{ sku: 'LAMP-7', name: 'Table lamp', price: 49.9 }] } },
    { structuredContent: { articles: [{ sku: 'DESK-2' }, { sku: 'LAMP-7' }, { sku: 'LAMP-9' }] } },
  ],
  noArticles: errorResult('invalid arguments:\n/maxPrice: Instance type "string" is invalid. Expected "number".'),
  noOrder: errorResult('HTTP 404: no order A-9999; try A-1001 or A-1002'),
  noOrderId: errorResult('invalid arguments:\n/orderId: String does not match pattern "^A-[0-9]{4}$".'),
  stats: { structuredContent: { characters: 31, words: 6, lines: 3 } },
  parcel: { structuredContent: { parcel: 'P-7001', status: 'on its way', stops: ['warehouse', 'sorting centre'] } },
  noParcel: errorResult('ParcelNotFound: order A-1002 has not been handed to the carrier'),
  booked: textResult('Delivery of A-1001 is booked for the evening.'),
  declined: textResult('Nothing booked: the user chose to decline.'),
  questions: [deliveryQuestion('A-1001'), deliveryQuestion('A-1002')],
  policy: document(
    'orders://policies/returns',
    '# Returns\n\nGoods come back within 30 days, unused, in their packaging.',
  ),
  invoice: document('orders://A-1001/invoice', '# Invoice A-1001\n\nPaid in full. Thank you for your order.'),
  noInvoice: expect.stringContaining('Resource not found: orders://lamp/invoice'),
  reply: prompt(
    'Write a brief reply to the customer of order A-1002. Look the order up first, and say when it will arrive.',
  ),
  friendlyReply: prompt(
    'Write a friendly reply to the customer of order A-1001. Look the order up first, and say when it will arrive.',
  ),
  tones: { completion: { values: ['friendly', 'formal'] } },
};
