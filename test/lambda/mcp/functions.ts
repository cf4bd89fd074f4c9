import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { handleLambdaApi } from '../../../local/services/lambda/api.js';
import { LambdaService } from '../../../local/services/lambda/service.js';
import { testRuntimes } from '../../support/runtime-dir.js';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** Runs functions of a `functions.mjs` and points the Lambda client of this process to them. */
export async function startFunctions(
  names: readonly string[],
  directory = 'test/lambda/mcp/app',
): Promise<{ stop(): Promise<void> }> {
  const service = new LambdaService({
    isolation: 'shared',
    runtimes: testRuntimes(),
    onLog: () => undefined,
    accountId: ACCOUNT,
    region: REGION,
  });
  for (const name of names) {
    service.define({
      name,
      arn: functionArn(name),
      handler: `functions.${name}`,
      runtime: 'nodejs24.x',
      codeDir: resolve(directory),
      timeoutSeconds: 60,
      memoryMb: 128,
      environment: {},
      tags: {},
      roleArn: `arn:aws:iam::${ACCOUNT}:role/function`,
    });
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    await handleLambdaApi(service, { method, path, headers, body: Buffer.concat(chunks) } as never, response);
  });
  await new Promise<void>((resolved) => server.listen(0, '127.0.0.1', resolved));
  process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async stop() {
      server.closeAllConnections();
      server.close();
      await service.close();
    },
  };
}
