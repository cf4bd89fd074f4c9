import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { type Environment, LOOPBACK } from '../../environment.js';
import { type BufferedRequest, forwardRequest } from '../forward.js';
import { queueName } from './access.js';

/** Account of fauxqs in queue URLs and ARNs. */
const EMBEDDED_ACCOUNT = '000000000000';
/** Host names of fauxqs in queue URLs, which may not resolve. */
const EMBEDDED_HOST = /http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?/g;
/** Operations that return queue URLs or ARNs. Other responses can contain messages and are not modified. */
const RETURNS_ADDRESSES = new Set(['CreateQueue', 'GetQueueUrl', 'ListQueues', 'GetQueueAttributes']);

/** An SQS server in this process (fauxqs). */
export class SqsService {
  private readonly tags = new Map<string, Readonly<Record<string, string>>>();

  private constructor(
    private readonly app: ReturnType<typeof buildApp>,
    readonly port: number,
  ) {}

  static async start(): Promise<SqsService> {
    const app = buildApp({ logger: false });
    await app.listen({ port: 0, host: LOOPBACK }); // startFauxqs() listens on all interfaces
    return new SqsService(app, (app.server.address() as AddressInfo).port);
  }

  tagsOf(name: string): Readonly<Record<string, string>> | undefined {
    return this.tags.get(name);
  }

  /** Handles an authorized call of the SQS API. */
  async handle(
    operation: string,
    request: BufferedRequest,
    response: ServerResponse,
    environment: Environment,
  ): Promise<void> {
    const rewrite = RETURNS_ADDRESSES.has(operation)
      ? (body: string) =>
          body
            .replaceAll(EMBEDDED_HOST, `http://${request.headers.host}`)
            .replaceAll(EMBEDDED_ACCOUNT, environment.accountId)
      : undefined;
    await forwardRequest(this.port, request, response, rewrite);
    if (response.statusCode === 200) this.trackTags(operation, JSON.parse(request.body.toString() || '{}'));
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  private trackTags(operation: string, body: Record<string, any>): void {
    const name = queueName(body);
    if (operation === 'CreateQueue') this.tags.set(name, body.tags ?? body.Tags ?? {});
    if (operation === 'TagQueue') this.tags.set(name, { ...this.tags.get(name), ...(body.tags ?? body.Tags) });
    if (operation === 'UntagQueue') {
      const kept = Object.entries(this.tags.get(name) ?? {}).filter(([key]) => !body.TagKeys?.includes(key));
      this.tags.set(name, Object.fromEntries(kept));
    }
    if (operation === 'DeleteQueue') this.tags.delete(name);
  }
}
