import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-interface';
import { invalid } from '../errors';
import { FUNCTION_INVOKE } from '../infrastructure/permissions';
import { ServerInternals } from '../server-internals';
import { environmentOf, knownToDiffer } from './environments';
import { exportedValue } from './exported-value';

/** The permission of the runtime role to invoke a function. */
export interface InvokePermission {
  /** Whether the identity-based policy of the role, or the resource-based policy of the function, has the permission. */
  readonly by: 'IDENTITY' | 'RESOURCE';
  /** The policy or permission that must exist before the first invocation. */
  readonly resource: IDependable;
}

/**
 * Permits the runtime role of a server to invoke a function. In the stack of the server, the permission is in the role's policies. In another
 * stack it is in the function's policy: the server's stack then does not depend on the function, which may depend on the server.
 */
export function permitInvoke(scope: Construct, server: IMcpLambdaServer, handler: lambda.IFunction): InvokePermission {
  const stack = Stack.of(scope);
  const internals = ServerInternals.of(server);
  if (internals.owns(handler)) {
    throw invalid(scope, `function '${handler.node.path}' is part of the server itself and cannot be registered`);
  }
  const serverStack = Stack.of(server);
  const { account, region } = environmentOf(server);
  if (knownToDiffer(region, stack.region) || knownToDiffer(account, stack.account)) {
    throw invalid(
      scope,
      `stack '${stack.node.path}' is in ${stack.account}/${stack.region}, the server in ${account}/${region}; ` +
        'declare registrations in the account and region of the server',
    );
  }
  if (knownToDiffer(handler.env.region, stack.region)) {
    throw invalid(
      scope,
      `function '${handler.node.path}' is in ${handler.env.region}, the server in ${stack.region}; ` +
        'a server invokes functions of its own region only',
    );
  }
  rejectUnqualifiedDurable(scope, handler);
  const foreign = knownToDiffer(handler.env.account, stack.account);
  if (foreign) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:crossAccountFunction',
      `function '${handler.node.path}' is in account ${handler.env.account}: its owner must permit the server's runtimeRoleArn to invoke it`,
    );
  }
  const policy = serverStack === stack ? internals.allowInvoke(handler) : undefined;
  if (policy) return { by: 'IDENTITY', resource: policy };
  // a stack without an account cannot tell whether the function is in its own: a policy of the role is valid for both
  const maybeForeign = Token.isUnresolved(stack.account) && !Token.isUnresolved(handler.env.account);
  if (foreign || maybeForeign) return { by: 'IDENTITY', resource: rolePolicy(stack, server, handler) };
  return { by: 'RESOURCE', resource: functionPermission(stack, server, handler) };
}

/** Lambda invokes a durable function by a version or an alias only. */
function rejectUnqualifiedDurable(scope: Construct, handler: lambda.IFunction): void {
  const resource = handler.node.defaultChild;
  if (!lambda.CfnFunction.isCfnFunction(resource) || resource.durableConfig === undefined) return;
  throw invalid(
    scope,
    `function '${handler.node.path}' is a durable function, which Lambda does not invoke by its unqualified ARN: ` +
      'use fn.currentVersion or an alias of it as the handler',
  );
}

/** Allows the role to invoke a function whose policy this app cannot change: in another account, its owner must permit it too. */
function rolePolicy(stack: Stack, server: IMcpLambdaServer, handler: lambda.IFunction): iam.Policy {
  const id = constructId('McpInvokePolicy', server, handler);
  const existing = stack.node.tryFindChild(id) as iam.Policy | undefined;
  if (existing) return existing;
  const policy = new iam.Policy(stack, id, {
    statements: [
      new iam.PolicyStatement({ actions: FUNCTION_INVOKE, resources: [exportedValue(stack, handler.functionArn)] }),
    ],
  });
  policy.attachToRole(iam.Role.fromRoleArn(policy, 'RuntimeRole', exportedValue(stack, server.runtimeRoleArn)));
  return policy;
}

/** Permits the role in the function's policy: once for each server and function of a stack, because that policy is limited to 20 KB. */
function functionPermission(stack: Stack, server: IMcpLambdaServer, handler: lambda.IFunction): lambda.CfnPermission {
  const id = constructId('McpInvoke', server, handler);
  const existing = stack.node.tryFindChild(id) as lambda.CfnPermission | undefined;
  return (
    existing ??
    new lambda.CfnPermission(stack, id, {
      action: FUNCTION_INVOKE[0],
      functionName: exportedValue(stack, handler.functionArn),
      principal: exportedValue(stack, server.runtimeRoleArn),
    })
  );
}

function constructId(prefix: string, server: IMcpLambdaServer, handler: lambda.IFunction): string {
  return `${prefix}-${server.node.addr.slice(-8)}-${handler.node.addr.slice(-8)}`;
}
