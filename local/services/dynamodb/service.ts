import { Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import dynalite from 'dynalite';
import { DEFAULT_ENVIRONMENT, type Environment, LOOPBACK } from '../../environment.js';
import { notRunLocally } from '../aws-endpoint/not-run.js';
import { jsonOperation, parseJson, type ServiceCall } from '../aws-endpoint/service-call.js';
import { type BufferedRequest, forwardRequest } from '../forward.js';
import { callInProcess, forwardInProcess } from '../in-process.js';
import { dynamoDbPermissions, type TableMetadata, tableName } from './access.js';
import { DynamoDbError } from './errors.js';
import { CallLock } from './lock.js';
import { type Call, TransactionCanceled, transactGet, transactWrite } from './transactions.js';

/** ARN prefix of the embedded server, with its own account. */
const EMBEDDED_ARN = /arn:aws:dynamodb:[a-z0-9-]+:\d{12}:/g;
/** Operations of dynalite. */
const OPERATIONS = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);
/** Operations that the runner composes of those of dynalite. */
const TRANSACTIONS: Record<string, (input: Record<string, any>, call: Call) => Promise<object>> = {
  TransactGetItems: transactGet,
  TransactWriteItems: transactWrite,
};
const PARTIQL = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']);

/** DynamoDB: the embedded server (dynalite) with transactions, or a server of the developer's choice, with metadata of the tables. */
export class DynamoDbService {
  private readonly tables = new Map<string, TableMetadata>();
  private readonly lock = new CallLock();
  /** Tokens of completed write transactions, with their input. */
  private readonly tokens = new Map<string, string>();

  private constructor(
    private readonly server: Server | undefined,
    readonly url: string,
  ) {}

  /** @param url URL of another server, such as DynamoDB Local */
  static async start(url?: string): Promise<DynamoDbService> {
    if (url) return new DynamoDbService(undefined, url);
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, () => resolve()));
    return new DynamoDbService(server, `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`);
  }

  tableMetadata(name: string): TableMetadata | undefined {
    return this.tables.get(name);
  }

  /** Creates a table. A table that another server already has keeps its items. */
  async createTable(
    definition: Record<string, unknown> & { TableName: string },
    facts: TableMetadata,
    environment: Environment = DEFAULT_ENVIRONMENT,
  ): Promise<void> {
    try {
      await this.call('CreateTable', definition, environment);
      await this.untilActive(definition.TableName, environment);
    } catch (error) {
      const exists = (error as DynamoDbError).code === 'ResourceInUseException';
      if (!exists || this.server) throw error;
    }
    this.tables.set(definition.TableName, facts);
  }

  setTags(name: string, tags: TableMetadata['tags']): void {
    const facts = this.tables.get(name);
    if (facts) this.tables.set(name, { ...facts, tags });
  }

  /** Returns the items of a table, for example to show them. */
  async items(
    name: string,
    environment: Environment = DEFAULT_ENVIRONMENT,
  ): Promise<Array<Record<string, { S?: string }>>> {
    const items: Array<Record<string, { S?: string }>> = [];
    let start: unknown;
    do {
      const page = await this.call(
        'Scan',
        { TableName: name, ...(start ? { ExclusiveStartKey: start } : {}) },
        environment,
      );
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }

  async deleteTable(name: string, environment: Environment = DEFAULT_ENVIRONMENT): Promise<void> {
    await this.call('DeleteTable', { TableName: name }, environment);
    this.tables.delete(name);
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const operation = jsonOperation(request, 'DynamoDB_20120810');
    if (!operation) return undefined;
    if (this.server && !OPERATIONS.has(operation) && !TRANSACTIONS[operation]) {
      const kind = PARTIQL.has(operation) ? ' (PartiQL)' : '';
      const remedy = 'start DynamoDB Local, and the runner with --endpoint dynamodb=http://127.0.0.1:8000';
      throw notRunLocally('dynamodb', `${operation}${kind}`, remedy);
    }
    const input = parseJson(request.body);
    const permissions = dynamoDbPermissions(operation, input, environment, (table) => this.tableMetadata(table));
    return { permissions, handle: (response) => this.handle(operation, input, request, response, environment) };
  }

  async close(): Promise<void> {
    if (!this.server) return;
    this.server.closeAllConnections();
    // dynalite's own close() closes the database while requests are in progress, which causes uncaught exceptions
    await new Promise((resolve) => Server.prototype.close.call(this.server, resolve));
  }

  /** Waits until a table that is being created can be used and deleted, as CloudFormation does. */
  private async untilActive(TableName: string, environment: Environment): Promise<void> {
    const isActive = async () => {
      const { Table } = await this.call('DescribeTable', { TableName }, environment);
      return Table.TableStatus === 'ACTIVE';
    };
    while (!(await isActive())) await sleep(1);
  }

  private async handle(
    operation: string,
    input: Record<string, any>,
    request: BufferedRequest,
    response: ServerResponse,
    environment: Environment,
  ): Promise<void> {
    const compose = this.server && (TRANSACTIONS[operation] ?? returnsOldItem(operation, input));
    if (!compose) return this.lock.shared(() => this.forward(operation, request, response, environment));
    await this.lock.runExclusive(async () => {
      try {
        const run = () => compose(withTableNames(input), (name, body) => this.call(name, body, environment));
        send(response, 200, await this.once(operation, input, run));
      } catch (error) {
        if (!(error instanceof DynamoDbError)) throw error;
        send(response, 400, errorBody(error));
      }
    });
  }

  /** Runs a transaction, unless one with the same token has completed. */
  private async once(operation: string, input: Record<string, any>, run: () => Promise<object>): Promise<object> {
    const token: string | undefined = operation === 'TransactWriteItems' ? input.ClientRequestToken : undefined;
    if (!token) return run();
    const text = JSON.stringify(input.TransactItems);
    const completed = this.tokens.get(token);
    if (completed === text) return {};
    if (completed) {
      throw new DynamoDbError('IdempotentParameterMismatchException', 'the token belongs to another request');
    }
    const output = await run();
    this.tokens.set(token, text);
    return output;
  }

  private async forward(
    operation: string,
    request: BufferedRequest,
    response: ServerResponse,
    environment: Environment,
  ): Promise<void> {
    const body = request.body.includes('arn:aws:dynamodb:')
      ? Buffer.from(JSON.stringify(withTableNames(JSON.parse(request.body.toString()))))
      : request.body;
    const headers = {
      ...request.headers,
      'content-length': String(body.length),
      // DynamoDB Local has separate tables for each access key
      authorization: credentialScope(environment),
    };
    const describes = /Table$|Tables$/.test(operation);
    const arn = `arn:aws:dynamodb:${environment.region}:${environment.accountId}:`;
    const forwarded = { ...request, headers, body };
    const rewrite = describes ? (text: string) => text.replaceAll(EMBEDDED_ARN, arn) : undefined;
    if (this.server) await forwardInProcess(this.server, forwarded, response, rewrite);
    else await forwardRequest(this.url, forwarded, response, rewrite);
  }

  private async call(operation: string, input: object, environment: Environment): Promise<Record<string, any>> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
      authorization: credentialScope(environment),
    };
    const { statusCode, body } = await this.post(headers, JSON.stringify(input));
    const output = JSON.parse(body) as Record<string, any>;
    if (statusCode === 200) return output;
    const code = String(output.__type).split('#').at(-1)!;
    throw new DynamoDbError(code, output.message ?? output.Message ?? `${operation} failed: ${code}`);
  }

  private async post(headers: Record<string, string>, body: string): Promise<{ statusCode: number; body: string }> {
    if (this.server) {
      return callInProcess(this.server, { method: 'POST', url: '/', headers, body: Buffer.from(body) });
    }
    const response = await fetch(this.url, { method: 'POST', headers, body });
    return { statusCode: response.status, body: await response.text() };
  }
}

/** A signature that the embedded server requires, but does not verify. */
function credentialScope({ accountId, region }: Environment): string {
  return `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;
}

/** Returns the execution of a write that returns the item when its condition fails, which dynalite does not support. */
function returnsOldItem(operation: string, { ReturnValuesOnConditionCheckFailure }: Record<string, any>) {
  if (ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return undefined;
  return async ({ ReturnValuesOnConditionCheckFailure: _, ...input }: Record<string, any>, call: Call) => {
    try {
      return await call(operation, input);
    } catch (error) {
      if ((error as DynamoDbError).code !== 'ConditionalCheckFailedException') throw error;
      const { Table } = await call('DescribeTable', { TableName: input.TableName });
      const source = input.Key ?? input.Item;
      const names: string[] = Table.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName);
      const Key = Object.fromEntries(names.map((name) => [name, source[name]]));
      const { Item } = await call('GetItem', { TableName: input.TableName, Key, ConsistentRead: true });
      throw Object.assign(error as DynamoDbError, { item: Item });
    }
  };
}

function errorBody(error: DynamoDbError & { item?: object }): object {
  return {
    __type: `com.amazonaws.dynamodb.v20120810#${error.code}`,
    message: error.message,
    Message: error.message,
    ...(error instanceof TransactionCanceled && { CancellationReasons: error.reasons }),
    ...(error.item && { Item: error.item }),
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

/** Replaces table ARNs in a request with table names, because dynalite does not support ARNs. */
function withTableNames(input: Record<string, any>): Record<string, any> {
  const { TableName, RequestItems, TransactItems } = input;
  return {
    ...input,
    ...(TableName && { TableName: tableName(TableName) }),
    ...(RequestItems && {
      RequestItems: Object.fromEntries(
        Object.entries(RequestItems).map(([table, requests]) => [tableName(table), requests]),
      ),
    }),
    ...(TransactItems && {
      TransactItems: TransactItems.map((item: Record<string, any>) =>
        Object.fromEntries(Object.entries(item).map(([kind, request]) => [kind, withTableNames(request)])),
      ),
    }),
  };
}
