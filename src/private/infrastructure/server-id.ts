import { Fn, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The unique id of a deployed server: `mcp-<8 hex of the construct>-<8 hex of the stack>`. The first part distinguishes the servers of a
 * stack. The second part distinguishes deployments of one app under several stack names, whose synthesized names are equal.
 */
export function serverIdOf(server: IConstruct): string {
  // arn:aws:cloudformation:<region>:<account>:stack/<name>/<GUID>
  const guid = Fn.select(2, Fn.split('/', Stack.of(server).stackId));
  return `mcp-${server.node.addr.slice(-8)}-${Fn.select(0, Fn.split('-', guid))}`;
}
