import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import type { Inspection } from '../../../local/deployed/doctor/check.js';
import { functionErrors, sweeping } from '../../../local/deployed/doctor/operation.js';

test('reads the metrics of the server functions once', async () => {
  const read = vi.fn(async () => ({ MetricDataResults: [] }));
  const empty = { send: async () => ({}) };
  const config = { region: 'eu-west-1' };
  const deployed = {
    stack: {
      name: 'Orders',
      functionNames: new Map([['SweeperFunction', 'orders-sweeper']]),
      httpFunction: async () => ({ environment: { MCP_SERVER_ID: 'mcp-1' } }),
    },
    aws: {
      cloudWatch: { send: read },
      sqs: Object.assign(new SQSClient(config), empty),
      dynamoDb: Object.assign(new DynamoDBClient(config), empty),
    },
  };
  const inspection = { deployed, now: Date.now(), server: { isLocal: false } } as unknown as Inspection;
  expect(await functionErrors.run(inspection)).toEqual({
    ok: '0 invocations in the last hour, none failed or was throttled',
  });
  expect(await sweeping.run(inspection)).toMatchObject({ faults: [{ id: 'sweeper-not-running' }] });
  expect(read).toHaveBeenCalledTimes(1);
});
