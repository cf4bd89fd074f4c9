import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';

test('docs/guides/dashboard.svg shows the widgets of addDashboard(); after a change, run npx tsx scripts/docs/dashboard.mts', () => {
  const stack = new Stack(new App(), 'Orders');
  new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' }).addDashboard();
  const [{ Properties }] = Object.values<any>(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(Properties.DashboardBody).replaceAll('\\"', '"');
  const titles = [...text.matchAll(/"title":"([^"]+)"/g)].map(([, title]) => title!);
  expect(titles.length).toBeGreaterThan(10);
  const drawn = [...readFileSync('docs/guides/dashboard.svg', 'utf8').matchAll(/<text[^>]*>([^<]*)/g)].map(
    ([, words]) => words,
  );
  expect(drawn.filter((words) => titles.includes(words!))).toEqual(titles);
});
