import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { formatLog } from '../../../local/report/function-logs/format.js';
import { render } from '../../../local/report/text.js';
import type { LogLine } from '../../../local/services/lambda/log-lines.js';
import { oneStack, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

/** A function with everything that Powertools does at init and in an invocation. */
const code = `
  import { Logger } from '@aws-lambda-powertools/logger';
  import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
  import { Tracer } from '@aws-lambda-powertools/tracer';
  import { ListTablesCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
  const logger = new Logger();
  const metrics = new Metrics({ namespace: 'Shop', defaultDimensions: { team: 'mcp' } });
  const tracer = new Tracer();
  const dynamoDb = tracer.captureAWSv3Client(new DynamoDBClient());
  export const handler = async ({ id }, context) => {
    logger.addContext(context);
    logger.appendKeys({ id });
    tracer.annotateColdStart();
    tracer.putAnnotation('id', id);
    await dynamoDb.send(new ListTablesCommand({}));
    logger.info('called');
    metrics.addMetric('calls', MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
    return id;
  };`;

it.each(['shared', 'lambda'] as const)('Powertools works without noise in isolation %s', async (isolation) => {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(import.meta.dirname, '../../..') },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@aws-sdk/*'],
    write: false,
  });
  const grant = { Effect: 'Allow', Action: 'dynamodb:ListTables', Resource: '*' };
  const properties = { FunctionName: 'f', Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'shop' } } };
  const resources = { Role: role(grant), Function: lambdaFunction('Role', 'f', properties) };
  const lines: LogLine[] = [];
  const app = await runApp(oneStack(resources, { assets: { f: { 'index.js': outputFiles[0].text } } }), {
    isolation,
    onLog: (line) => lines.push(line),
  });
  try {
    const { admin: credentials, awsEndpointUrl: endpoint } = app.runner;
    const lambda = new LambdaClient({ credentials, endpoint, region: 'us-east-1' });
    const ids = [1, 2, 3, 4, 5];
    const invocations = ids.map((id) =>
      lambda.send(new InvokeCommand({ FunctionName: 'f', Payload: JSON.stringify({ id }) })),
    );
    const payloads = await Promise.all(invocations);
    expect(payloads.map(({ Payload }) => Payload!.transformToString())).toEqual(ids.map(String));
    await expect.poll(() => lines.length).toBe(10); // a log line and a metric of each invocation
    const shown = lines.flatMap((line) => {
      const text = formatLog(line, 'Shop', { cwd: '/' });
      return text ? [render(text)] : [];
    });
    const withoutIds = shown.map((text) => /^[\d:]{8} Shop \[[0-9a-f]{8}\] (.*)$/.exec(text)?.[1] ?? text);
    expect(withoutIds.sort()).toEqual(ids.map((id) => `called id=${id}`));
    const metrics = lines.map(({ text }) => JSON.parse(text)).filter((record) => '_aws' in record);
    for (const metric of metrics) expect(metric).toMatchObject({ team: 'mcp', service: 'shop', calls: 1 });
  } finally {
    await app.stop();
  }
});
