import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { handler } from '../../../lambda/registration/api.js';
import { allRecords } from '../../../lambda/registration/function-records.js';
import { statementId } from '../../../lambda/registration/statements.js';
import { functionsOf, idOf, TYPES } from '../../../lambda/registry/item.js';
import { all } from '../../../lambda/registry/store.js';
import { log } from '../../../lambda/shared/log.js';
import { handleLambdaApi } from '../../../local/services/lambda/api.js';
import { parseCall } from '../../../local/services/lambda/operations.js';
import type { PolicyStatement } from '../../../local/services/lambda/policy.js';
import { LambdaService } from '../../../local/services/lambda/service.js';
import { ENV, REGISTRY } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { testRuntimes } from '../../support/runtime-dir.js';
import { Tables } from '../mcp/tables.js';
import { proxyEvent } from '../shared/events.js';
import { FaultyProxies, listen, read } from './faulty-proxy.js';

export const ACCOUNT = '123456789012';
export const SERVER_ID = 'mcp-0a1b2c3d-4e5f6071';
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/runtime`;

export function arnOf(name: string): string {
  return `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;
}

/** Lambda's error for a principal that IAM does not know, or knows no longer. */
export const INVALID_PRINCIPAL = {
  error: 'InvalidParameterValueException',
  message: 'The provided principal was invalid. Please check the principal and try again.',
} as const;

export const TOOL = { type: 'tool', name: 'lookup', lambdaArn: arnOf('one') };

/** A registry and functions: `one` (with the alias `live`), `two` and `three` are registrable; `untagged`, `theirs` and `own` are not. */
export class RegistrationFixture {
  private constructor(
    readonly aws: EmbeddedAws,
    readonly lambda: LambdaService,
    readonly proxies: FaultyProxies,
    private readonly lambdaServer: Server,
  ) {}

  static async start(): Promise<RegistrationFixture> {
    const aws = await startEmbeddedAws();
    const lambda = new LambdaService({
      isolation: 'shared',
      runtimes: testRuntimes(),
      onLog: () => undefined,
      accountId: ACCOUNT,
      region: 'us-east-1',
    });
    const lambdaServer = createServer(async (req, res) => {
      const body = await read(req);
      if (!fixture.iamAllows(req.method!, req.url!)) {
        res.writeHead(403, { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' });
        return void res.end('{}');
      }
      await handleLambdaApi(lambda, { method: req.method!, path: req.url!, headers: req.headers, body }, res);
    });
    const proxies = new FaultyProxies();
    const fixture = new RegistrationFixture(aws, lambda, proxies, lambdaServer);
    log.setLogLevel('SILENT');
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: await proxies.before(aws.dynamoDbUrl),
      AWS_ENDPOINT_URL_LAMBDA: await proxies.before(await listen(lambdaServer)),
      [ENV.SERVER_ID]: SERVER_ID,
      [ENV.SERVER_INFO]: JSON.stringify({ name: 'orders', version: '1' }),
      [ENV.RUNTIME_ROLE_ARN]: ROLE_ARN,
      [ENV.OWN_FUNCTIONS]: JSON.stringify([arnOf('own')]),
    });
    for (const name of ['one', 'two', 'three', 'own']) fixture.defineFunction(name, { 'mcp-server': 'orders' });
    fixture.defineFunction('untagged', {});
    fixture.defineFunction('theirs', { 'mcp-server': 'billing' });
    lambda.defineQualifier('one', 'live');
    return fixture;
  }

  /** Creates empty tables, and removes all statements and faults. */
  async reset(): Promise<void> {
    this.proxies.watch();
    await new Tables(this.aws.dynamoDb, randomUUID()).create();
    for (const arn of this.permitted()) this.lambda.removePermission(arn, statementId());
  }

  defineFunction(name: string, tags: Record<string, string>): void {
    this.lambda.define({
      name,
      arn: arnOf(name),
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      codeDir: '/nonexistent',
      timeoutSeconds: 3,
      memoryMb: 128,
      environment: {},
      tags,
      roleArn: ROLE_ARN,
    });
  }

  /** The decision of the role's policy: without `registrableFunctions`, permissions are added to functions with the opt-in tag only. */
  iamAllows(method: string, path: string): boolean {
    const call = parseCall({ method, path });
    if (call?.operation !== 'AddPermission' || process.env[ENV.REGISTRABLE_FUNCTIONS]) return true;
    return this.lambda.get(call.functionName)?.tags['mcp-server'] === 'orders';
  }

  /** Sends a request to the Registration API. */
  async call(method: string, path: string, options: CallOptions = {}) {
    const { body, headers, query, raw } = options;
    const id = path.split('/')[2];
    const {
      statusCode,
      headers: responseHeaders,
      body: text,
    } = await handler(
      proxyEvent({
        httpMethod: method,
        path,
        resource: id === undefined ? '/register' : '/register/{id}',
        pathParameters: id === undefined ? null : { id },
        queryStringParameters: query ?? null,
        headers: { Host: 'api.example.com', ...headers },
        body: raw ?? (body === undefined ? null : JSON.stringify(body)),
        requestContext: { path: `/prod${path}`, requestId: 'r-1', domainName: 'api.example.com' },
      }),
    );
    return {
      status: statusCode,
      headers: responseHeaders as Record<string, string>,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** The functions with a statement of this server. */
  permitted(): string[] {
    const arns = ['one', 'one:live', 'two', 'three', 'untagged', 'theirs', 'own'].map(arnOf);
    return arns.filter((arn) => this.statements(arn).some(({ Sid }) => Sid === statementId()));
  }

  statements(arn: string): PolicyStatement[] {
    try {
      return JSON.parse(this.lambda.getPolicy(arn).policy).Statement;
    } catch {
      return []; // no policy
    }
  }

  /** All inconsistencies between API registrations, function records and resource policies. */
  async inconsistencies(): Promise<string[]> {
    const items = (await Promise.all(TYPES.map(all))).flat().filter(({ owner }) => owner === 'api');
    const expected = items.flatMap((item) => functionsOf(item).map((arn) => `${arn} for ${idOf(item)}`));
    const recorded = (await allRecords()).flatMap(({ functionArn, registrations }) =>
      registrations.map((id) => `${functionArn} for ${id}`),
    );
    const needed = [...new Set(items.flatMap(functionsOf))];
    const permitted = this.permitted();
    return [
      ...expected.filter((each) => !recorded.includes(each)).map((each) => `not recorded: ${each}`),
      ...recorded.filter((each) => !expected.includes(each)).map((each) => `recorded without need: ${each}`),
      ...needed.filter((arn) => !permitted.includes(arn)).map((arn) => `not permitted: ${arn}`),
      ...permitted.filter((arn) => !needed.includes(arn)).map((arn) => `permitted without need: ${arn}`),
    ];
  }

  /** The registry revision. */
  async revision(): Promise<number> {
    const Key = { type: { S: REGISTRY.META }, name: { S: REGISTRY.REVISION } };
    const TableName = process.env[ENV.REGISTRY_TABLE];
    const { Item } = await this.aws.dynamoDb.send(new GetItemCommand({ TableName, Key }));
    return Number(Item?.revision?.N ?? 0);
  }

  async stop(): Promise<void> {
    this.proxies.stop();
    this.lambdaServer.closeAllConnections();
    this.lambdaServer.close();
    await this.lambda.close();
    await this.aws.stop();
  }
}

export interface CallOptions {
  readonly body?: unknown;
  /** The body as text. */
  readonly raw?: string;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
}
