import { type ResourceContext, type ResourceType, tagsOf } from './resource-type.js';

const MAX_TABLE_NAME = 255;

/** `AWS::DynamoDB::Table` and `AWS::DynamoDB::GlobalTable`, with one replica. */
export const table: ResourceType = {
  async create(context) {
    const { properties, services, stack } = context;
    const name: string = properties.TableName ?? context.physicalName(MAX_TABLE_NAME);
    await services.dynamoDb.createTable(definition(name, properties), metadata(properties), stack.environment);
    return returnValues(context, name);
  },

  async update(context, previous) {
    const { properties, services, stack } = context;
    const name = previous.returnValues.physicalId;
    if (JSON.stringify(schema(properties)) !== JSON.stringify(schema(previous.properties))) {
      services.warn(`table ${name} was replaced by an empty one because its keys or indexes changed`);
      await services.dynamoDb.deleteTable(name, stack.environment);
      await services.dynamoDb.createTable(definition(name, properties), metadata(properties), stack.environment);
    } else {
      services.dynamoDb.setTags(name, metadata(properties).tags);
    }
    return returnValues(context, name);
  },

  async delete({ services, stack }, { physicalId }) {
    await services.dynamoDb.deleteTable(physicalId, stack.environment);
  },
};

/** Selects the emulated properties. Time to live, backups, streams and encryption have no effect. */
function schema({ AttributeDefinitions, KeySchema, ...more }: ResourceContext['properties']) {
  const indexes = (list?: Array<Record<string, unknown>>) =>
    list?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
  return {
    AttributeDefinitions,
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: indexes(more.GlobalSecondaryIndexes),
    LocalSecondaryIndexes: indexes(more.LocalSecondaryIndexes),
  };
}

function definition(TableName: string, properties: ResourceContext['properties']) {
  return { TableName, ...schema(properties) };
}

function metadata(properties: ResourceContext['properties']) {
  const key = properties.KeySchema.find(({ KeyType }: { KeyType: string }) => KeyType === 'HASH');
  return { partitionKey: key.AttributeName, tags: tagsOf(properties.Tags ?? properties.Replicas?.[0]?.Tags) };
}

function returnValues(context: ResourceContext, name: string) {
  const arn = context.arn('dynamodb', `table/${name}`);
  return {
    physicalId: name,
    attributes: { Arn: arn, StreamArn: `${arn}/stream/2026-01-01T00:00:00.000`, TableId: context.logicalId },
  };
}
