import { type Environment, Stack, Token } from 'aws-cdk-lib';
import type { IMcpLambdaServer } from '../../mcp-lambda-server-interface';

/** Whether two accounts or regions are known at synthesis, and different. */
export function knownToDiffer(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

/** The account and region of a server. An imported server can be in another environment than its stack: its ARN has the environment. */
export function environmentOf(server: IMcpLambdaServer): Required<Environment> {
  const stack = Stack.of(server);
  const [, , , region = stack.region, account = stack.account] = server.registrationProviderArn.split(':');
  return { account, region };
}
