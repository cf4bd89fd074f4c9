import { randomBytes } from 'node:crypto';
import { DeleteMessageCommand, ListQueuesCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { Tables } from '../mcp/tables.js';

/** A server without registrations: its two tables, its environment variables and embedded AWS. */
export interface TestServer extends EmbeddedAws {
  readonly serverId: string;
  readonly tables: Tables;
  /** URLs of the queues with a name prefix, this server's by default. */
  queues(prefix?: string): Promise<string[]>;
  /** Receives and deletes all messages of a queue. */
  drain(QueueUrl: string): Promise<Message[]>;
}

/** Starts a server that is isolated from the sessions and queues of other tests. */
export async function startTestServer(): Promise<TestServer> {
  const aws = await startEmbeddedAws();
  const serverId = `mcp-${randomBytes(4).toString('hex')}-00000000`;
  for (const name of Object.values(ENV)) if (name !== ENV.AUTHORIZATION) delete process.env[name]; // set by vitest.config.mts
  Object.assign(process.env, {
    [ENV.SERVER_ID]: serverId,
    [ENV.SERVER_INFO]: JSON.stringify({ name: 'test', version: '1.0.0' }),
    [ENV.QUEUE_TAGS]: JSON.stringify({ team: 'orders' }),
  });
  const tables = new Tables(aws.dynamoDb, serverId);
  await tables.create();
  return {
    ...aws,
    serverId,
    tables,
    async queues(prefix = serverId) {
      const { QueueUrls = [] } = await aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }));
      return QueueUrls;
    },
    async drain(QueueUrl) {
      const all: Message[] = [];
      for (;;) {
        const input = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
        const { Messages: messages = [] } = await aws.sqs.send(new ReceiveMessageCommand(input));
        if (messages.length === 0) return all;
        for (const { ReceiptHandle } of messages) {
          await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
        all.push(...messages);
      }
    },
  };
}

/** Changes to the default event, a `POST /prod/message` with a JSON body. */
export interface EventOptions {
  readonly method?: string;
  readonly resource?: string;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly userArn?: string;
  readonly requestId?: string;
}

/** Creates a REST API proxy event. */
export function apiEvent(options: EventOptions = {}): APIGatewayProxyEvent {
  const { method = 'POST', resource = '/message', headers = { 'Content-Type': 'application/json' } } = options;
  return {
    resource,
    path: resource,
    httpMethod: method,
    headers: { Host: 'api.example.com', ...headers },
    multiValueHeaders: {},
    queryStringParameters: options.query ?? null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      path: `/prod${resource}`,
      stage: 'prod',
      httpMethod: method,
      resourcePath: resource,
      requestId: options.requestId ?? randomBytes(16).toString('hex'),
      domainName: 'api.example.com',
      identity: { userArn: options.userArn ?? null, apiKeyId: null },
    },
    body: options.body ?? null,
    isBase64Encoded: options.isBase64Encoded ?? false,
  } as unknown as APIGatewayProxyEvent;
}

/** Waits until `condition` holds. Throws after `ms`. */
export async function until<T>(condition: () => T | Promise<T>, ms = 5_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`condition not met within ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs `work` and returns the metric values that it reports, by name. */
export async function measured(work: () => Promise<unknown>): Promise<Record<string, number>> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  const values: Record<string, number> = {};
  for (const line of text.split('\n').filter((line) => line.includes('"_aws"'))) {
    const record = JSON.parse(line);
    for (const { Name } of record._aws.CloudWatchMetrics[0].Metrics) values[Name] = [record[Name]].flat()[0];
  }
  return values;
}
