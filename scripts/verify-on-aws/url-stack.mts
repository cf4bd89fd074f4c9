import { CfnOutput, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpAuth } from '../../src/auth.js';
import { McpEndpoint } from '../../src/endpoint.js';
import { McpLambdaServer } from '../../src/mcp-lambda-server.js';
import { McpInvokeMode } from '../../src/registration-options.js';
import { McpSchema } from '../../src/schema.js';

/** An issuer whose tokens no client has. */
const ISSUER = 'https://login.example.com';

/**
 * Two servers at function URLs: with IAM authorization, and with access tokens.
 *
 * @param steps a function that reports progress
 */
export function defineUrlServers(stack: Stack, run: string, steps: lambda.IFunction): void {
  const props = { removalPolicy: RemovalPolicy.DESTROY, endpoint: McpEndpoint.functionUrl() };
  const server = new McpLambdaServer(stack, 'Mcp', { ...props, serverName: `verify-${run}-url` });
  server.addTool(steps, {
    name: 'steps',
    inputSchema: McpSchema.fromString('{"type":"object"}'),
    invokeMode: McpInvokeMode.RESPONSE_STREAM,
    timeout: Duration.minutes(1),
  });
  const tokens = new McpLambdaServer(stack, 'Tokens', {
    ...props,
    serverName: `verify-${run}-tokens`,
    auth: McpAuth.oauth({ issuers: [ISSUER] }),
  });
  const role = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
  const [alice, half] = [role('Alice'), role('Half')];
  server.grantConnect(alice);
  // one of the two permissions
  half.addToPolicy(
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunctionUrl'],
      resources: [server.httpFunction.functionArn],
    }),
  );
  const outputs = {
    Mcp: server.mcpUrl,
    Register: server.registrationUrl,
    Tokens: tokens.mcpUrl,
    AliceArn: alice.roleArn,
    HalfArn: half.roleArn,
  };
  for (const [id, value] of Object.entries(outputs))
    new CfnOutput(stack, `Verify${id}`, { value }).overrideLogicalId(id);
}
