import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-base';
import { invalid } from '../errors';
import { FUNCTION_INVOKE } from '../infrastructure/permissions';
import { ServerInternals } from '../server-internals';
import { differ } from './environments';

/** How the runtime role got to invoke a function, and what has to be there before it can. */
export interface InvokePermission {
  /** By a policy of the role, or by the function's own. */
  readonly by: 'IDENTITY' | 'RESOURCE';
  readonly resource: IDependable;
}

/**
 * Lets a server's runtime role invoke a function. In the server's stack the role's policies say so; elsewhere the function's own
 * policy does, from the stack of `scope`: the server's stack then knows nothing of the function, which may know the server.
 */
export function permitInvoke(scope: Construct, server: IMcpLambdaServer, handler: lambda.IFunction): InvokePermission {
  const stack = Stack.of(scope);
  const internals = ServerInternals.of(server);
  if (internals.owns(handler)) {
    throw invalid(
      scope,
      `function '${handler.node.path}' is part of the server itself, and cannot be one of its tools`,
    );
  }
  if (differ(handler.env.region, stack.region)) {
    throw invalid(
      scope,
      `function '${handler.node.path}' is in ${handler.env.region}, the server in ${stack.region}; a server invokes functions of its own region`,
    );
  }
  const foreign = differ(handler.env.account, stack.account);
  if (foreign) {
    Annotations.of(scope).addWarningV2(
      'cdk-mcp-lambda:crossAccountFunction',
      `function '${handler.node.path}' is in account ${handler.env.account}: its owner must let the server's runtimeRoleArn invoke it`,
    );
  }
  const policy = Stack.of(server) === stack ? internals.allowInvoke(handler) : undefined;
  if (policy) return { by: 'IDENTITY', resource: policy };
  if (foreign) return { by: 'IDENTITY', resource: rolePolicy(stack, server, handler) };
  return { by: 'RESOURCE', resource: functionPermission(stack, server, handler) };
}

/** Between accounts both sides must say so: this one, and by the owner's hand the function's. */
function rolePolicy(stack: Stack, server: IMcpLambdaServer, handler: lambda.IFunction): iam.Policy {
  const id = idOf('McpInvokePolicy', server, handler);
  const existing = stack.node.tryFindChild(id) as iam.Policy | undefined;
  if (existing) return existing;
  const policy = new iam.Policy(stack, id, {
    statements: [new iam.PolicyStatement({ actions: FUNCTION_INVOKE, resources: [handler.functionArn] })],
  });
  policy.attachToRole(iam.Role.fromRoleArn(policy, 'RuntimeRole', server.runtimeRoleArn));
  return policy;
}

/** One statement for each server and function of a stack, however many tools the function is: its policy holds 20 KB. */
function functionPermission(stack: Stack, server: IMcpLambdaServer, handler: lambda.IFunction): lambda.CfnPermission {
  const id = idOf('McpInvoke', server, handler);
  const existing = stack.node.tryFindChild(id) as lambda.CfnPermission | undefined;
  return (
    existing ??
    new lambda.CfnPermission(stack, id, {
      action: FUNCTION_INVOKE[0],
      functionName: handler.functionArn,
      principal: server.runtimeRoleArn,
    })
  );
}

function idOf(prefix: string, server: IMcpLambdaServer, handler: lambda.IFunction): string {
  return `${prefix}-${server.node.addr.slice(-8)}-${handler.node.addr.slice(-8)}`;
}
