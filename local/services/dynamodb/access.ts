import { type Caller, type RequiredAccess, resourceTags } from '../aws-endpoint/access.js';
import type { RequestContext } from '../iam/policy.js';

/** What the judge must know of a table. */
export interface TableFacts {
  readonly partitionKey: string;
  readonly tags: Readonly<Record<string, string>>;
}

type Item = Record<string, Record<string, unknown>>;

/** The permissions that a DynamoDB call needs. */
export function dynamoDbAccess(
  operation: string,
  body: Record<string, any>,
  { accountId, region }: Caller,
  tableFacts: (name: string) => TableFacts | undefined,
): RequiredAccess[] {
  const need = (table: string, more: { action?: string; index?: string; keys?: Item[]; context?: RequestContext }) => {
    const name = tableName(table);
    const facts = tableFacts(name);
    const leading = leadingKeys(more.keys ?? [], facts?.partitionKey);
    return {
      action: `dynamodb:${more.action ?? operation}`,
      resource: `arn:aws:dynamodb:${region}:${accountId}:table/${name}${more.index ? `/index/${more.index}` : ''}`,
      context: { ...resourceTags(facts?.tags), ...leading, ...more.context },
    };
  };
  const entries = (requests: object | undefined) => Object.entries(requests ?? {}) as [string, any][];

  switch (operation) {
    case 'BatchGetItem':
      return entries(body.RequestItems).map(([table, { Keys }]) => need(table, { keys: Keys }));
    case 'BatchWriteItem':
      return entries(body.RequestItems).map(([table, writes]) =>
        need(table, { keys: writes.map((write: any) => write.PutRequest?.Item ?? write.DeleteRequest?.Key) }),
      );
    case 'TransactGetItems':
    case 'TransactWriteItems':
      return (body.TransactItems ?? []).flatMap((item: Record<string, any>) =>
        Object.entries(item).map(([kind, request]) =>
          need(request.TableName, { action: TRANSACTION_ACTIONS[kind], keys: [request.Item ?? request.Key] }),
        ),
      );
    case 'ListTables':
    case 'DescribeLimits':
    case 'DescribeEndpoints':
      return [{ action: `dynamodb:${operation}`, resource: '*', context: {} }];
    case 'TagResource':
    case 'UntagResource':
    case 'ListTagsOfResource':
      return [need(String(body.ResourceArn), {})];
    default:
      return [
        need(String(body.TableName), {
          index: body.IndexName,
          keys: body.Item || body.Key ? [body.Item ?? body.Key] : queriedKeys(body),
          context: {
            ...(body.Select && { 'dynamodb:Select': body.Select }),
            ...(body.ReturnValues && { 'dynamodb:ReturnValues': body.ReturnValues }),
            ...(body.ReturnConsumedCapacity && { 'dynamodb:ReturnConsumedCapacity': body.ReturnConsumedCapacity }),
          },
        }),
      ];
  }
}

const TRANSACTION_ACTIONS: Record<string, string> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** A table's name, of itself or its ARN. */
export function tableName(nameOrArn: string): string {
  return /^arn:[^:]*:dynamodb:.*:table\/([^/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

function leadingKeys(keys: readonly (Item | undefined)[], partitionKey: string | undefined): RequestContext {
  const values = keys.flatMap((key) => Object.values((partitionKey && key?.[partitionKey]) || {})).map(String);
  return values.length > 0 ? { 'dynamodb:LeadingKeys': values } : {};
}

/** The partition key's value in a `Query`, in either of the ways to say it. */
function queriedKeys(body: Record<string, any>): Item[] {
  const keys: Item[] = [];
  for (const [name, condition] of Object.entries<any>(body.KeyConditions ?? {})) {
    keys.push({ [name]: condition.AttributeValueList?.[0] ?? {} });
  }
  for (const [, name, value] of String(body.KeyConditionExpression ?? '').matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    const attribute = body.ExpressionAttributeNames?.[name] ?? name;
    keys.push({ [attribute]: body.ExpressionAttributeValues?.[value] ?? {} });
  }
  return keys;
}
