import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { LOOPBACK } from '../../environment.js';
import type { Caller } from '../aws-endpoint/access.js';
import { forward, type ReadRequest } from '../forward.js';
import { queueName } from './access.js';

/** fauxqs's own account, in the addresses and ARNs it answers. */
const EMBEDDED_ACCOUNT = '000000000000';
/** The host names that it makes up, which need not resolve. */
const EMBEDDED_HOST = /http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?/g;
/** Operations that answer such addresses or ARNs; the others' answers may hold users' messages and stay as they are. */
const ANSWERS_ADDRESSES = new Set(['CreateQueue', 'GetQueueUrl', 'ListQueues', 'GetQueueAttributes']);

/** An SQS in this process (fauxqs). */
export class SqsService {
  private readonly tags = new Map<string, Readonly<Record<string, string>>>();

  private constructor(
    private readonly app: ReturnType<typeof buildApp>,
    readonly port: number,
  ) {}

  static async start(): Promise<SqsService> {
    const app = buildApp({ logger: false });
    await app.listen({ port: 0, host: LOOPBACK }); // startFauxqs() would listen on every interface
    return new SqsService(app, (app.server.address() as AddressInfo).port);
  }

  tagsOf(name: string): Readonly<Record<string, string>> | undefined {
    return this.tags.get(name);
  }

  /** Answers a call of the SQS API that has been allowed. */
  async handle(operation: string, request: ReadRequest, response: ServerResponse, caller: Caller): Promise<void> {
    const rewrite = ANSWERS_ADDRESSES.has(operation)
      ? (body: string) =>
          body
            .replaceAll(EMBEDDED_HOST, `http://${request.headers.host}`)
            .replaceAll(EMBEDDED_ACCOUNT, caller.accountId)
      : undefined;
    await forward(this.port, request, response, rewrite);
    if (response.statusCode === 200) this.noteTags(operation, JSON.parse(request.body.toString() || '{}'));
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  private noteTags(operation: string, body: Record<string, any>): void {
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
