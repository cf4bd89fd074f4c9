import type { Environment } from '../../environment.js';
import { type RequiredPermission, resourceTags } from '../aws-endpoint/access.js';
import type { BufferedRequest } from '../forward.js';
import { lambdaApiAction } from './api.js';
import { parseExternalReference } from './function.js';
import type { PolicyStatement } from './policy.js';
import type { LambdaService } from './service.js';

/** Returns the permissions that a Lambda API call requires; undefined for unsupported operations. */
export function lambdaPermissions(
  lambda: LambdaService,
  environment: Environment,
  { method, url, body }: BufferedRequest,
): RequiredPermission[] | undefined {
  const call = lambdaApiAction(method, url, body);
  if (!call) return undefined;
  const reference = parseExternalReference(call.functionName, environment);
  const qualifier = call.qualifier ?? reference?.qualifier;
  const definition = lambda.find(call.functionName);
  // checked even if the function does not exist: a caller without permission must not learn whether it exists
  const arn = reference?.arn ?? call.functionName;
  const statements = definition && lambda.policies.statements({ definition, qualifier, arn: definition.arn });
  const removed = statements?.find(({ Sid }) => Sid === call.statementId);
  return [
    {
      action: call.action,
      resource: qualifier ? `${arn}:${qualifier}` : arn,
      context: { ...call.context, ...principalOf(removed), ...resourceTags(definition?.tags) },
      resourcePolicy: statements && { Statement: statements },
    },
  ];
}

/** The condition key of the statement that RemovePermission removes. */
function principalOf(statement: PolicyStatement | undefined): Record<string, string> {
  if (!statement) return {};
  const { Principal } = statement;
  return { 'lambda:Principal': Principal === '*' ? Principal : 'AWS' in Principal ? Principal.AWS : Principal.Service };
}
