import { createServer } from 'node:http';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse, Context } from 'aws-lambda';
import { provider } from '../../../lambda/registration/provider.js';
import { CUSTOM_RESOURCE } from '../../../src/private/contract.js';
import { listen, read } from './faulty-proxy.js';
import { arnOf } from './support.js';

export const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/shop/0a1b';

/** A response as received over HTTP. */
export type Received = CloudFormationCustomResourceResponse & {
  readonly bytes: number;
  readonly contentType: string | undefined;
};

/** The properties of a request that a test sets. */
export interface Request {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId?: string;
  readonly StackId?: string;
  readonly LogicalResourceId?: string;
  readonly ResourceType?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: object;
  readonly OldResourceProperties?: object;
}

/** Simulates CloudFormation: sends requests to the provider and receives its responses. */
export class CloudFormation {
  readonly received: Received[] = [];
  /** HTTP status codes for the next responses, in order; then 200. */
  statuses: number[] = [];
  private requests = 0;
  private readonly server = createServer(async (req, res) => {
    const body = await read(req);
    const status = this.statuses.shift() ?? 200;
    if (status === 200 && req.method === 'PUT') {
      const contentType = req.headers['content-type'];
      this.received.push({ ...JSON.parse(body.toString('utf8')), bytes: body.length, contentType });
    }
    res.writeHead(status).end();
  });
  private url = '';

  async start(): Promise<this> {
    this.url = await listen(this.server);
    return this;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Sends a request and returns the response. */
  async send(request: Request, remainingMs = 60_000): Promise<Received> {
    const event = {
      StackId: STACK,
      RequestId: `r-${++this.requests}`,
      LogicalResourceId: 'Tool',
      ResourceType: CUSTOM_RESOURCE.TOOL,
      ResponseURL: `${this.url}/response?X-Amz-Signature=x`,
      ServiceToken: arnOf('provider'),
      ResourceProperties: properties(),
      ...request,
    } as CloudFormationCustomResourceEvent;
    const before = this.received.length;
    await provider(event, { getRemainingTimeInMillis: () => remainingMs } as Context);
    const responses = this.received.slice(before);
    if (responses.length !== 1) throw new Error(`received ${responses.length} responses`);
    return responses[0]!;
  }
}

/** Properties of a `Custom::McpTool`. */
export function properties(definition: object = {}, lambdaArn = arnOf('one'), more: object = {}) {
  return {
    ServiceToken: arnOf('provider'),
    Definition: JSON.stringify({ type: 'tool', name: 'lookup', ...definition }),
    FunctionArn: lambdaArn,
    Permission: 'IDENTITY',
    ...more,
  };
}
