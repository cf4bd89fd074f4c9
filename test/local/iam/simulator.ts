import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { AccessRequest, Caller } from '../../../local/services/iam/evaluator.js';
import type { PolicyDocument } from '../../../local/services/iam/policy.js';

/** Evaluates the same request with a complete IAM simulator. */
export async function simulate(
  caller: Caller,
  request: AccessRequest,
  resourcePolicy?: PolicyDocument,
): Promise<boolean> {
  const withNames = (policies: readonly PolicyDocument[]) =>
    policies.map((policy, i) => ({ name: `policy-${i}`, policy }));
  const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
  const result = await runSimulation(
    {
      request: {
        principal: caller.sessionArn,
        action: request.action,
        resource: { resource: request.resource, accountId: caller.accountId },
        contextVariables: Object.fromEntries(
          Object.entries(request.context).filter(([, value]) => value !== undefined),
        ) as Record<string, string | string[]>,
      },
      identityPolicies: withNames(caller.policies.map(versioned)),
      serviceControlPolicies: [{ orgIdentifier: 'o-1', policies: [{ name: 'all', policy: everything }] }],
      resourceControlPolicies: [],
      resourcePolicy: resourcePolicy && versioned(resourcePolicy),
      permissionBoundaryPolicies: caller.boundary && withNames([versioned(caller.boundary)]),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}

function versioned(policy: PolicyDocument): PolicyDocument {
  return { Version: '2012-10-17', ...policy };
}
