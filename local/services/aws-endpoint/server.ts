import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { toDecision } from '../../calls/decision.js';
import type { CallRecorder } from '../../calls/recorder.js';
import type { Span } from '../../calls/span.js';
import { LOOPBACK } from '../../environment.js';
import type { Faults } from '../faults/faults.js';
import { type BufferedRequest, readBody } from '../forward.js';
import { type AccessDecision, type Caller, evaluateAccess, evaluateTrust } from '../iam/evaluator.js';
import { globalConditionKeys } from '../iam/global-condition-keys.js';
import { UnsupportedPolicyError } from '../iam/match.js';
import { missingGrant, missingTrust } from '../iam/missing-grant.js';
import type { RequestContext } from '../iam/policy.js';
import type { IamService } from '../iam/service.js';
import { type Authorization, isSigned, parseAuthorization, SignatureError, verifySignature } from '../iam/sigv4.js';
import { isPresigned, isPresignedPost, verifyPresigned, withoutSignature } from '../s3/presigned.js';
import type { RequiredPermission } from './access.js';
import { AwsError, sendError } from './errors.js';
import type { ExternalEndpoints } from './external-endpoints.js';
import { HttpFront } from './http-front.js';
import { describeOperation, notRunLocally } from './not-run.js';
import { actionOf, knownPermissions, mayAllow } from './operation-access.js';
import type { Passthrough } from './passthrough.js';
import type { ParseCall, ServiceCall } from './service-call.js';

const TRACE_HEADER = 'x-amzn-trace-id';

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
  /** Port to listen on, or the next free one; any free port if absent. */
  readonly port?: number;
  /** The emulated services, by their name in signatures. */
  readonly parsers: Readonly<Record<string, ParseCall>>;
  readonly passthrough?: Passthrough;
  /** Whether the emulated service handles a call although its service is passed through. */
  readonly runsHere?: (service: string, request: BufferedRequest) => boolean;
  readonly externalEndpoints?: ExternalEndpoints;
  /** Injects faults into calls that are permitted. */
  readonly faults?: Faults;
  /** Records the calls of MCP clients. */
  readonly recorder?: CallRecorder;
  /** Receives the result of each permission check. */
  readonly onAccess?: (access: AccessCheck) => void;
  /** Receives the message of each failed call. */
  readonly onError: (message: string) => void;
  /** Receives messages about calls that succeeded, such as a permission that was assumed. */
  readonly onNotice: (message: string) => void;
  /** Handles unsigned requests: responses of custom resource providers. Returns false for other requests. */
  readonly handleUnsigned: (request: BufferedRequest, response: ServerResponse) => boolean;
}

/**
 * The endpoint of all AWS services (`AWS_ENDPOINT_URL`). Determines service and caller from the signature of the request, checks the
 * permissions of the caller, and forwards the call to the emulated service.
 */
export class AwsEndpoint {
  private constructor(
    private readonly front: HttpFront,
    private readonly options: AwsEndpointOptions,
  ) {}

  static async start(options: AwsEndpointOptions): Promise<AwsEndpoint> {
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    const endpoint = new AwsEndpoint(new HttpFront(server), options);
    server.on('request', (request, response) => void endpoint.serve(request, response));
    await endpoint.front.listen(options.port);
    return endpoint;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.front.port}`;
  }

  async close(): Promise<void> {
    await this.front.close();
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
        if (isPresignedPost(request)) throw notRunLocally('s3', 'presigned POST', 'use a presigned URL of PutObject');
        throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
      }
      const credentialsOf = (accessKeyId: string) => this.options.iam.credentials(accessKeyId);
      if (presigned) {
        scope = verifyPresigned(request, credentialsOf);
      } else {
        scope = parseAuthorization(headers); // the service, which decides the format of errors
        verifySignature({ ...request, path: url }, credentialsOf, {}, scope);
      }
      caller = this.options.iam.caller(scope.accessKeyId);
      if (!caller) {
        throw new AwsError(
          'UnrecognizedClientException',
          403,
          'The security token included in the request is invalid.',
        );
      }
      const span = this.record(scope.service, request, response);
      const traced = span ? { ...request, headers: { ...headers, [TRACE_HEADER]: span.header } } : request;
      await this.call(scope, caller, presigned ? withoutSignature(traced) : traced, response, span);
    } catch (error) {
      const known = toAwsError(error);
      const session = caller ? `${caller.sessionArn.split('/').at(-1)}: ` : '';
      this.options.onError(`${session}${known.message}${known.hint ? `\n  ${known.hint}` : ''}`);
      if (response.headersSent) response.destroy();
      else sendError(known, scope?.service ?? (isPresigned(url) ? 's3' : ''), request, response);
    }
  }

  /** Records a call that is part of an MCP call, until its response has ended. */
  private record(service: string, { headers }: BufferedRequest, response: ServerResponse): Span | undefined {
    const context = headers['x-amz-client-context'];
    const clientContext = typeof context === 'string' ? context : undefined;
    const span = this.options.recorder?.awsCall(headers[TRACE_HEADER], service, clientContext);
    if (!span) return undefined;
    response.once('close', () => {
      const { statusCode, writableFinished } = response;
      const failed = statusCode >= 400 || !writableFinished;
      span.end({ failed, detail: writableFinished ? `HTTP ${statusCode}` : 'no response' });
    });
    return span;
  }

  private async call(
    scope: Authorization,
    caller: Caller,
    request: BufferedRequest,
    response: ServerResponse,
    span: Span | undefined,
  ): Promise<void> {
    const { service, region } = scope;
    if (service === 'sts' && request.body.includes('Action=GetCallerIdentity')) {
      return sendCallerIdentity(caller, scope.accessKeyId, response);
    }
    const { passthrough, runsHere, externalEndpoints, parsers, faults } = this.options;
    const act = (handle: (to: ServerResponse) => Promise<void>, operation = describeOperation(request)) => {
      const name = caller.sessionArn.split('/').at(-1)!;
      return faults ? faults.call({ service, operation, caller: name, request }, response, handle) : handle(response);
    };
    if (externalEndpoints?.covers(service)) {
      return act((to) => externalEndpoints.forward(scope, caller.accountId, request, to));
    }
    const parse = Object.hasOwn(parsers, service) ? parsers[service] : undefined;
    const call = parse?.(request, { accountId: caller.accountId, region });
    span?.rename(`${service}:${call ? operationOf(request, call) : describeOperation(request)}`);
    if (passthrough?.covers(service) && !runsHere?.(service, request)) {
      // the developer's credentials may do more than the function
      const permissions = call?.permissions ?? knownPermissions(service, request);
      for (const permission of permissions ?? []) this.authorize(caller, permission, region, span);
      if (!permissions) this.authorizeAction(caller, actionOf(service, request), span);
      return act((to) => passthrough.forward(scope, request, to));
    }
    if (!call) throw notRunLocally(service, describeOperation(request));
    for (const permission of call.permissions) this.authorize(caller, permission, region, span);
    await act((to) => call.handle(to), operationOf(request, call));
  }

  /** Authorizes a call whose resource is unknown. */
  private authorizeAction(caller: Caller, action: string, span: Span | undefined): void {
    const resource = '*';
    const granted = mayAllow(caller, action);
    this.options.onAccess?.({ role: caller.arn, action, resource, granted });
    const decision: AccessDecision = granted
      ? { allowed: true }
      : { allowed: false, reason: 'because no identity-based policy allows it', missingGrant: true };
    span?.permission(toDecision(caller.arn, { action, resource }, decision));
    if (granted) return;
    const message = `User: ${caller.sessionArn} is not authorized to perform: ${action} because no identity-based policy allows it`;
    throw new AwsError('AccessDeniedException', 403, message, missingGrant(action, resource));
  }

  private authorize(caller: Caller, permission: RequiredPermission, region: string, span: Span | undefined): void {
    const { action, resource, resourcePolicy, trustPolicy } = permission;
    const context: RequestContext = { ...globalConditionKeys(caller, region), ...permission.context };
    const access = { action, resource, context };
    const decision = decisionOf(() =>
      trustPolicy ? evaluateTrust(caller, access, trustPolicy) : evaluateAccess(caller, access, resourcePolicy),
    );
    this.options.onAccess?.({ role: caller.arn, action, resource, granted: decision.allowed });
    span?.permission(toDecision(caller.arn, { action, resource }, decision));
    if (decision.allowed) {
      if (decision.assumedPolicy) {
        const session = caller.sessionArn.split('/').at(-1);
        this.options.onNotice(
          `${session}: allowed ${action} on ${resource}, because the document of ${decision.assumedPolicy} is unknown here`,
        );
      }
      return;
    }
    const denial = decision;
    const user = `User: ${caller.sessionArn}`;
    const message = `${user} is not authorized to perform: ${action} on resource: ${resource} ${denial.reason}`;
    const hint = denial.missingTrust
      ? missingTrust(caller.arn)
      : denial.missingGrant
        ? missingGrant(action, resource)
        : undefined;
    throw new AwsError('AccessDeniedException', 403, message, hint);
  }
}

/** Returns the name of an operation. REST services have it only in the action, such as `s3:PutObject`. */
function operationOf(request: BufferedRequest, { operation, permissions }: ServiceCall): string {
  const named = operation ?? describeOperation(request);
  return named.includes(' ') && permissions.length > 0 ? permissions[0].action.split(':')[1] : named;
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof SignatureError) return new AwsError(error.name, 403, error.message);
  return new AwsError('InternalFailure', 500, String(error));
}

/** Returns the decision. Unsupported policies deny. */
function decisionOf(evaluate: () => AccessDecision): AccessDecision {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof UnsupportedPolicyError) return { allowed: false, reason: `because ${error.message}` };
    throw error;
  }
}

/** `sts:GetCallerIdentity`, which requires no permissions. */
function sendCallerIdentity(caller: Caller, accessKeyId: string, response: ServerResponse): void {
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${caller.sessionArn}</Arn><UserId>${accessKeyId}</UserId><Account>${caller.accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
  response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
}
