import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Environment, LOOPBACK } from '../../environment.js';
import { describeStacks, type StackOutputs } from '../cloudformation/describe-stacks.js';
import { dynamoDbPermissions } from '../dynamodb/access.js';
import type { DynamoDbService } from '../dynamodb/service.js';
import { type BufferedRequest, readBody } from '../forward.js';
import { type AccessDecision, type Caller, type Denial, evaluateAccess } from '../iam/evaluator.js';
import { globalConditionKeys } from '../iam/global-condition-keys.js';
import { UnsupportedPolicyError } from '../iam/match.js';
import { missingGrant } from '../iam/missing-grant.js';
import type { RequestContext } from '../iam/policy.js';
import type { IamService } from '../iam/service.js';
import { type Authorization, isSigned, parseAuthorization } from '../iam/sigv4.js';
import { lambdaPermissions } from '../lambda/access.js';
import { handleLambdaApi } from '../lambda/api.js';
import type { LambdaService } from '../lambda/service.js';
import { isPresigned, verifyPresigned, withoutSignature } from '../s3/presigned.js';
import type { S3Service } from '../s3/service.js';
import { sqsPermissions } from '../sqs/access.js';
import type { SqsService } from '../sqs/service.js';
import type { RequiredPermission } from './access.js';
import { AwsError, sendError } from './errors.js';
import type { Passthrough } from './passthrough.js';

/** The result of a permission check. */
export interface AccessCheck {
  /** ARN of the role or user. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly granted: boolean;
}

interface AwsEndpointOptions {
  readonly iam: IamService;
  readonly dynamoDb: DynamoDbService;
  readonly sqs: SqsService;
  readonly s3: S3Service;
  readonly lambda: LambdaService;
  readonly passthrough?: Passthrough;
  /** Returns the stack outputs for `cloudformation:DescribeStacks`. The operation is not supported if absent. */
  readonly stackOutputs?: StackOutputs;
  /** Receives the result of each permission check. */
  readonly onAccess?: (access: AccessCheck) => void;
  /** Receives the message of each failed call. */
  readonly onError: (message: string) => void;
  /** Handles unsigned requests: responses of custom resource providers. Returns false for other requests. */
  readonly handleUnsigned: (request: BufferedRequest, response: ServerResponse) => boolean;
}

/** A parsed call of a service. */
interface ServiceCall {
  readonly permissions: RequiredPermission[];
  handle(response: ServerResponse): Promise<void>;
}

/**
 * The endpoint of all AWS services (`AWS_ENDPOINT_URL`). Determines service and caller from the signature of the request, checks the
 * permissions of the caller, and forwards the call to the emulated service.
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
    let request: BufferedRequest;
    try {
      request = { method, url, headers, body: await readBody(incoming) };
    } catch {
      return; // the client disconnected while sending
    }
    let scope: Authorization | undefined;
    let caller: Caller | undefined;
    try {
      const presigned = isPresigned(url);
      if (!presigned && !isSigned(headers)) {
        if (this.options.handleUnsigned(request, response)) return;
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
      const session = caller ? `${caller.sessionArn.split('/').at(-1)}: ` : '';
      this.options.onError(`${session}${known.message}${known.hint ? `\n  ${known.hint}` : ''}`);
      if (response.headersSent) response.destroy();
      else sendError(known, scope?.service ?? (isPresigned(url) ? 's3' : ''), request, response);
    }
  }

  private async call(
    scope: Authorization,
    caller: Caller,
    request: BufferedRequest,
    response: ServerResponse,
  ): Promise<void> {
    const { service, region } = scope;
    if (service === 'sts' && request.body.includes('Action=GetCallerIdentity')) {
      return sendCallerIdentity(caller, scope.accessKeyId, response);
    }
    if (this.options.passthrough?.covers(service)) {
      return this.options.passthrough.forward(scope, request, response);
    }
    const call = this.serviceCall(service, { accountId: caller.accountId, region }, request);
    if (!call) throw notEmulated(service, request);
    for (const permission of call.permissions) this.authorize(caller, permission, region);
    await call.handle(response);
  }

  private serviceCall(service: string, environment: Environment, request: BufferedRequest): ServiceCall | undefined {
    const { dynamoDb, sqs, s3, lambda } = this.options;
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target.slice(target.indexOf('.') + 1);
    if (service === 'dynamodb' && target.startsWith('DynamoDB_20120810.')) {
      const permissions = dynamoDbPermissions(operation, parseJson(request.body), environment, (table) =>
        dynamoDb.tableMetadata(table),
      );
      return { permissions, handle: (response) => dynamoDb.handle(operation, request, response, environment) };
    }
    if (service === 'sqs' && target.startsWith('AmazonSQS.')) {
      const permissions = sqsPermissions(operation, parseJson(request.body), environment, (queue) => sqs.tagsOf(queue));
      return { permissions, handle: (response) => sqs.handle(operation, request, response, environment) };
    }
    if (service === 's3') return s3.parseCall(request);
    if (service === 'cloudformation' && this.options.stackOutputs) {
      const form = new URLSearchParams(request.body.toString());
      if (form.get('Action') === 'DescribeStacks') return describeStacks(form, environment, this.options.stackOutputs);
    }
    const permissions = service === 'lambda' && lambdaPermissions(lambda, environment, request);
    return permissions
      ? { permissions, handle: (response) => handleLambdaApi(lambda, { ...request, path: request.url }, response) }
      : undefined;
  }

  private authorize(caller: Caller, permission: RequiredPermission, region: string): void {
    const { action, resource, resourcePolicy } = permission;
    const context: RequestContext = { ...globalConditionKeys(caller, region), ...permission.context };
    const denial = denialOf(() => evaluateAccess(caller, { action, resource, context }, resourcePolicy));
    this.options.onAccess?.({ role: caller.arn, action, resource, granted: denial === undefined });
    if (denial === undefined) return;
    const user = `User: ${caller.sessionArn}`;
    const message = `${user} is not authorized to perform: ${action} on resource: ${resource} ${denial.reason}`;
    const hint = denial.missingGrant ? missingGrant(action, resource) : undefined;
    throw new AwsError('AccessDeniedException', 403, message, hint);
  }
}

/** Returns the denial, if the evaluation denies the request. Unsupported policies deny, too. */
function denialOf(evaluate: () => AccessDecision): Denial | undefined {
  try {
    const decision = evaluate();
    return decision.allowed ? undefined : decision;
  } catch (error) {
    if (error instanceof UnsupportedPolicyError) return { allowed: false, reason: `because ${error.message}` };
    throw error;
  }
}

function notEmulated(service: string, { method, url, headers, body }: BufferedRequest): AwsError {
  const target = String(headers['x-amz-target'] ?? '');
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const action = target
    ? target.slice(target.lastIndexOf('.') + 1)
    : ((form && new URLSearchParams(body.toString()).get('Action')) ?? `${method} ${url.split('?')[0]}`);
  return new AwsError(
    'NotRunLocally',
    501,
    `${service}: ${action} is not supported by the local runner; use --passthrough ${service} --profile <your AWS profile> to call ${service} on AWS`,
  );
}

function parseJson(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    throw new AwsError('SerializationException', 400, 'the request body is not valid JSON');
  }
}

/** `sts:GetCallerIdentity`, which requires no permissions. */
function sendCallerIdentity(caller: Caller, accessKeyId: string, response: ServerResponse): void {
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${caller.sessionArn}</Arn><UserId>${accessKeyId}</UserId><Account>${caller.accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
