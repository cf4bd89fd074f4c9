import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { publishUpdate } from '../notify/publish.js';
import { findSessionTable } from '../notify/session-table.js';

interface NotifyOptions {
  readonly uri: readonly string[];
  readonly table?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** `mcp-lambda notify`: publishes resource updates to the clients of a server. */
export async function notify({ uri: uris, table, stack, profile, ...options }: NotifyOptions): Promise<void> {
  for (const uri of uris)
    if (!URL.canParse(uri)) throw new Error(`invalid URI "${uri}": pass the URI of a resource, such as docs://readme`);
  const credentials = fromNodeProviderChain(profile ? { profile } : {});
  const client = new DynamoDBClient({
    credentials,
    ...(profile && { profile }),
    ...(options.region && { region: options.region }),
  });
  const region = await client.config.region();
  const TableName = table ?? (await findSessionTable(required(stack), { region, credentials }));
  for (const uri of uris) await publishUpdate(client, TableName, uri);
  client.destroy();
}

function required(stack: string | undefined): string {
  if (stack === undefined)
    throw new Error('no server specified: pass its stack with --stack, or its session table with --table');
  return stack;
}
