import type { AccessDecision, AccessRequest } from '../services/iam/evaluator.js';
import { missingGrant } from '../services/iam/missing-grant.js';
import type { PermissionDecision } from './call.js';

/**
 * Returns the record of a permission check.
 * @param grantOf returns the remedy, if no policy allows the action
 */
export function toDecision(
  principal: string,
  { action, resource }: Pick<AccessRequest, 'action' | 'resource'>,
  decision: AccessDecision,
  grantOf: () => string = () => missingGrant(action, resource),
): PermissionDecision {
  const { allowed, statement, policy } = decision;
  const found = { ...(statement && { statement }), ...(policy && { policy }) };
  if (allowed) {
    const { assumedPolicy } = decision;
    const reason = assumedPolicy && { reason: `because the document of ${assumedPolicy} is unknown here` };
    return { principal, action, resource, allowed, ...found, ...reason };
  }
  const missing = decision.missingGrant && { missingGrant: grantOf() };
  return { principal, action, resource, allowed, ...found, reason: decision.reason, ...missing };
}
