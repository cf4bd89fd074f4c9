import type { ReadRequest } from '../forward.js';
import { lambdaApiAction } from '../lambda/api.js';
import { parseReference } from '../lambda/function.js';
import type { LambdaService } from '../lambda/service.js';
import { type Caller, type RequiredAccess, resourceTags } from './access.js';

/** The permissions that a Lambda API call needs; undefined for calls that are not answered here. */
export function lambdaAccess(
  lambda: LambdaService,
  where: Caller,
  { method, url, body }: ReadRequest,
): RequiredAccess[] | undefined {
  const call = lambdaApiAction(method, url, body);
  if (!call) return undefined;
  const reference = parseReference(call.functionName, where);
  const qualifier = call.qualifier ?? reference?.qualifier;
  const definition = lambda.get(call.functionName);
  // a function that is not there is judged too: who may not ask does not learn that it is not there
  const arn = reference
    ? `arn:aws:lambda:${where.region}:${where.accountId}:function:${reference.name}`
    : call.functionName;
  return [
    {
      action: call.action,
      resource: qualifier ? `${arn}:${qualifier}` : arn,
      context: { ...call.context, ...resourceTags(definition?.tags) },
      resourcePolicy: definition && {
        Statement: lambda.policies.statements({ definition, qualifier, arn: definition.arn }),
      },
    },
  ];
}
