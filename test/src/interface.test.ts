import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import * as library from '../../src';
import { testFunction, testStack } from './support';

/**
 * The names that an update of the library must not change: users' data, URLs, policies and overrides depend on them. A failure here
 * is a breaking change, not a test to adapt.
 */
const stack = testStack();
const server = new library.McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
const fn = testFunction(stack);
server.addTool(fn, { name: 'tool_1' });
server.addResource(fn, { name: 'res.1', uri: 'docs://1' });
server.addResourceTemplate(fn, { name: 'tpl-1', uriTemplate: 'docs://{n}' });
server.addPrompt(fn, { name: 'prompt' });
const template = Template.fromStack(stack).toJSON();

test('keeps logical ids: CloudFormation replaces a resource whose logical id changes', () => {
  const ids = Object.entries(template.Resources as { [id: string]: { Type: string } })
    .filter(([id]) => !id.startsWith('Fn') && !id.startsWith('McpApiDeployment05970CA0')) // its id contains a hash of its content
    .map(([id, { Type }]) => `${id} ${Type}`);
  expect(ids.sort()).toEqual([
    'McpApi2F39B1D0 AWS::ApiGateway::RestApi',
    'McpApiDeploymentStageprod25EFE640 AWS::ApiGateway::Stage',
    'McpApiIntegrationFailureF5B91BF0 AWS::ApiGateway::GatewayResponse',
    'McpApiIntegrationTimeout359429A6 AWS::ApiGateway::GatewayResponse',
    'McpApimcpAC878746 AWS::ApiGateway::Resource',
    'McpApimcpANY33C77A61 AWS::ApiGateway::Method',
    'McpApimcpANYApiPermissionTestMcpApi6049DC5EANYmcp88842ED4 AWS::Lambda::Permission',
    'McpApimcptoolset116DCDA9 AWS::ApiGateway::Resource',
    'McpApimcptoolsetANY037DE4C1 AWS::ApiGateway::Method',
    'McpApimcptoolsetANYApiPermissionTestMcpApi6049DC5EANYmcptoolset6BAB8458 AWS::Lambda::Permission',
    'McpApimessageABADEF89 AWS::ApiGateway::Resource',
    'McpApimessageANY8DD2D3DE AWS::ApiGateway::Method',
    'McpApimessageANYApiPermissionTestMcpApi6049DC5EANYmessage606BB1D5 AWS::Lambda::Permission',
    'McpApiregisterANYApiPermissionTestMcpApi6049DC5EANYregister7A97D5E3 AWS::Lambda::Permission',
    'McpApiregisterANYD2DD4F62 AWS::ApiGateway::Method',
    'McpApiregisterDB7C612C AWS::ApiGateway::Resource',
    'McpApiregisterid2307994C AWS::ApiGateway::Resource',
    'McpApiregisteridANY1FCB5B95 AWS::ApiGateway::Method',
    'McpApiregisteridANYApiPermissionTestMcpApi6049DC5EANYregisterid0E68DD13 AWS::Lambda::Permission',
    'McpApisse14E2CF5A AWS::ApiGateway::Resource',
    'McpApisseANYApiPermissionTestMcpApi6049DC5EANYsseD19C761D AWS::Lambda::Permission',
    'McpApisseANYE393BADC AWS::ApiGateway::Method',
    'McpHttpFunction7046C9C2 AWS::Lambda::Function',
    'McpInvokePoliciesPolicy15E14CF33 AWS::IAM::ManagedPolicy',
    'McpLifecycle4AAD0D35 Custom::McpLambdaServer',
    'McpLogGroup8B121420 AWS::Logs::LogGroup',
    'McpMessageFunctionE0115A69 AWS::Lambda::Function',
    'McpMessageRole431959E6 AWS::IAM::Role',
    'McpMessageRoleDefaultPolicyD17E798A AWS::IAM::Policy',
    'McpRegistrationFunction933E3C1B AWS::Lambda::Function',
    'McpRegistrationProviderF401469F AWS::Lambda::Function',
    'McpRegistrationProviderRoleB80E7EBA AWS::IAM::Role',
    'McpRegistrationProviderRoleDefaultPolicyD9C1D8D0 AWS::IAM::Policy',
    'McpRegistrationRoleDefaultPolicy49C217C6 AWS::IAM::Policy',
    'McpRegistrationRoleFBD84C1C AWS::IAM::Role',
    'McpRegistryTable52F56A52 AWS::DynamoDB::Table',
    'McpRuntimeRole941AAB7D AWS::IAM::Role',
    'McpRuntimeRoleDefaultPolicyA1D75F2C AWS::IAM::Policy',
    'McpSessionTableDA97A222 AWS::DynamoDB::Table',
    'McpSseFunction256B8493 AWS::Lambda::Function',
    'McpSweepSchedule31446C03 AWS::Events::Rule',
    'McpSweepScheduleAllowEventRuleTestMcpSweeperFunction2FF3CB5AD054C0A1 AWS::Lambda::Permission',
    'McpSweeperFunction11F5AE08 AWS::Lambda::Function',
    'McpSweeperRoleDefaultPolicyAA7668D9 AWS::IAM::Policy',
    'McpSweeperRoleE3270535 AWS::IAM::Role',
    'Mcppromptprompt56B801B4 Custom::McpPrompt',
    'Mcpresourceres1F24A9553 Custom::McpResource',
    'Mcpresourcetpl1D4F0FA6F Custom::McpResourceTemplate',
    'Mcptooltool13CE1581E Custom::McpTool',
  ]);
});

test('keeps construct ids: overrides and aspects depend on them', () => {
  expect(server.node.children.map(({ node }) => node.id).sort()).toEqual([
    'Api',
    'Auth',
    'HttpFunction',
    'InvokePolicies',
    'Lifecycle',
    'LogGroup',
    'McpUrl',
    'MessageFunction',
    'MessageRole',
    'MessageUrl',
    'RegistrationAuth',
    'RegistrationFunction',
    'RegistrationProvider',
    'RegistrationProviderRole',
    'RegistrationRole',
    'RegistrationUrl',
    'RegistryTable',
    'RuntimeRole',
    'SessionTable',
    'SseFunction',
    'SseUrl',
    'SweepSchedule',
    'SweeperFunction',
    'SweeperRole',
    'prompt-prompt',
    'resource-res.1',
    'resource-tpl-1',
    'tool-tool_1',
  ]);
});

test('keeps the service token of custom resources: CloudFormation rejects a change', () => {
  const custom = Object.values(template.Resources as { [id: string]: any }).filter(({ Type }) =>
    /^Custom::/.test(Type),
  );
  expect(custom).toHaveLength(5);
  for (const { Properties } of custom) {
    expect(Properties.ServiceToken).toEqual({ 'Fn::GetAtt': ['McpRegistrationProviderF401469F', 'Arn'] });
  }
});

test('keeps key schemas: the tables have users’ data', () => {
  const schema = (id: string) => template.Resources[id].Properties.KeySchema;
  expect(schema('McpRegistryTable52F56A52')).toEqual([
    { AttributeName: 'type', KeyType: 'HASH' },
    { AttributeName: 'name', KeyType: 'RANGE' },
  ]);
  expect(schema('McpSessionTableDA97A222')).toEqual([
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ]);
});

test('keeps the stage name: it is part of every URL', () => {
  expect(template.Resources.McpApiDeploymentStageprod25EFE640.Properties.StageName).toBe('prod');
});

test('keeps the ids of the resources that a tool adds to another stack', () => {
  const other = testStack('Tools');
  new library.McpTool(other, 'Tool', { server: importedInto(other), handler: testFunction(other), name: 'x' });
  expect(Object.keys(Template.fromStack(other).findResources('AWS::Lambda::Permission'))).toEqual([
    'McpInvoke2bb0488cc5f592d8',
  ]);
});

function importedInto(scope: typeof stack): library.IMcpLambdaServer {
  return library.McpLambdaServer.fromMcpLambdaServerAttributes(scope, 'Mcp', {
    serverName: 'orders',
    restApiId: 'abc123',
    registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:provider',
    runtimeRoleArn: 'arn:aws:iam::111122223333:role/runtime',
  });
}

test('keeps the exported names; jsii-diff checks their members', () => {
  expect(Object.keys(library).sort()).toEqual([
    'McpAccess',
    'McpAudience',
    'McpAuth',
    'McpCacheScope',
    'McpClientFeature',
    'McpEndpoint',
    'McpEvent',
    'McpEventBody',
    'McpIconTheme',
    'McpInvokeMode',
    'McpLambdaServer',
    'McpOAuthClient',
    'McpOpenApi',
    'McpPrompt',
    'McpResource',
    'McpResourceTemplate',
    'McpSchema',
    'McpTaskSupport',
    'McpTool',
  ]);
});
