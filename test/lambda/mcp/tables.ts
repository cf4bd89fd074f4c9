import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ENV, REGISTRY, SESSIONS } from '../../../src/private/contract.js';
import type { Registration, RegistrationItem } from '../../../src/private/registration.js';

/** A registry table and a session table for one test file. Sets the environment variables that the template sets. */
export class Tables {
  readonly registry: string;
  readonly sessions: string;

  constructor(
    readonly client: DynamoDBClient,
    suffix: string,
  ) {
    this.registry = `registry-${suffix}`;
    this.sessions = `sessions-${suffix}`;
  }

  async create(): Promise<void> {
    await this.createOne(this.registry, REGISTRY.PARTITION_KEY, REGISTRY.SORT_KEY);
    await this.createOne(this.sessions, SESSIONS.PARTITION_KEY, SESSIONS.SORT_KEY);
    process.env[ENV.REGISTRY_TABLE] = this.registry;
    process.env[ENV.SESSION_TABLE] = this.sessions;
  }

  /** Writes registrations like the registry's store and increments the registry revision once. */
  async register(...registrations: Registration[]): Promise<void> {
    for (const registration of registrations) await this.put(itemOf(registration));
    await this.touch();
  }

  async unregister({ type, name }: Registration): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.registry, Key: marshall({ type, name }) }));
    await this.touch();
  }

  async put(item: RegistrationItem): Promise<void> {
    await this.client.send(
      new PutItemCommand({ TableName: this.registry, Item: marshall(item) as Record<string, AttributeValue> }),
    );
  }

  /** Increments the registry revision, as after a change at that time, epoch milliseconds. */
  async touch(changedAt = Date.now()): Promise<void> {
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.registry,
        Key: marshall({ type: REGISTRY.META, name: REGISTRY.REVISION }),
        UpdateExpression: 'SET changedAt = :changedAt ADD revision :one',
        ExpressionAttributeValues: marshall({ ':changedAt': changedAt, ':one': 1 }),
      }),
    );
  }

  /** Removes all items of a partition of the session table. */
  async clear(partition: string): Promise<void> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.sessions,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': partition }),
      }),
    );
    for (const { pk, sk } of Items) {
      await this.client.send(new DeleteItemCommand({ TableName: this.sessions, Key: { pk: pk!, sk: sk! } }));
    }
  }

  private async createOne(TableName: string, partition: string, sort: string): Promise<void> {
    await this.client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [partition, sort].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
}

export function itemOf(registration: Registration): RegistrationItem {
  const { id: _, owner, createdAt, updatedAt, revision, shadowedBy: __, ...definition } = registration;
  const { type, name, lambdaArn } = definition;
  const schemaVersion = REGISTRY.SCHEMA_VERSION;
  return {
    type,
    name,
    schemaVersion,
    definition: JSON.stringify(definition),
    lambdaArn,
    owner,
    createdAt,
    updatedAt,
    revision,
  };
}
