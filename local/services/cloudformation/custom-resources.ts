import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { NotRunError } from '../../resources/not-run.js';
import type { BufferedRequest } from '../forward.js';
import type { LambdaService } from '../lambda/service.js';
import type { CustomResourceRequest, CustomResourceResponse } from './custom-resource-protocol.js';
import { invokeProviderFramework, providerFailure, usesProviderFramework } from './provider-framework.js';

/** CloudFormation's limit for a response, in bytes. */
const MAX_RESPONSE_BYTES = 4096;
/** Path of response URLs. The shims of the runtimes send HTTPS requests to this path over HTTP. */
const RESPONSE_PATH = '/cloudformation-response/';

/** Sends requests to the providers of custom resources and receives their responses, as CloudFormation does. */
export class CustomResources {
  private readonly pending = new Map<string, (response: CustomResourceResponse) => void>();

  constructor(
    private readonly lambda: LambdaService,
    private readonly baseUrl: () => string,
  ) {}

  /** Handles a request to a response URL. Returns false for any other request. */
  handleResponse({ method, url, body }: BufferedRequest, response: ServerResponse): boolean {
    if (method !== 'PUT' || !url.startsWith(RESPONSE_PATH)) return false;
    const settle = this.pending.get(url.slice(RESPONSE_PATH.length));
    response.writeHead(settle ? 200 : 403).end();
    settle?.(parseResponse(body));
    return true;
  }

  async request(
    serviceToken: string,
    request: Omit<CustomResourceRequest, 'ResponseURL' | 'RequestId'>,
    timeoutSeconds: number,
  ): Promise<CustomResourceResponse> {
    const RequestId = randomUUID();
    const event = { ...request, RequestId, ResponseURL: `${this.baseUrl()}${RESPONSE_PATH}${RequestId}` };
    const provider = this.lambda.get(serviceToken);
    if (!provider) throw new NotRunError(`its provider ${serviceToken} is not a function of this app`, 'deploy');
    if (provider.problem) throw new NotRunError(`its provider cannot run here: ${provider.problem}`, 'deploy');
    if (usesProviderFramework(provider)) return invokeProviderFramework(this.lambda, provider, event, timeoutSeconds);

    const responded = new Promise<CustomResourceResponse>((resolve) => this.pending.set(RequestId, resolve));
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const message = `the provider ${provider.name} did not respond within ${timeoutSeconds} s`;
      timer = setTimeout(() => reject(new Error(message)), timeoutSeconds * 1000);
    });
    try {
      return await Promise.race([responded, timeout, this.functionFailure(serviceToken, event)]);
    } finally {
      clearTimeout(timer);
      this.pending.delete(RequestId);
    }
  }

  /** Rejects when the function fails. CloudFormation does not notice this and waits for the service timeout. */
  private async functionFailure(serviceToken: string, event: CustomResourceRequest): Promise<never> {
    const invocation = await this.lambda.invoke(serviceToken, Buffer.from(JSON.stringify(event)), {
      customResource: true,
    });
    invocation.body.resume();
    const error = await invocation.ended;
    if (error) throw providerFailure(error);
    return new Promise<never>(() => {}); // the response arrives at the response URL
  }
}

function parseResponse(body: Buffer): CustomResourceResponse {
  if (body.length > MAX_RESPONSE_BYTES) {
    return {
      Status: 'FAILED',
      Reason: `the provider's response has ${body.length} bytes, the limit is ${MAX_RESPONSE_BYTES}`,
    };
  }
  try {
    return JSON.parse(body.toString()) as CustomResourceResponse;
  } catch {
    return { Status: 'FAILED', Reason: "the provider's response is not valid JSON" };
  }
}
