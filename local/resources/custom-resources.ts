import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ReadRequest } from '../services/forward.js';
import type { LambdaService } from '../services/lambda/service.js';
import { callProviderFramework, usesProviderFramework } from './provider-framework.js';
import type { Outcome, ResourceContext, ResourceType } from './resource-type.js';

/** CloudFormation's own patience with a custom resource, in seconds. */
const DEFAULT_SERVICE_TIMEOUT = 3600;
/** CloudFormation's limit for an answer, in bytes. */
const MAX_ANSWER_BYTES = 4096;
const ANSWER_PATH = '/cloudformation-response/';

/** What a provider is asked: CloudFormation's custom resource request. */
export interface CustomResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Record<string, unknown>;
  readonly OldResourceProperties?: Record<string, unknown>;
}

/** What a provider answers. */
export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Record<string, unknown>;
}

/** Asks providers and takes their answers, as CloudFormation does. */
export class CustomResources {
  private readonly waiting = new Map<string, (answer: CustomResourceAnswer) => void>();

  constructor(
    private readonly lambda: LambdaService,
    private readonly baseUrl: () => string,
  ) {}

  /** Takes a provider's answer; false when the request is none. */
  receive({ method, url, body }: ReadRequest, response: ServerResponse): boolean {
    if (method !== 'PUT' || !url.startsWith(ANSWER_PATH)) return false;
    const settle = this.waiting.get(url.slice(ANSWER_PATH.length));
    response.writeHead(settle ? 200 : 403).end();
    settle?.(parseAnswer(body));
    return true;
  }

  async request(
    serviceToken: string,
    request: Omit<CustomResourceRequest, 'ResponseURL' | 'RequestId'>,
    timeoutSeconds: number,
  ): Promise<CustomResourceAnswer> {
    const RequestId = randomUUID();
    const event = { ...request, RequestId, ResponseURL: `${this.baseUrl()}${ANSWER_PATH}${RequestId}` };
    const provider = this.lambda.get(serviceToken);
    if (!provider) throw new Error(`its service token ${serviceToken} is no function of this app`);
    if (usesProviderFramework(provider)) return callProviderFramework(this.lambda, provider, event, timeoutSeconds);

    const answered = new Promise<CustomResourceAnswer>((resolve) => this.waiting.set(RequestId, resolve));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `its provider ${provider.name} has not answered within ${timeoutSeconds} s`;
      timer = setTimeout(() => reject(new Error(message)), timeoutSeconds * 1000);
    });
    try {
      return await Promise.race([answered, late, this.failure(serviceToken, event)]);
    } finally {
      clearTimeout(timer);
      this.waiting.delete(RequestId);
    }
  }

  /** Rejects when the function fails: CloudFormation would not learn of it and wait until its patience ends. */
  private async failure(serviceToken: string, event: CustomResourceRequest): Promise<never> {
    const invocation = await this.lambda.invoke(serviceToken, Buffer.from(JSON.stringify(event)));
    invocation.body.resume();
    const error = await invocation.ended;
    if (error) throw new Error(`its provider failed: ${error.payload.toString()}`);
    return new Promise<never>(() => {}); // its answer comes, or has come, the other way
  }
}

/** `Custom::*` and `AWS::CloudFormation::CustomResource`. */
export const customResource: ResourceType = {
  async create(context) {
    return send(context, { RequestType: 'Create' });
  },
  async update(context, previous) {
    return send(context, {
      RequestType: 'Update',
      PhysicalResourceId: previous.outcome.physicalId,
      OldResourceProperties: asText(previous.properties) as Record<string, unknown>,
    });
  },
  async delete(context, { physicalId }) {
    await send(context, { RequestType: 'Delete', PhysicalResourceId: physicalId });
  },
};

async function send(
  context: ResourceContext,
  request: Pick<CustomResourceRequest, 'RequestType' | 'PhysicalResourceId' | 'OldResourceProperties'>,
): Promise<Outcome> {
  const { properties, services, stack, type, logicalId } = context;
  const answer = await services.customResources.request(
    properties.ServiceToken,
    {
      ...request,
      StackId: stack.id,
      ResourceType: type,
      LogicalResourceId: logicalId,
      ResourceProperties: asText(properties) as Record<string, unknown>,
    },
    Number(properties.ServiceTimeout ?? DEFAULT_SERVICE_TIMEOUT),
  );
  if (answer.Status !== 'SUCCESS') throw new Error(answer.Reason ?? 'its provider answered FAILED without a reason');
  const physicalId = answer.PhysicalResourceId ?? request.PhysicalResourceId;
  if (!physicalId) throw new Error('its provider answered without PhysicalResourceId');
  return { physicalId, attributes: answer.Data };
}

/** CloudFormation hands every number and boolean to providers as text. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
  }
  return String(value);
}

function parseAnswer(body: Buffer): CustomResourceAnswer {
  if (body.length > MAX_ANSWER_BYTES) {
    return {
      Status: 'FAILED',
      Reason: `the provider's answer has ${body.length} bytes, ${MAX_ANSWER_BYTES} are allowed`,
    };
  }
  try {
    return JSON.parse(body.toString()) as CustomResourceAnswer;
  } catch {
    return { Status: 'FAILED', Reason: "the provider's answer is not JSON" };
  }
}
