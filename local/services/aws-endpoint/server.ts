import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../environment.js';
import { type Authorization, isSigned, parseAuthorization } from '../apigateway/sigv4.js';
import { dynamoDbAccess } from '../dynamodb/access.js';
import type { DynamoDbService } from '../dynamodb/service.js';
import { type ReadRequest, readBody } from '../forward.js';
import { type Caller, type Decision, judge, type Refusal } from '../iam/judge.js';
import { UnsupportedPolicy } from '../iam/match.js';
import type { RequestContext } from '../iam/policy.js';
import type { IamService } from '../iam/service.js';
import { handleLambdaApi } from '../lambda/api.js';
import type { LambdaService } from '../lambda/service.js';
import { isPresigned, verifyPresigned, withoutSignature } from '../s3/presigned.js';
import type { S3Service } from '../s3/service.js';
import { sqsAccess } from '../sqs/access.js';
import type { SqsService } from '../sqs/service.js';
import type { RequiredAccess } from './access.js';
import { describeStacks, type StackOutputs } from './describe-stacks.js';
import { AwsError, answerError } from './errors.js';
import { globalContext } from './global-context.js';
import { lambdaAccess } from './lambda-access.js';
import type { Passthrough } from './passthrough.js';
import { answerCallerIdentity } from './sts.js';

/** One permission that somebody needed, and whether they had it. */
export interface Access {
  /** ARN of the role or user. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly granted: boolean;
}

export interface AwsEndpointOptions {
  readonly iam: IamService;
  readonly dynamoDb: DynamoDbService;
  readonly sqs: SqsService;
  readonly s3: S3Service;
  readonly lambda: LambdaService;
  readonly passthrough?: Passthrough;
  /** What `cloudformation:DescribeStacks` tells; not run where absent. */
  readonly outputs?: StackOutputs;
  /** Each permission that was judged. */
  readonly onAccess?: (access: Access) => void;
  /** A call that was refused: what the runner prints. */
  readonly onRefusal: (message: string) => void;
  /** Takes requests that are not signed calls of AWS (CloudFormation's answer addresses); false when it is not for one. */
  readonly unsigned: (request: ReadRequest, response: ServerResponse) => boolean;
}

/** The call of a service, as far as permissions are concerned. */
interface ServiceCall {
  readonly needs: RequiredAccess[];
  answer(response: ServerResponse): Promise<void>;
}

/** What to do where nobody has allowed an action. */
const MISSING_GRANT = 'a grant is missing in the app, e.g. `table.grantReadData(fn)`';

/**
 * The address of every AWS service (`AWS_ENDPOINT_URL`). Service and caller are read from the request's signature; the call is
 * judged by the caller's policies, then answered by the service that runs here.
 */
export class AwsEndpoint {
  private constructor(
    private readonly server: Server,
    private readonly options: AwsEndpointOptions,
  ) {}

  static async start(options: AwsEndpointOptions): Promise<AwsEndpoint> {
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    const endpoint = new AwsEndpoint(server, options);
    server.on('request', (request, response) => void endpoint.serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return endpoint;
  }

  get url(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    let request: ReadRequest;
    try {
      request = { method, url, headers, body: await readBody(incoming) };
    } catch {
      return; // the client left while it was sending
    }
    let scope: Authorization | undefined;
    let caller: Caller | undefined;
    try {
      const presigned = isPresigned(url);
      if (!presigned && !isSigned(headers)) {
        if (this.options.unsigned(request, response)) return;
        throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
      }
      scope = presigned
        ? verifyPresigned(request, (accessKeyId) => this.options.iam.credentials(accessKeyId))
        : parseAuthorization(headers);
      caller = this.options.iam.caller(scope.accessKeyId);
      if (!caller) {
        throw new AwsError(
          'UnrecognizedClientException',
          403,
          'The security token included in the request is invalid.',
        );
      }
      await this.call(scope, caller, presigned ? withoutSignature(request) : request, response);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', 500, String(error));
      const who = caller ? `${caller.sessionArn.split('/').at(-1)}: ` : '';
      this.options.onRefusal(`${who}${known.message}${known.hint ? `\n  ${known.hint}` : ''}`);
      if (response.headersSent) response.destroy();
      else answerError(known, scope?.service ?? (isPresigned(url) ? 's3' : ''), request, response);
    }
  }

  private async call(
    scope: Authorization,
    caller: Caller,
    request: ReadRequest,
    response: ServerResponse,
  ): Promise<void> {
    const { service, region } = scope;
    if (service === 'sts' && request.body.includes('Action=GetCallerIdentity')) {
      return answerCallerIdentity(caller, scope.accessKeyId, response);
    }
    if (this.options.passthrough?.covers(service)) {
      return this.options.passthrough.forward(scope, request, response);
    }
    const call = this.serviceCall(service, { accountId: caller.accountId, region }, request);
    if (!call) throw notHere(service, request);
    for (const need of call.needs) this.authorize(caller, need, region);
    await call.answer(response);
  }

  private serviceCall(
    service: string,
    where: { accountId: string; region: string },
    request: ReadRequest,
  ): ServiceCall | undefined {
    const { dynamoDb, sqs, s3, lambda } = this.options;
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target.slice(target.indexOf('.') + 1);
    if (service === 'dynamodb' && target.startsWith('DynamoDB_20120810.')) {
      const needs = dynamoDbAccess(operation, parseJson(request.body), where, (table) => dynamoDb.tableFacts(table));
      return { needs, answer: (response) => dynamoDb.handle(operation, request, response, where) };
    }
    if (service === 'sqs' && target.startsWith('AmazonSQS.')) {
      const needs = sqsAccess(operation, parseJson(request.body), where, (queue) => sqs.tagsOf(queue));
      return { needs, answer: (response) => sqs.handle(operation, request, response, where) };
    }
    if (service === 's3') return s3.call(request);
    if (service === 'cloudformation' && this.options.outputs) {
      const form = new URLSearchParams(request.body.toString());
      if (form.get('Action') === 'DescribeStacks') return describeStacks(form, where, this.options.outputs);
    }
    const needs = service === 'lambda' && lambdaAccess(lambda, where, request);
    return needs
      ? { needs, answer: (response) => handleLambdaApi(lambda, { ...request, path: request.url }, response) }
      : undefined;
  }

  private authorize(caller: Caller, need: RequiredAccess, region: string): void {
    const { action, resource, resourcePolicy } = need;
    const context: RequestContext = { ...globalContext(caller, region), ...need.context };
    const refusal = refusalOf(() => judge(caller, { action, resource, context }, resourcePolicy));
    this.options.onAccess?.({ role: caller.arn, action, resource, granted: refusal === undefined });
    if (refusal === undefined) return;
    const user = `User: ${caller.sessionArn}`;
    const message = `${user} is not authorized to perform: ${action} on resource: ${resource} ${refusal.because}`;
    const hint = refusal.ungranted ? MISSING_GRANT : undefined;
    throw new AwsError('AccessDeniedException', 403, message, hint);
  }
}

/** Why a request is refused, undefined when it is not. A policy that cannot be judged refuses. */
function refusalOf(decide: () => Decision): Refusal | undefined {
  try {
    const decision = decide();
    return decision.allowed ? undefined : decision;
  } catch (error) {
    if (error instanceof UnsupportedPolicy) return { allowed: false, because: `because ${error.message}` };
    throw error;
  }
}

function notHere(service: string, { method, url, headers, body }: ReadRequest): AwsError {
  const target = String(headers['x-amz-target'] ?? '');
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const action = target
    ? target.slice(target.lastIndexOf('.') + 1)
    : ((form && new URLSearchParams(body.toString()).get('Action')) ?? `${method} ${url.split('?')[0]}`);
  return new AwsError(
    'NotRunLocally',
    501,
    `${service}: ${action} is not run here; --passthrough ${service} --profile <your AWS profile> sends the calls of ${service} to AWS`,
  );
}

function parseJson(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    throw new AwsError('SerializationException', 400, 'the request body is not JSON');
  }
}
