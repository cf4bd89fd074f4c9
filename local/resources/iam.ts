import { checkOperators } from '../services/iam/conditions.js';
import { evaluateServiceAccess } from '../services/iam/evaluator.js';
import { type PolicyDocument, statements } from '../services/iam/policy.js';
import { NotRunError } from './not-run.js';
import { type ResourceContext, tagsOf, upsertType } from './resource-type.js';

/** Limits of IAM's names, in characters. */
const MAX_ROLE_NAME = 64;
const MAX_POLICY_NAME = 128;

export const role = upsertType(
  (context, previous) => {
    const { properties, services, stack } = context;
    const { iam } = services;
    const name: string = properties.RoleName ?? context.physicalName(MAX_ROLE_NAME);
    const arn = context.arn('iam', `role${properties.Path ?? '/'}${name}`, { global: true });
    iam.putRole({
      name,
      arn,
      path: context.path,
      accountId: stack.environment.accountId,
      trustPolicy: properties.AssumeRolePolicyDocument,
      boundaryArn: properties.PermissionsBoundary,
      tags: tagsOf(properties.Tags),
    });
    for (const { PolicyName } of previous?.properties.Policies ?? []) iam.setInlinePolicy(name, PolicyName, undefined);
    for (const { PolicyName, PolicyDocument } of properties.Policies ?? []) {
      warnUnsupportedConditions(context, PolicyDocument);
      iam.setInlinePolicy(name, PolicyName, PolicyDocument);
    }
    for (const policyArn of previous?.properties.ManagedPolicyArns ?? []) iam.detach(name, policyArn);
    for (const policyArn of properties.ManagedPolicyArns ?? []) {
      iam.attach(name, policyArn);
      warnIfUnknown(context, 'managed policy', policyArn);
    }
    if (properties.PermissionsBoundary) warnIfUnknown(context, 'permissions boundary', properties.PermissionsBoundary);
    return { physicalId: name, attributes: { Arn: arn, RoleId: `AROA${name}` } };
  },
  ({ services }, { physicalId, attributes }) => {
    services.iam.deleteRole(physicalId);
    services.lambda.policies.principalDeleted(String(attributes?.Arn));
  },
);

/** `AWS::IAM::Policy` (inline policy of several roles) and `AWS::IAM::RolePolicy` (inline policy of one role). */
export const policy = upsertType(
  (context, previous) => {
    const { properties, services } = context;
    const { PolicyName, PolicyDocument } = properties;
    warnUnsupportedConditions(context, PolicyDocument);
    if (previous) removeInline(previous.properties, services.iam);
    for (const roleName of rolesOf(properties)) services.iam.setInlinePolicy(roleName, PolicyName, PolicyDocument);
    return { physicalId: PolicyName };
  },
  ({ properties, services }) => removeInline(properties, services.iam),
);

export const managedPolicy = upsertType(
  (context, previous) => {
    const { properties, services } = context;
    const name: string = properties.ManagedPolicyName ?? context.physicalName(MAX_POLICY_NAME);
    const arn = context.arn('iam', `policy${properties.Path ?? '/'}${name}`, { global: true });
    warnUnsupportedConditions(context, properties.PolicyDocument);
    services.iam.setManagedPolicy(arn, properties.PolicyDocument);
    for (const roleName of previous?.properties.Roles ?? []) services.iam.detach(roleName, arn);
    for (const roleName of properties.Roles ?? []) services.iam.attach(roleName, arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  ({ properties, services }, { physicalId }) => {
    for (const roleName of properties.Roles ?? []) services.iam.detach(roleName, physicalId);
    services.iam.setManagedPolicy(physicalId, undefined);
  },
);

/**
 * Checks that a service can assume a role.
 * @returns the name of the role
 * @throws NotRunError if the role is part of the app, and its trust policy does not allow the service
 */
export function assertAssumable(context: ResourceContext, roleArn: string, service: string, sourceArn: string): string {
  const { iam } = context.services;
  const found = iam.roleByArn(roleArn) ?? iam.importRole(roleArn);
  if (found.imported) {
    context.services.warn(`${roleArn} is not part of the app: its calls are allowed, unless the app denies them`);
    return found.name;
  }
  const { allowed } = evaluateServiceAccess(
    service,
    {
      action: 'sts:AssumeRole',
      resource: roleArn,
      context: { 'aws:SourceAccount': found.accountId, 'aws:SourceArn': sourceArn },
    },
    found.trustPolicy as PolicyDocument,
  );
  if (!allowed)
    throw new NotRunError(
      `the role ${found.name} cannot be assumed by ${service}: its trust policy does not allow it`,
      `allow ${service} in assumedBy of the role`,
    );
  return found.name;
}

/** Warns about a policy that is neither part of the app nor in the table of AWS managed policies. */
function warnIfUnknown({ services, path }: ResourceContext, kind: string, arn: string): void {
  if (services.iam.isKnownManagedPolicy(arn)) return;
  services.warn(`${path}: the document of the ${kind} ${arn} is unknown here: it is assumed to allow each call`);
}

/** Warns about conditions that the policy evaluation does not support. */
function warnUnsupportedConditions({ services, path }: ResourceContext, document: PolicyDocument): void {
  try {
    for (const { Condition } of statements(document)) checkOperators(Condition);
  } catch (error) {
    services.warn(`${path}: ${(error as Error).message}; all requests that this policy applies to are denied`);
  }
}

function removeInline(properties: ResourceContext['properties'], iam: ResourceContext['services']['iam']): void {
  for (const roleName of rolesOf(properties)) iam.setInlinePolicy(roleName, properties.PolicyName, undefined);
}

function rolesOf({ Roles, RoleName }: ResourceContext['properties']): string[] {
  return Roles ?? (RoleName ? [RoleName] : []);
}
