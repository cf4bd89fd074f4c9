import type { AccessDecision, AccessRequest } from '../services/iam/evaluator.js';
import { missingGrant } from '../services/iam/missing-grant.js';
import type { PermissionDecision } from './call.js';

/** Returns the record of a permission check. */
export function toDecision(
  principal: string,
  { action, resource }: Pick<AccessRequest, 'action' | 'resource'>,
  decision: AccessDecision,
): PermissionDecision {
  const { allowed, statement, policy } = decision;
  const found = { ...(statement && { statement }), ...(policy && { policy }) };
  if (allowed) {
    const { assumedPolicy } = decision;
    const reason = assumedPolicy && { reason: `because the document of ${assumedPolicy} is unknown here` };
    return { principal, action, resource, allowed, ...found, ...reason };
  }
  const missing = decision.missingGrant && { missingGrant: missingGrant(action, resource) };
  return { principal, action, resource, allowed, ...found, reason: decision.reason, ...missing };
}
