import { Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { LOOPBACK } from '../../environment.js';
import type { Caller } from '../aws-endpoint/access.js';
import { forward, type ReadRequest } from '../forward.js';
import { type TableFacts, tableName } from './access.js';

/** dynalite's own account, in the ARNs it answers. */
const EMBEDDED_ARN = /arn:aws:dynamodb:[a-z0-9-]+:\d{12}:/g;

/** A DynamoDB in this process (dynalite), and what the runner knows of its tables. */
export class DynamoDbService {
  private readonly tables = new Map<string, TableFacts>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<DynamoDbService> {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, () => resolve()));
    return new DynamoDbService(server, (server.address() as AddressInfo).port);
  }

  tableFacts(name: string): TableFacts | undefined {
    return this.tables.get(name);
  }

  async createTable(definition: Record<string, unknown> & { TableName: string }, facts: TableFacts): Promise<void> {
    await this.call('CreateTable', definition);
    this.tables.set(definition.TableName, facts);
  }

  setTags(name: string, tags: TableFacts['tags']): void {
    const facts = this.tables.get(name);
    if (facts) this.tables.set(name, { ...facts, tags });
  }

  async deleteTable(name: string): Promise<void> {
    await this.call('DeleteTable', { TableName: name });
    this.tables.delete(name);
  }

  /** Answers a call of the DynamoDB API that has been allowed. */
  async handle(operation: string, request: ReadRequest, response: ServerResponse, caller: Caller): Promise<void> {
    const arns = request.body.includes('arn:aws:dynamodb:') ? replaceTableArns(request.body) : request.body;
    const headers = { ...request.headers, 'content-length': String(arns.length) };
    const describes = /Table$|Tables$/.test(operation);
    const arn = `arn:aws:dynamodb:${caller.region}:${caller.accountId}:`;
    await forward(
      this.port,
      { ...request, headers, body: arns },
      response,
      describes ? (body) => body.replaceAll(EMBEDDED_ARN, arn) : undefined,
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    // not dynalite's own close(): it closes the database under the requests that it still works on, which throw where nobody catches
    await new Promise((resolve) => Server.prototype.close.call(this.server, resolve));
  }

  private async call(operation: string, body: object): Promise<void> {
    const answer = await fetch(`http://${LOOPBACK}:${this.port}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': new Date().toISOString(),
        // dynalite wants a signature, any signature
        authorization:
          'AWS4-HMAC-SHA256 Credential=runner/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${operation} failed: ${await answer.text()}`);
  }
}

/** Callers may name a table by its ARN, which dynalite does not know. */
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
