import { type ResourceContext, type ResourceType, tagsOf } from './resource-type.js';

const MAX_TABLE_NAME = 255;

/** `AWS::DynamoDB::Table` and `AWS::DynamoDB::GlobalTable`, of which there is one replica here. */
export const table: ResourceType = {
  async create(context) {
    const { properties, services } = context;
    const name: string = properties.TableName ?? context.physicalName(MAX_TABLE_NAME);
    await services.dynamoDb.createTable({ TableName: name, ...layout(properties) }, facts(properties));
    return outcome(context, name);
  },

  async update(context, previous) {
    const { properties, services } = context;
    const name = previous.outcome.physicalId;
    if (JSON.stringify(layout(properties)) !== JSON.stringify(layout(previous.properties))) {
      services.warn(`the keys or indexes of table ${name} have changed: it was made anew, empty`);
      await services.dynamoDb.deleteTable(name);
      await services.dynamoDb.createTable({ TableName: name, ...layout(properties) }, facts(properties));
    } else {
      services.dynamoDb.setTags(name, facts(properties).tags);
    }
    return outcome(context, name);
  },

  async delete({ services }, { physicalId }) {
    await services.dynamoDb.deleteTable(physicalId);
  },
};

/** The properties that mean something here: time to live, backups, streams and encryption have no effect. */
function layout({ AttributeDefinitions, KeySchema, ...more }: ResourceContext['properties']) {
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

function facts(properties: ResourceContext['properties']) {
  const key = properties.KeySchema.find(({ KeyType }: { KeyType: string }) => KeyType === 'HASH');
  return { partitionKey: key.AttributeName, tags: tagsOf(properties.Tags ?? properties.Replicas?.[0]?.Tags) };
}

function outcome(context: ResourceContext, name: string) {
  const arn = context.arn('dynamodb', `table/${name}`);
  return {
    physicalId: name,
    attributes: { Arn: arn, StreamArn: `${arn}/stream/2026-01-01T00:00:00.000`, TableId: context.logicalId },
  };
}
