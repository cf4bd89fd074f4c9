import { Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { type Environment, LOOPBACK } from '../../environment.js';
import { jsonOperation, parseJson, type ServiceCall } from '../aws-endpoint/service-call.js';
import { type BufferedRequest, forwardRequest } from '../forward.js';
import { dynamoDbPermissions, type TableMetadata, tableName } from './access.js';

/** ARN prefix of dynalite, with its own account. */
const EMBEDDED_ARN = /arn:aws:dynamodb:[a-z0-9-]+:\d{12}:/g;

/** A DynamoDB server in this process (dynalite), with metadata of its tables. */
export class DynamoDbService {
  private readonly tables = new Map<string, TableMetadata>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<DynamoDbService> {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, () => resolve()));
    return new DynamoDbService(server, (server.address() as AddressInfo).port);
  }

  tableMetadata(name: string): TableMetadata | undefined {
    return this.tables.get(name);
  }

  async createTable(definition: Record<string, unknown> & { TableName: string }, facts: TableMetadata): Promise<void> {
    await this.call('CreateTable', definition);
    this.tables.set(definition.TableName, facts);
  }

  setTags(name: string, tags: TableMetadata['tags']): void {
    const facts = this.tables.get(name);
    if (facts) this.tables.set(name, { ...facts, tags });
  }

  async deleteTable(name: string): Promise<void> {
    await this.call('DeleteTable', { TableName: name });
    this.tables.delete(name);
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const operation = jsonOperation(request, 'DynamoDB_20120810');
    if (!operation) return undefined;
    const permissions = dynamoDbPermissions(operation, parseJson(request.body), environment, (table) =>
      this.tableMetadata(table),
    );
    return { permissions, handle: (response) => this.handle(operation, request, response, environment) };
  }

  private async handle(
    operation: string,
    request: BufferedRequest,
    response: ServerResponse,
    environment: Environment,
  ): Promise<void> {
    const body = request.body.includes('arn:aws:dynamodb:') ? replaceTableArns(request.body) : request.body;
    const headers = { ...request.headers, 'content-length': String(body.length) };
    const describes = /Table$|Tables$/.test(operation);
    const arn = `arn:aws:dynamodb:${environment.region}:${environment.accountId}:`;
    await forwardRequest(
      this.port,
      { ...request, headers, body },
      response,
      describes ? (text) => text.replaceAll(EMBEDDED_ARN, arn) : undefined,
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    // dynalite's own close() closes the database while requests are in progress, which causes uncaught exceptions
    await new Promise((resolve) => Server.prototype.close.call(this.server, resolve));
  }

  private async call(operation: string, body: object): Promise<void> {
    const response = await fetch(`http://${LOOPBACK}:${this.port}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': new Date().toISOString(),
        // dynalite requires a signature, but does not verify it
        authorization:
          'AWS4-HMAC-SHA256 Credential=runner/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${operation} failed: ${await response.text()}`);
  }
}

/** Replaces table ARNs in a request with table names, because dynalite does not support ARNs. */
function replaceTableArns(body: Buffer): Buffer {
  const parsed = JSON.parse(body.toString()) as { TableName?: string; RequestItems?: Record<string, unknown> };
  if (parsed.TableName) parsed.TableName = tableName(parsed.TableName);
  if (parsed.RequestItems) {
    parsed.RequestItems = Object.fromEntries(
      Object.entries(parsed.RequestItems).map(([table, requests]) => [tableName(table), requests]),
    );
  }
  return Buffer.from(JSON.stringify(parsed));
}
