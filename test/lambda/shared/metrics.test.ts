import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MetricUnit, measure } from '../../../lambda/shared/metrics.js';
import { ENV } from '../../../src/private/contract.js';

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  process.env[ENV.SERVER_INFO] = '{"name":"orders","version":"1"}';
  process.env[ENV.METRIC_NAMESPACE] = 'Custom/Ns';
  process.env[ENV.TOOL_METRICS] = 'on';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  delete process.env[ENV.SERVER_INFO];
  delete process.env[ENV.METRIC_NAMESPACE];
  delete process.env[ENV.TOOL_METRICS];
});

test('writes one record in embedded metric format, by server and by tool', () => {
  measure(
    [
      { name: 'ToolCalls', value: 1 },
      { name: 'ToolDuration', value: 12.5, unit: MetricUnit.Milliseconds },
    ],
    { tool: 'lookup' },
  );
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: 'Custom/Ns',
          Dimensions: [['Server'], ['Server', 'Tool']],
          Metrics: [
            { Name: 'ToolCalls', Unit: 'Count' },
            { Name: 'ToolDuration', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    Server: 'orders',
    Tool: 'lookup',
    ToolCalls: 1,
    ToolDuration: 12.5,
  });
});

test('writes a server metric with one dimension', () => {
  measure([{ name: 'ActiveSessions', value: 3 }]);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Dimensions: [['Server']] }] },
    ActiveSessions: 3,
  });
});

test('writes the tool as a property without metrics for each tool', () => {
  process.env[ENV.TOOL_METRICS] = 'off';
  measure([{ name: 'ToolCalls', value: 1 }], { tool: 'lookup' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Dimensions: [['Server']] }] },
    Tool: 'lookup',
    ToolCalls: 1,
  });
});
