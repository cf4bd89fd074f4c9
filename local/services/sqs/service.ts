import type { ServerResponse } from 'node:http';
import type { Environment } from '../../environment.js';
import { jsonOperation, parseJson, type ServiceCall } from '../aws-endpoint/service-call.js';
import { EMBEDDED_ACCOUNT, type Fauxqs } from '../fauxqs/server.js';
import type { BufferedRequest } from '../forward.js';
import type { PolicyDocument } from '../iam/policy.js';
import { forwardInProcess } from '../in-process.js';
import { queueName, sqsPermissions } from './access.js';
import { escapeMessages, restoreMessages } from './messages.js';

/** Host names of fauxqs in queue URLs, which may not resolve. */
const EMBEDDED_HOST = /http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?/g;
/** Operations that return queue URLs or ARNs. */
const RETURNS_ADDRESSES = new Set(['CreateQueue', 'GetQueueUrl', 'ListQueues', 'GetQueueAttributes']);
/** Operations that return messages or their digests. */
const RETURNS_MESSAGES = new Set(['SendMessage', 'SendMessageBatch', 'ReceiveMessage']);

type Tags = Readonly<Record<string, string>>;

/** SQS, on the embedded server: the queues of the templates, and those that functions create. */
export class SqsService {
  private readonly tags = new Map<string, Tags>();
  private readonly policies = new Map<string, PolicyDocument>();

  constructor(private readonly server: Fauxqs) {}

  /** Port of the embedded server. */
  get port(): number {
    return this.server.port;
  }

  tagsOf(name: string): Tags | undefined {
    return this.tags.get(name);
  }

  policyOf(name: string): PolicyDocument | undefined {
    return this.policies.get(name);
  }

  /** Sets the queue policy; `undefined` removes it. */
  setPolicy(name: string, policy: PolicyDocument | undefined): void {
    if (policy) this.policies.set(name, policy);
    else this.policies.delete(name);
  }

  /** Creates a queue of a template, or changes its attributes. */
  async putQueue(name: string, attributes: Record<string, string>, tags: Tags, environment: Environment) {
    const { region, accountId } = environment;
    const Attributes = JSON.parse(JSON.stringify(attributes).replaceAll(`:${accountId}:`, `:${EMBEDDED_ACCOUNT}:`));
    if (this.tags.has(name)) {
      const { FifoQueue: _, ...changeable } = Attributes;
      await this.server.sqs('SetQueueAttributes', region, { QueueUrl: name, Attributes: changeable });
    } else {
      await this.server.sqs('CreateQueue', region, { QueueName: name, Attributes });
    }
    this.tags.set(name, tags);
  }

  async deleteQueue(name: string, region: string): Promise<void> {
    await this.server.sqs('DeleteQueue', region, { QueueUrl: name });
    this.tags.delete(name);
  }

  parseCall(request: BufferedRequest, environment: Environment): ServiceCall | undefined {
    const operation = jsonOperation(request, 'AmazonSQS');
    if (!operation) return undefined;
    const body = parseJson(request.body);
    const permissions = sqsPermissions(
      operation,
      body,
      environment,
      (name) => this.tagsOf(name),
      (name) => this.policyOf(name),
    );
    return { permissions, handle: (response) => this.handle(operation, body, request, response, environment) };
  }

  private async handle(
    operation: string,
    body: Record<string, any>,
    request: BufferedRequest,
    response: ServerResponse,
    { accountId }: Environment,
  ): Promise<void> {
    const address = (text: string) =>
      text.replaceAll(EMBEDDED_HOST, `http://${request.headers.host}`).replaceAll(EMBEDDED_ACCOUNT, accountId);
    const rewrite = RETURNS_ADDRESSES.has(operation)
      ? address
      : RETURNS_MESSAGES.has(operation)
        ? (text: string) => restoreMessages(text, body, accountId)
        : undefined;
    await forwardInProcess(this.server.http, escaped(operation, body, request, accountId), response, rewrite);
    if (response.statusCode === 200) this.track(operation, body);
  }

  private track(operation: string, body: Record<string, any>): void {
    const name = queueName(body);
    const tags = body.tags ?? body.Tags;
    if (operation === 'CreateQueue') this.tags.set(name, tags ?? {});
    if (operation === 'TagQueue') this.tags.set(name, { ...this.tags.get(name), ...tags });
    if (operation === 'UntagQueue') {
      const kept = Object.entries(this.tags.get(name) ?? {}).filter(([key]) => !body.TagKeys?.includes(key));
      this.tags.set(name, Object.fromEntries(kept));
    }
    if (operation === 'CreateQueue' || operation === 'SetQueueAttributes') this.trackPolicy(name, body.Attributes);
    if (operation === 'DeleteQueue') {
      this.tags.delete(name);
      this.policies.delete(name);
    }
  }

  private trackPolicy(name: string, attributes: Record<string, string> | undefined): void {
    if (attributes?.Policy === undefined) return;
    this.setPolicy(name, attributes.Policy === '' ? undefined : (JSON.parse(attributes.Policy) as PolicyDocument));
  }
}

/** Returns the request as the embedded server expects it. */
function escaped(
  operation: string,
  body: Record<string, any>,
  request: BufferedRequest,
  accountId: string,
): BufferedRequest {
  let input = body;
  if (operation.startsWith('SendMessage')) input = escapeMessages(body);
  if (body.Attributes?.RedrivePolicy) {
    const RedrivePolicy = body.Attributes.RedrivePolicy.replaceAll(`:${accountId}:`, `:${EMBEDDED_ACCOUNT}:`);
    input = { ...body, Attributes: { ...body.Attributes, RedrivePolicy } };
  }
  if (input === body) return request;
  const bytes = Buffer.from(JSON.stringify(input));
  return { ...request, headers: { ...request.headers, 'content-length': String(bytes.length) }, body: bytes };
}
