import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_ENVIRONMENT } from '../../local/environment.js';
import { DynamoDbService } from '../../local/services/dynamodb/service.js';

/** Starts the local runner's DynamoDB, which returns the old item of a write whose condition fails; the embedded server alone does not. */
export async function startDynamoDb(): Promise<{ url: string; stop(): Promise<void> }> {
  const service = await DynamoDbService.start();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const call = service.parseCall({ method, url, headers, body: Buffer.concat(chunks) }, DEFAULT_ENVIRONMENT);
    await call!.handle(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await service.close();
    },
  };
}
