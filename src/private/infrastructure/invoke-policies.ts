import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { exportedValue } from '../registration/exported-value';
import { FUNCTION_INVOKE } from './permissions';

/** IAM's maximum size of a managed policy, in characters without white space, less the characters around the ARNs. */
const POLICY_CHARACTERS = 6_144 - 144;
/** The longest function ARN: `arn:aws-us-gov:lambda:us-gov-east-1:<12>:function:`, a name of 64 characters, quotes and a comma. */
const ARN_CHARACTERS = 58 + 64 + 3;
/** A colon and the longest alias name. */
const QUALIFIER_CHARACTERS = 1 + 128;

/**
 * The permissions of the runtime role to invoke handlers, as managed policies. The server functions depend on the role's default policy:
 * there, a handler that reads the URL of the server would be a cyclic dependency.
 */
export class InvokePolicies extends Construct {
  /** By ARN, or by construct where the ARN is a token: functions of two stacks can have the same logical id, and so equal tokens. */
  private readonly policies = new Map<string | lambda.IFunction, iam.ManagedPolicy>();
  private current?: { readonly policy: iam.ManagedPolicy; readonly statement: iam.PolicyStatement; left: number };
  private count = 0;

  public constructor(
    server: Construct,
    private readonly role: iam.IRole,
  ) {
    super(server, 'InvokePolicies');
  }

  /** Allows the role to invoke a function, and returns the policy with the permission. */
  public allow(handler: lambda.IFunction): iam.ManagedPolicy {
    const key = Token.isUnresolved(handler.functionArn) ? handler : handler.functionArn;
    const existing = this.policies.get(key);
    if (existing) return existing;
    const characters = charactersOf(handler);
    if (!this.current || this.current.left < characters) this.current = this.addPolicy();
    this.current.statement.addResources(exportedValue(this, handler.functionArn));
    this.current.left -= characters;
    this.policies.set(key, this.current.policy);
    return this.current.policy;
  }

  private addPolicy() {
    this.count += 1;
    const statement = new iam.PolicyStatement({ actions: FUNCTION_INVOKE });
    const policy = new iam.ManagedPolicy(this, `Policy${this.count}`, {
      description: 'Functions that infrastructure code put behind an MCP server',
      roles: [this.role],
      statements: [statement],
    });
    return { policy, statement, left: POLICY_CHARACTERS };
  }
}

/** The maximum length of the ARN of a function. */
function charactersOf(handler: lambda.IFunction): number {
  if (!Token.isUnresolved(handler.functionArn)) return handler.functionArn.length + 3;
  const qualified = 'aliasName' in handler || 'version' in handler;
  return ARN_CHARACTERS + (qualified ? QUALIFIER_CHARACTERS : 0);
}
