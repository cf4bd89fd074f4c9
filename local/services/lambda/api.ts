import type { ServerResponse } from 'node:http';
import { invalidParameter, LambdaServiceError } from './errors.js';
import type { FunctionDefinition } from './function.js';
import { type InvokeRequest, invoke, invokeWithResponseStream } from './invoke-api.js';
import { type LambdaCall, type LambdaRequest, parseCall } from './operations.js';
import type { StatementInput } from './policy.js';
import type { LambdaService } from './service.js';

export { type LambdaAction, lambdaApiAction } from './operations.js';

/**
 * Handles a request to the Lambda API. The caller must have checked the permission from `lambdaApiAction`.
 * @param req `path` with the query string, `headers` with lowercase names
 */
export async function handleLambdaApi(
  service: LambdaService,
  req: LambdaRequest & InvokeRequest,
  res: ServerResponse,
): Promise<void> {
  try {
    const call = parseCall(req);
    if (!call) {
      const message = `${req.method} ${req.path} is not supported by the local runner`;
      throw new LambdaServiceError('UnknownOperationException', 404, message);
    }
    if (call.operation === 'Invoke') return await invoke(service, call, req, res);
    if (call.operation === 'InvokeWithResponseStream') return await invokeWithResponseStream(service, call, req, res);
    const { status, body } = handleControlOperation(service, call, req.body);
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(body === undefined ? undefined : JSON.stringify(body));
  } catch (error) {
    sendError(error, res);
  }
}

/** Handles the operations other than Invoke and InvokeWithResponseStream. */
function handleControlOperation(
  service: LambdaService,
  call: LambdaCall,
  body: Buffer,
): { status: number; body?: unknown } {
  const { functionName, qualifier, statementId, query } = call;
  switch (call.operation) {
    case 'AddPermission': {
      const statement = service.addPermission(functionName, parseBody(body), qualifier);
      return { status: 201, body: { Statement: JSON.stringify(statement) } };
    }
    case 'RemovePermission':
      service.removePermission(functionName, statementId!, qualifier, query.get('RevisionId') ?? undefined);
      return { status: 204 };
    case 'GetPolicy': {
      const { policy, revisionId } = service.getPolicy(functionName, qualifier);
      return { status: 200, body: { Policy: policy, RevisionId: revisionId } };
    }
    case 'GetFunctionConfiguration': {
      const { definition, arn } = service.target(functionName, qualifier);
      return { status: 200, body: configuration(definition, arn, service) };
    }
    case 'GetFunction': {
      const { definition, arn } = service.target(functionName, qualifier);
      const { reservedConcurrency, tags } = definition;
      return {
        status: 200,
        body: {
          Configuration: configuration(definition, arn, service),
          Code: { RepositoryType: 'S3' },
          ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
          ...(reservedConcurrency === undefined
            ? {}
            : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
        },
      };
    }
    case 'GetAccountSettings':
      return { status: 200, body: service.accountSettings() };
    default: {
      const target = service.target(functionName);
      if (target.qualifier !== undefined) {
        throw invalidParameter(`Tags on function aliases and versions are not supported: ${target.arn}`);
      }
      return { status: 200, body: { Tags: target.definition.tags } };
    }
  }
}

function configuration(definition: FunctionDefinition, arn: string, { unavailable }: LambdaService) {
  const problem = definition.problem ?? unavailable.get(definition.name);
  const { name, handler, runtime, timeoutSeconds, memoryMb, roleArn, logGroup } = definition;
  const variables = Object.entries(definition.environment).filter(([key]) => !key.startsWith('AWS_'));
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: runtime,
    Handler: handler,
    Role: roleArn,
    Timeout: timeoutSeconds,
    MemorySize: memoryMb,
    Version: '$LATEST',
    PackageType: 'Zip',
    Environment: { Variables: Object.fromEntries(variables) },
    ...(logGroup && { LoggingConfig: { LogFormat: 'Text', LogGroup: logGroup } }),
    ...(problem ? { State: 'Failed', StateReason: problem } : { State: 'Active' }),
    LastUpdateStatus: 'Successful',
  };
}

function parseBody(body: Buffer): StatementInput {
  try {
    return JSON.parse(body.toString('utf8')) as StatementInput;
  } catch {
    throw new LambdaServiceError('InvalidRequestContentException', 400, 'Could not parse request body into json.');
  }
}

function sendError(error: unknown, res: ServerResponse): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const known =
    error instanceof LambdaServiceError ? error : new LambdaServiceError('ServiceException', 500, String(error));
  const { name, statusCode, message, details } = known;
  // inconsistent on AWS, too: these two errors capitalize the member
  const member = name === 'ResourceNotFoundException' || name === 'ServiceException' ? 'Message' : 'message';
  res.writeHead(statusCode, { 'content-type': 'application/json', 'x-amzn-errortype': name });
  res.end(JSON.stringify({ Type: statusCode < 500 ? 'User' : 'Service', [member]: message, ...details }));
}
