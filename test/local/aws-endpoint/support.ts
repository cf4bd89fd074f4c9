import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { runtimeDirectory } from '../../../local/runtime-dir.js';
import { parsersOf } from '../../../local/services/aws-endpoint/emulated.js';
import { type EndpointUrls, ExternalEndpoints } from '../../../local/services/aws-endpoint/external-endpoints.js';
import { Passthrough, type PassthroughOptions } from '../../../local/services/aws-endpoint/passthrough.js';
import { AwsEndpoint } from '../../../local/services/aws-endpoint/server.js';
import type { Faults } from '../../../local/services/faults/faults.js';
import type { Statement } from '../../../local/services/iam/policy.js';
import { type Credentials, IamService } from '../../../local/services/iam/service.js';
import { Runtimes } from '../../../local/services/lambda/runtimes/runtimes.js';
import { LambdaService } from '../../../local/services/lambda/service.js';
import { startServices } from '../../../local/services/start.js';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** Starts an AWS endpoint with its services, and returns SDK clients with given permissions. */
export async function startEndpoint(passthrough?: PassthroughOptions, endpoints?: EndpointUrls, faults?: Faults) {
  const workDir = mkdtempSync(join(tmpdir(), 'endpoint-test-'));
  const iam = new IamService();
  const lambda = new LambdaService({
    isolation: 'shared',
    runtimes: new Runtimes({ runtimeDir: runtimeDirectory(workDir), workDir, cwd: workDir }),
    onLog: () => {},
    accountId: ACCOUNT,
    region: REGION,
  });
  const errors: string[] = [];
  const notices: string[] = [];
  const { stopServers, ...services } = await startServices({ lambda, onNotice: (message) => notices.push(message) });
  const endpoint = await AwsEndpoint.start({
    iam,
    parsers: parsersOf(services),
    passthrough: passthrough && new Passthrough(passthrough),
    externalEndpoints: endpoints && new ExternalEndpoints(endpoints),
    faults,
    onError: (message) => errors.push(message),
    onNotice: (message) => notices.push(message),
    handleUnsigned: () => false,
  });
  let roles = 0;

  const clientsFor = (credentials: Credentials) => {
    const config = { endpoint: endpoint.url, region: REGION, credentials, maxAttempts: 1 };
    return {
      credentials,
      dynamoDb: new DynamoDBClient(config),
      sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
      lambda: new LambdaClient(config),
      config,
    };
  };

  return {
    iam,
    ...services,
    errors,
    notices,
    url: endpoint.url,
    clientsFor,
    /** Creates clients with a session of a new role that has these statements. */
    as(...statements: Statement[]) {
      const name = `role-${++roles}`;
      const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
      iam.putRole({ name, arn, accountId: ACCOUNT, trustPolicy: { Statement: [] }, tags: {} });
      if (statements.length > 0) iam.setInlinePolicy(name, 'test', { Statement: statements });
      return { arn, name, ...clientsFor(iam.issueRoleKey(name, 'test')) };
    },
    defineFunction(name: string, code: string, tags: Record<string, string> = {}) {
      const codeDir = mkdtempSync(join(workDir, `${name}-`));
      writeFileSync(join(codeDir, 'index.mjs'), code);
      lambda.define({
        name,
        arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        codeDir,
        timeoutSeconds: 5,
        memoryMb: 128,
        environment: {},
        tags,
        roleArn: 'arn:aws:iam::123456789012:role/function',
      });
    },
    async stop() {
      await lambda.close();
      await endpoint.close();
      await stopServers();
      rmSync(workDir, { recursive: true, force: true });
    },
  };
}

export type TestEndpoint = Awaited<ReturnType<typeof startEndpoint>>;

export const allow = (
  Action: string | string[],
  Resource: string | string[],
  more: Partial<Statement> = {},
): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
