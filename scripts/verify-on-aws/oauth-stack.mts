import { CfnOutput, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpAccess } from '../../src/access.js';
import { McpAuth } from '../../src/auth.js';
import { McpLambdaServer } from '../../src/mcp-lambda-server.js';

/** Identifier of the resource server whose scopes the program may request. */
const RESOURCE = 'verify';
/** An issuer that does not answer: nothing listens at this port of a Lambda function. */
export const UNAVAILABLE_ISSUER = 'http://127.0.0.1:9';
/** The scope that the server requires, the scope of its tool `write`, and one that nothing requires. */
export const SCOPES = {
  connect: `${RESOURCE}/connect`,
  write: `${RESOURCE}/write`,
  other: `${RESOURCE}/other`,
} as const;

/**
 * A server with `McpAuth.oauth()` for tokens of a program, which need no browser, and with `McpAuth.cognito()` for `/register`, whose app
 * client and pages are those of people.
 */
export function defineOAuthServer(stack: Stack, run: string): void {
  const removalPolicy = RemovalPolicy.DESTROY;
  const userPool = new cognito.UserPool(stack, 'Users', {
    selfSignUpEnabled: false,
    featurePlan: cognito.FeaturePlan.ESSENTIALS,
    removalPolicy,
  });
  const domainPrefix = `mcp-verify-${run}`;
  const issuer = `https://${userPool.userPoolProviderName}`;
  const program = defineProgram(userPool);
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: `verify-${run}-oauth`,
    removalPolicy,
    auth: McpAuth.oauth({
      issuers: [issuer, UNAVAILABLE_ISSUER],
      clientIds: [program.userPoolClientId], // tokens of programs have no audience in Cognito
      scopes: [SCOPES.connect],
    }),
    registrationAuth: McpAuth.cognito({ userPool, domainPrefix, scopes: ['register'] }),
  });
  const echo = new lambda.Function(stack, 'echo', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "done";'),
  });
  server.addTool(echo, { name: 'write', access: McpAccess.scopes(SCOPES.write) });
  for (const id of ['AuthorizerFailure', 'AuthorizerError']) nameResponseType(server.api, id);
  const outputs: Record<string, string> = {
    Mcp: server.mcpUrl,
    Sse: server.sseUrl!,
    Register: server.registrationUrl,
    Issuer: issuer,
    LoginUrl: `https://${domainPrefix}.auth.${stack.region}.amazoncognito.com`,
    UserPoolId: userPool.userPoolId,
    ProgramId: program.userPoolClientId,
    PersonId: (server.node.findChild('RegistrationAuth').node.findChild('Client') as cognito.UserPoolClient)
      .userPoolClientId,
  };
  for (const [id, value] of Object.entries(outputs))
    new CfnOutput(stack, `Verify${id}`, { value }).overrideLogicalId(id);
}

/** An app client for tokens without a person. */
function defineProgram(userPool: cognito.UserPool): cognito.UserPoolClient {
  const names = Object.values(SCOPES).map((scope) => scope.slice(RESOURCE.length + 1));
  const scopes = names.map((scopeName) => new cognito.ResourceServerScope({ scopeName, scopeDescription: scopeName }));
  const resource = userPool.addResourceServer('Verify', { identifier: RESOURCE, scopes });
  return userPool.addClient('Program', {
    generateSecret: true,
    oAuth: {
      flows: { clientCredentials: true },
      scopes: scopes.map((scope) => cognito.OAuthScope.resourceServer(resource, scope)),
    },
  });
}

/** Adds the type of a gateway response to its body. */
function nameResponseType(api: apigateway.RestApi, id: string): void {
  const response = api.node.findChild(id).node.defaultChild as apigateway.CfnGatewayResponse;
  const { 'application/json': template } = response.responseTemplates as Record<string, string>;
  const named = template!.replace(/\}\}$/, ',"data":{"type":"$context.error.responseType"}}}');
  response.addPropertyOverride('ResponseTemplates', { 'application/json': named });
}
