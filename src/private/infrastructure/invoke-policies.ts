import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { FUNCTION_INVOKE } from './permissions';

/** IAM counts the characters of a managed policy, white space left aside; what the document has around its ARNs is kept back. */
const POLICY_CHARACTERS = 6_144 - 144;
/** `arn:aws-us-gov:lambda:us-gov-east-1:<12>:function:` and a name of 64 characters, quotes and comma. */
const ARN_CHARACTERS = 58 + 64 + 3;
/** A colon and the longest name of an alias. */
const QUALIFIER_CHARACTERS = 1 + 128;

/**
 * Who the runtime role may invoke, as managed policies of their own: in the role's default policy, on which the server's functions
 * wait, a tool that reads the server's address would wait for itself.
 */
export class InvokePolicies extends Construct {
  private readonly byArn = new Map<string, iam.ManagedPolicy>();
  private open?: { readonly policy: iam.ManagedPolicy; readonly statement: iam.PolicyStatement; left: number };
  private count = 0;

  public constructor(
    server: Construct,
    private readonly role: iam.IRole,
  ) {
    super(server, 'InvokePolicies');
  }

  /** Lets the role invoke a function, and returns the policy that says so. */
  public allow(handler: lambda.IFunction): iam.ManagedPolicy {
    const key = JSON.stringify(Stack.of(this).resolve(handler.functionArn));
    const known = this.byArn.get(key);
    if (known) return known;
    const characters = charactersOf(handler);
    if (!this.open || this.open.left < characters) this.open = this.next();
    this.open.statement.addResources(handler.functionArn);
    this.open.left -= characters;
    this.byArn.set(key, this.open.policy);
    return this.open.policy;
  }

  private next() {
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

/** How long the ARN may turn out to be. */
function charactersOf(handler: lambda.IFunction): number {
  if (!Token.isUnresolved(handler.functionArn)) return handler.functionArn.length + 3;
  const qualified = 'aliasName' in handler || 'version' in handler;
  return ARN_CHARACTERS + (qualified ? QUALIFIER_CHARACTERS : 0);
}
