// Draws docs/guides/dashboard.svg: the dashboard of addDashboard() with the metrics and audit records of a run on the local runner.
// Run it with `npx tsx scripts/docs/dashboard.mts` after a change of the dashboard. It needs half a minute.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { startRunner } from '../../local/runner.js';
import { McpLambdaServer } from '../../src/mcp-lambda-server.js';
import { type AuditRecord, parseAuditRecord } from '../../src/private/audit.js';
import { drawDashboard, type Point, type Widget } from './dashboard-svg.mjs';

const SECONDS = 24;
const TOOLS = {
  lookup_order: 'await new Promise((r) => setTimeout(r, 20 + Math.random() * 60)); return { state: "shipped" };',
  sales_report: 'await new Promise((r) => setTimeout(r, 200 + Math.random() * 500)); return "x".repeat(4000);',
  refund: 'if (Math.random() < 0.35) throw new Error("the payment has been refunded"); return "refunded";',
};

function define(): { readonly stack: Stack; readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'dashboard-'));
  const stack = new Stack(new App({ outdir: directory }), 'Orders');
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', limits: { sessions: 6 } });
  for (const [name, body] of Object.entries(TOOLS)) {
    const code = lambda.Code.fromInline(`exports.handler = async () => { ${body} };`);
    const fn = new lambda.Function(stack, name, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code,
    });
    server.addTool(fn, { name, limit: name === 'refund' ? { rate: 2, burst: 4 } : undefined });
  }
  server.addDashboard();
  return { stack, directory };
}

function widgetsOf(stack: Stack): Widget[] {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const parts: unknown[] = Properties.DashboardBody['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '…')).join('')).widgets;
}

const points: Point[] = [];
const records: AuditRecord[] = [];

/** Collects what CloudWatch would read from a log line. */
function collect(text: string): void {
  const record = parseAuditRecord(text);
  if (record) records.push(record);
  if (!text.startsWith('{"_aws"')) return;
  const { _aws, ...members } = JSON.parse(text);
  for (const { Metrics } of _aws.CloudWatchMetrics) {
    for (const { Name } of Metrics) points.push({ name: Name, at: _aws.Timestamp, value: members[Name] });
  }
}

async function call(url: string, name: string): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  await (await fetch(url, { method: 'POST', headers, body })).text();
}

/** Calls tools in waves, and opens and closes sessions. */
async function traffic(mcp: string, sse: string): Promise<void> {
  const until = Date.now() + SECONDS * 1_000;
  const caller = async (name: string, pauseMs: () => number) => {
    while (Date.now() < until) await Promise.all([call(mcp, name), sleep(pauseMs())]);
  };
  const wave = (ms: number) => ms * (1.2 + Math.sin((until - Date.now()) / 2_500));
  const session = async () => {
    while (Date.now() < until) {
      const closing = new AbortController();
      const stream = fetch(sse, { headers: { accept: 'text/event-stream' }, signal: closing.signal });
      await stream.catch(() => undefined);
      await sleep(1_000 + Math.random() * 5_000);
      closing.abort();
    }
  };
  await Promise.all([
    caller('lookup_order', () => wave(90)),
    caller('lookup_order', () => wave(140)),
    caller('sales_report', () => wave(500)),
    caller('refund', () => wave(260)),
    ...Array.from({ length: 8 }, session),
  ]);
}

const { stack, directory } = define();
const widgets = widgetsOf(stack);
(stack.node.root as App).synth();
const runner = await startRunner({ app: directory, port: 0, onLog: ({ text }) => collect(text) });
const start = Date.now();
const [{ mcp, sse }] = runner.servers;
await traffic(mcp, sse!);
const end = Date.now();
await runner.close();
writeFileSync('docs/guides/dashboard.svg', drawDashboard(widgets, points, records, start, end));
