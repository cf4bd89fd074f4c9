import { Fn, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * `mcp-<8 hex of the construct>-<8 hex of the stack>`: unique per deployed server. The first part tells two servers of a
 * stack apart, the second two deployments of one app under different stack names, for which every name made at synth is equal.
 */
export function serverIdOf(server: IConstruct): string {
  // arn:aws:cloudformation:<region>:<account>:stack/<name>/<GUID>
  const guid = Fn.select(2, Fn.split('/', Stack.of(server).stackId));
  return `mcp-${server.node.addr.slice(-8)}-${Fn.select(0, Fn.split('-', guid))}`;
}
