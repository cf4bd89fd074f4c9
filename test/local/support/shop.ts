import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A CDK app in plain JavaScript, with a tool of each kind of outcome. */
export class ShopProject implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'shop-')));

  constructor() {
    for (const [file, text] of Object.entries({
      'cdk.json': '{"app":"node app.cjs"}',
      'app.cjs': app(),
      ...FUNCTIONS,
    })) {
      this.write(file, text);
    }
  }

  /** Changes the description of a tool. */
  describeLookup(description: string): void {
    this.write('app.cjs', app(description));
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.directory, file)), { recursive: true });
    writeFileSync(join(this.directory, file), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const LOOKUP = `export async function handler({ orderId }) {
  console.log('looking up', orderId);
  console.log(JSON.stringify({ level: 40, time: 1795735279214, pid: 1, hostname: 'x', article: 'lamp', msg: 'low stock' }));
  return { orderId, total: 49.9 };
}
`;
const FUNCTIONS = {
  'functions/lookup/index.mjs': LOOKUP,
  'functions/cancel/index.mjs': `import { orders } from './orders.mjs';

export async function handler({ orderId }) {
  return orders.cancel(orderId);
}
`,
  'functions/cancel/orders.mjs': `export const orders = {
  cancel(orderId) {
    throw new RangeError(\`order \${orderId} is shipped\`);
  },
};
`,
  'functions/report/index.mjs': `export async function handler() {
  console.log('\\u001b[32mgreen\\u001b[0m and \\u001b]0;another window title\\u0007');
  console.warn('a line\\n08:06:05 tools/call forged → ok');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  console.log('done');
  return 'report';
}
`,
};

function app(description = 'An order by its id'): string {
  return `
const { createRequire } = require('node:module');
const { join } = require('node:path');
const packages = createRequire(${JSON.stringify(resolve('package.json'))});
const { App, CfnOutput, Stack, aws_apigateway: apigateway, aws_lambda: lambda } = packages('aws-cdk-lib');
const { McpLambdaServer, McpSchema } = packages(${JSON.stringify(resolve('lib'))});

const stack = new Stack(new App(), 'Shop');
const fn = (id, directory) => new lambda.Function(stack, id, {
  runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromAsset(join('functions', directory)) });
const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'shop' });
const inputSchema = McpSchema.fromObject({
  type: 'object', properties: { orderId: { type: 'string', pattern: '^A-[0-9]{4}$' } }, required: ['orderId'] });
const lookup = fn('Lookup', 'lookup');
server.addTool(lookup, { name: 'lookup_order', description: ${JSON.stringify(description)}, inputSchema });
server.addTool(fn('Cancel', 'cancel'), { name: 'cancel_order', description: 'Cancels an order', inputSchema });
server.addTool(fn('Report', 'report'), { name: 'report', description: 'A report', inputSchema: McpSchema.fromObject({ type: 'object' }) });
server.addResource(lookup, { name: 'prices', uri: 'shop://prices' });
server.addPrompt(lookup, { name: 'write_reply', description: 'A reply to a customer' });
new apigateway.LambdaRestApi(stack, 'Storefront', { handler: lookup });
new CfnOutput(stack, 'LookupFunction', { value: lookup.functionName });
`;
}
