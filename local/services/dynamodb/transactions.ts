import { DynamoDbError } from './errors.js';

type Item = Record<string, unknown>;
type Input = Record<string, any>;
/** Calls an operation of the embedded server. Rejects with a {@link DynamoDbError}. */
export type Call = (operation: string, input: object) => Promise<Input>;

/** The reason why an item cancelled a transaction. */
interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

/** `TransactionCanceledException`. */
export class TransactionCanceled extends DynamoDbError {
  constructor(readonly reasons: readonly CancellationReason[]) {
    const codes = reasons.map(({ Code }) => Code).join(', ');
    super(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    );
  }
}

interface Action {
  readonly operation: string;
  readonly input: Input;
  readonly key: Item;
  readonly before: Item | undefined;
}

const MAX_ITEMS = 100;
const OPERATIONS: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  // an update without an expression evaluates the condition only
  ConditionCheck: 'UpdateItem',
};

/** `TransactGetItems`. The caller has locked the database. */
export async function transactGet({ TransactItems = [] }: Input, call: Call): Promise<object> {
  checkCount(TransactItems);
  const responses = [];
  for (const { Get } of TransactItems as Input[])
    responses.push(await call('GetItem', { ...Get, ConsistentRead: true }));
  return { Responses: responses.map(({ Item: item }) => (item ? { Item: item } : {})) };
}

/**
 * `TransactWriteItems`: executes the actions one by one and undoes them if one fails. The caller has locked the database.
 * @throws TransactionCanceled if a condition is not met
 */
export async function transactWrite({ TransactItems = [] }: Input, call: Call): Promise<object> {
  checkCount(TransactItems);
  const actions: Action[] = [];
  for (const item of TransactItems as Input[]) actions.push(await prepare(item, call));
  const keys = actions.map(({ input, key }) => JSON.stringify([input.TableName, key]));
  if (new Set(keys).size < keys.length) {
    throw new DynamoDbError(
      'ValidationException',
      'Transaction request cannot include multiple operations on one item',
    );
  }
  const done: Action[] = [];
  const reasons: CancellationReason[] = [];
  try {
    for (const action of actions) {
      done.push(action);
      reasons.push(await execute(action, call));
    }
  } catch (error) {
    await undo(done, call);
    throw error;
  }
  if (reasons.every(({ Code }) => Code === 'None')) {
    await undo(
      actions.filter((_, i) => 'ConditionCheck' in TransactItems[i]),
      call,
    );
    return {};
  }
  await undo(done, call);
  throw new TransactionCanceled(reasons);
}

async function prepare(item: Input, call: Call): Promise<Action> {
  const [[kind, input]] = Object.entries<Input>(item);
  const { TableName } = input;
  const { Table } = await call('DescribeTable', { TableName });
  const names: string[] = Table.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName);
  const source = input.Key ?? input.Item ?? {};
  const key = Object.fromEntries(names.map((name) => [name, source[name]]));
  const { Item: before } = await call('GetItem', { TableName, Key: key, ConsistentRead: true });
  return { operation: OPERATIONS[kind], input, key, before };
}

async function execute({ operation, input, before }: Action, call: Call): Promise<CancellationReason> {
  const { ReturnValuesOnConditionCheckFailure, ...request } = input;
  try {
    await call(operation, request);
    return { Code: 'None' };
  } catch (error) {
    const { code, message } = error as DynamoDbError;
    if (code !== 'ConditionalCheckFailedException') throw error;
    const returned = ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before ? { Item: before } : {};
    return { Code: 'ConditionalCheckFailed', Message: message, ...returned };
  }
}

/** Restores the items of actions, the last one first. */
async function undo(actions: readonly Action[], call: Call): Promise<void> {
  for (const { input, key, before } of [...actions].reverse()) {
    const { TableName } = input;
    if (before) await call('PutItem', { TableName, Item: before });
    else await call('DeleteItem', { TableName, Key: key });
  }
}

function checkCount(items: readonly unknown[]): void {
  if (items.length >= 1 && items.length <= MAX_ITEMS) return;
  const message = `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and ${MAX_ITEMS}`;
  throw new DynamoDbError('ValidationException', message);
}
