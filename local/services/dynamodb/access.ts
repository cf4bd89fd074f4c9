import type { Environment } from '../../environment.js';
import { type RequiredPermission, resourceTags } from '../aws-endpoint/access.js';
import type { RequestContext } from '../iam/policy.js';

/** The table metadata that the policy evaluation requires. */
export interface TableMetadata {
  readonly partitionKey: string;
  readonly tags: Readonly<Record<string, string>>;
}

type Item = Record<string, Record<string, unknown>>;

/** Returns the permissions that a DynamoDB call requires. */
export function dynamoDbPermissions(
  operation: string,
  body: Record<string, any>,
  { accountId, region }: Environment,
  tableFacts: (name: string) => TableMetadata | undefined,
): RequiredPermission[] {
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
    case 'ExecuteStatement':
      return [need(...partiQl(body))];
    case 'BatchExecuteStatement':
    case 'ExecuteTransaction':
      return (body.Statements ?? body.TransactStatements ?? []).map((each: Record<string, any>) =>
        need(...partiQl(each)),
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
          keys: body.Item || body.Key ? [body.Item ?? body.Key] : queryKeys(body),
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

const PARTIQL_TABLE = /(?:\bFROM|\bINTO|^\s*UPDATE)\s+"?([\w.-]+)"?(?:\."?([\w.-]+)"?)?/i;

/** Returns table, action and index of a PartiQL statement. */
function partiQl({ Statement = '' }: Record<string, any>): [string, { action: string; index?: string }] {
  const verb = /^\s*(\w+)/.exec(Statement)?.[1]?.toLowerCase() ?? 'select';
  const kind = ['insert', 'update', 'delete'].includes(verb) ? verb : 'select';
  const [, table = '', index] = PARTIQL_TABLE.exec(Statement) ?? [];
  return [table, { action: `PartiQL${kind[0].toUpperCase()}${kind.slice(1)}`, index }];
}

/** Returns the table name from a name or ARN. */
export function tableName(nameOrArn: string): string {
  return /^arn:[^:]*:dynamodb:.*:table\/([^/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

function leadingKeys(keys: readonly (Item | undefined)[], partitionKey: string | undefined): RequestContext {
  const values = keys.flatMap((key) => Object.values((partitionKey && key?.[partitionKey]) || {})).map(String);
  return values.length > 0 ? { 'dynamodb:LeadingKeys': values } : {};
}

/** Returns the partition key values of a `Query`, from `KeyConditions` or `KeyConditionExpression`. */
function queryKeys(body: Record<string, any>): Item[] {
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
