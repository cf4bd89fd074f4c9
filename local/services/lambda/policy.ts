import { createHash, randomUUID } from 'node:crypto';
import { invalidParameter, LambdaServiceError } from './errors.js';

/** Parameters of AddPermission, and properties of `AWS::Lambda::Permission`. */
export interface StatementInput {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly PrincipalOrgID?: string;
  readonly EventSourceToken?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
  readonly RevisionId?: string;
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The function, version or alias that a policy is attached to. */
interface PolicyOwner {
  readonly definition: { readonly name: string };
  readonly qualifier?: string;
  readonly arn: string;
}

interface Policy {
  readonly statements: PolicyStatement[];
  revisionId: string;
}

/** Lambda's limit for a resource-based policy, in bytes. */
const MAX_POLICY_BYTES = 20_480;

/** The resource-based policies of functions, versions and aliases, with the validation and errors of Lambda. */
export class FunctionPolicies {
  private readonly policies = new Map<string, Policy>();

  /** Adds a statement and returns it as Lambda stores it. */
  add(owner: PolicyOwner, input: StatementInput): PolicyStatement {
    checkInput(owner, input);
    const policy = this.policies.get(key(owner));
    checkRevision(policy, input.RevisionId);
    // AWS validates the whole policy
    if (policy?.statements.some(hasDeletedPrincipal)) throw invalidPrincipal();
    if (policy?.statements.some(({ Sid }) => Sid === input.StatementId)) {
      throw new LambdaServiceError(
        'ResourceConflictException',
        409,
        `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const statement = toStatement(owner, input);
    const statements = [...(policy?.statements ?? []), statement];
    const size = Buffer.byteLength(document(statements));
    if (size > MAX_POLICY_BYTES) {
      throw new LambdaServiceError(
        'PolicyLengthExceededException',
        400,
        `The final policy size (${size}) is bigger than the limit (${MAX_POLICY_BYTES}).`,
      );
    }
    this.policies.set(key(owner), { statements, revisionId: randomUUID() });
    return statement;
  }

  remove(owner: PolicyOwner, statementId: string, revisionId?: string): void {
    const policy = this.policies.get(key(owner));
    const rest = policy?.statements.filter(({ Sid }) => Sid !== statementId);
    if (!policy || !rest || rest.length === policy.statements.length) {
      throw notFound(`Statement ${statementId} is not found in resource policy.`);
    }
    checkRevision(policy, revisionId);
    if (rest.length === 0) this.policies.delete(key(owner));
    else this.policies.set(key(owner), { statements: rest, revisionId: randomUUID() });
  }

  /** Returns the policy as JSON, and its revision id. */
  get(owner: PolicyOwner): { policy: string; revisionId: string } {
    const policy = this.policies.get(key(owner));
    if (!policy) throw notFound('The resource you requested does not exist.');
    return { policy: document(policy.statements), revisionId: policy.revisionId };
  }

  /** Returns the statements for the policy evaluation; empty without a policy. */
  statements(owner: PolicyOwner): readonly PolicyStatement[] {
    return this.policies.get(key(owner))?.statements ?? [];
  }

  /** Replaces a deleted role by its unique id, as AWS does. A new role of the same name does not match it. */
  principalDeleted(roleArn: string): void {
    const uniqueId = `AROA${createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase()}`;
    for (const policy of this.policies.values()) {
      policy.statements.forEach((statement, i) => {
        if (!isAws(statement.Principal) || statement.Principal.AWS !== roleArn) return;
        policy.statements[i] = { ...statement, Principal: { AWS: uniqueId } };
      });
    }
  }

  removeFunction(name: string): void {
    for (const owner of this.policies.keys()) {
      if (owner === name || owner.startsWith(`${name}:`)) this.policies.delete(owner);
    }
  }
}

const isAws = (principal: PolicyStatement['Principal']): principal is { readonly AWS: string } =>
  principal !== '*' && 'AWS' in principal;

const hasDeletedPrincipal = ({ Principal }: PolicyStatement) => isAws(Principal) && Principal.AWS.startsWith('AROA');

const invalidPrincipal = () =>
  invalidParameter('The provided principal was invalid. Please check the principal and try again.');

/** `$LATEST` and the unqualified function share one policy. */
function key({ definition, qualifier }: PolicyOwner): string {
  return qualifier === undefined || qualifier === '$LATEST' ? definition.name : `${definition.name}:${qualifier}`;
}

const document = (statements: readonly PolicyStatement[]) =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });

const notFound = (message: string) => new LambdaServiceError('ResourceNotFoundException', 404, message);

function checkInput({ qualifier }: PolicyOwner, input: StatementInput): void {
  if (qualifier === '$LATEST') throw invalidParameter('We currently do not support adding policies for $LATEST.');
  checkMember('statementId', input.StatementId, '([a-zA-Z0-9-_]+)', 100);
  checkMember('action', input.Action, '(lambda:[*]|lambda:[a-zA-Z]+|[*])');
  checkMember('principal', input.Principal, '[^\\s]+');
}

function checkMember(name: string, value: unknown, pattern: string, maxLength = Number.POSITIVE_INFINITY): void {
  const fail = (constraint: string) => {
    throw new LambdaServiceError(
      'ValidationException',
      400,
      `1 validation error detected: Value ${value === undefined ? 'null' : `'${value}'`} at '${name}' failed to satisfy constraint: Member must ${constraint}`,
    );
  };
  if (typeof value !== 'string') fail('not be null');
  else if (!new RegExp(`^${pattern}$`).test(value)) fail(`satisfy regular expression pattern: ${pattern}`);
  else if (value.length > maxLength) fail(`have length less than or equal to ${maxLength}`);
}

function checkRevision(policy: Policy | undefined, revisionId: string | undefined): void {
  if (revisionId === undefined || revisionId === policy?.revisionId) return;
  throw new LambdaServiceError(
    'PreconditionFailedException',
    412,
    'The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to retrieve the latest RevisionId',
  );
}

function toStatement({ arn }: PolicyOwner, input: StatementInput): PolicyStatement {
  const equals = {
    ...(input.SourceAccount === undefined ? {} : { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.EventSourceToken === undefined ? {} : { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.FunctionUrlAuthType === undefined ? {} : { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
  };
  const condition = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl ? { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } : {}),
  };
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: toPrincipal(input.Principal),
    Action: input.Action,
    Resource: arn,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

function toPrincipal(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws[\w-]*:(iam|sts)::\d{12}:/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(principal)) return { Service: principal };
  throw invalidPrincipal();
}
