import { App, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { describe, expect, test } from 'vitest';
import { McpAuth, McpEndpoint, McpLambdaServer, type McpLambdaServerProps, type McpRestApiOptions } from '../../src';

function synth(define: (stack: Stack) => McpLambdaServerProps) {
  const stack = new Stack(new App(), 'Test');
  const server = new McpLambdaServer(stack, 'Mcp', define(stack));
  return { stack, server, template: Template.fromStack(stack) };
}

const certificateOf = (stack: Stack) =>
  acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111122223333:certificate/abc');

const withDomain =
  (options: Partial<McpRestApiOptions['domain']> = {}) =>
  (stack: Stack) => ({
    endpoint: McpEndpoint.restApi({
      domain: { domainName: 'mcp.example.com', certificate: certificateOf(stack), ...options },
    }),
  });

describe('a custom domain', () => {
  test('is the address of the server, and the only one', () => {
    const { server, template } = synth(withDomain());
    expect(server.mcpUrl).toBe('https://mcp.example.com/mcp');
    expect(server.registrationUrl).toBe('https://mcp.example.com/register');
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'mcp.example.com',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', { BasePath: Match.absent() });
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    const values = Object.values(template.findOutputs('*')).map(({ Value }) => Value);
    expect(values).toEqual([
      'https://mcp.example.com/mcp',
      'https://mcp.example.com/sse',
      'https://mcp.example.com/message',
      'https://mcp.example.com/register',
    ]);
  });

  test('gets alias records in a hosted zone', () => {
    const { template } = synth((stack) =>
      withDomain({
        hostedZone: route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
          hostedZoneId: 'Z1',
          zoneName: 'example.com',
        }),
      })(stack),
    );
    const types = Object.values(template.findResources('AWS::Route53::RecordSet')).map(({ Properties }) => [
      Properties.Type,
      Properties.Name,
    ]);
    expect(types).toEqual([
      ['A', 'mcp.example.com.'],
      ['AAAA', 'mcp.example.com.'],
    ]);
  });

  test('is the resource of OAuth clients', () => {
    const { template } = synth((stack) => ({
      ...withDomain()(stack),
      auth: McpAuth.oauth({ issuers: ['https://login.example.com'] }),
    }));
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain('resource_metadata=\\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\\"');
    expect(text).toContain('{\\"resource\\":\\"https://mcp.example.com/mcp\\"');
  });

  test.each<[string, Partial<McpRestApiOptions['domain']>, RegExp]>([
    [
      'an edge-optimized domain',
      { endpointType: apigateway.EndpointType.EDGE },
      /has the type EDGE, which cannot stream/,
    ],
    ['upper case', { domainName: 'MCP.example.com' }, /'MCP.example.com' is not a domain name/],
    ['a base path', { basePath: 'v1' }, /basePath 'v1' is not supported.*set publicUrl/],
  ])('rejects %s', (_, options, message) => {
    expect(() => synth(withDomain(options))).toThrow(message);
  });
});

test('a web ACL and a resource policy apply to the API', () => {
  const webAclArn = 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/b';
  const resourcePolicy = new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['*'],
      }),
    ],
  });
  const { template } = synth(() => ({ endpoint: McpEndpoint.restApi({ webAclArn, resourcePolicy }) }));
  template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: webAclArn });
  template.hasResourceProperties('AWS::ApiGateway::RestApi', {
    Policy: { Statement: [Match.objectLike({ Action: 'execute-api:Invoke' })] },
  });
});

describe('a private API', () => {
  const vpcEndpoint = (stack: Stack) =>
    new ec2.Vpc(stack, 'Vpc').addInterfaceEndpoint('Api', { service: ec2.InterfaceVpcEndpointAwsService.APIGATEWAY });

  test('accepts requests through its VPC endpoints only', () => {
    const { template } = synth((stack) => ({
      endpoint: McpEndpoint.privateApi({ vpcEndpoints: [vpcEndpoint(stack)] }),
    }));
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [{ Ref: Match.stringLikeRegexp('^VpcApi') }] },
      Policy: {
        Statement: [
          Match.objectLike({
            Effect: 'Allow',
            Condition: { StringEquals: { 'aws:SourceVpce': [{ Ref: Match.stringLikeRegexp('^VpcApi') }] } },
          }),
        ],
      },
    });
  });

  test('rejects an empty list of VPC endpoints', () => {
    expect(() => synth(() => ({ endpoint: McpEndpoint.privateApi({ vpcEndpoints: [] }) }))).toThrow(
      /vpcEndpoints is empty/,
    );
  });
});

test.each<[string, string, (options: object) => McpEndpoint]>([
  ['restApi', 'one of domain, webAclArn, resourcePolicy', (options) => McpEndpoint.restApi(options)],
  [
    'privateApi',
    'one of vpcEndpoints, webAclArn, resourcePolicy',
    (options) => McpEndpoint.privateApi({ vpcEndpoints: [], ...options }),
  ],
])('%s() rejects options that it does not have, which JavaScript and `any` let pass', (name, known, endpoint) => {
  expect(() => synth(() => ({ endpoint: endpoint({ webAclARN: 'arn:aws:wafv2:…' }) }))).toThrow(
    new Error(`Test/Mcp: endpoint: McpEndpoint.${name}() has an unknown option 'webAclARN'; use ${known}`),
  );
});

describe('publicUrl', () => {
  test('is the base of all URLs', () => {
    const { server } = synth(() => ({ publicUrl: 'https://example.com/mcp-api' }));
    expect(server.url).toBe('https://example.com/mcp-api');
    expect(server.mcpUrl).toBe('https://example.com/mcp-api/mcp');
  });

  test.each(['http://example.com', 'https://example.com/', 'https://example.com?a=b', 'example.com'])(
    'rejects %s',
    (publicUrl) => expect(() => synth(() => ({ publicUrl }))).toThrow(/publicUrl '.*' is not a base URL/),
  );

  test('excludes a domain', () => {
    expect(() => synth((stack) => ({ ...withDomain()(stack), publicUrl: 'https://example.com' }))).toThrow(
      /remove one/,
    );
  });
});

describe('an imported server', () => {
  const attributes = {
    serverName: 'orders',
    restApiId: 'a1b2c3d4e5',
    registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:orders-provider',
    runtimeRoleArn: 'arn:aws:iam::111122223333:role/orders-runtime',
  };
  const imported = (more: object, stack = new Stack(new App(), 'Test')) =>
    McpLambdaServer.fromMcpLambdaServerAttributes(stack, 'Orders', { ...attributes, ...more });

  test('has the URLs that it was given', () => {
    const server = imported({
      mcpUrl: 'https://example.com/mcp-api/mcp',
      registrationUrl: 'https://r.example.com/register',
    });
    expect(server.url).toBe('https://example.com/mcp-api');
    expect(server.sseUrl).toBe('https://example.com/mcp-api/sse');
    expect(server.registrationUrl).toBe('https://r.example.com/register');
  });

  test('takes an imported URL', () => {
    const stack = new Stack(new App(), 'Test');
    const server = imported({ mcpUrl: Fn.importValue('McpUrl') }, stack);
    expect(stack.resolve(server.sseUrl)).toMatchObject({
      'Fn::Join': ['', [{ 'Fn::Select': [0, expect.anything()] }, '/sse']],
    });
  });

  test('rejects an MCP URL without the route', () => {
    expect(() => imported({ mcpUrl: 'https://example.com' })).toThrow(/does not end with \/mcp/);
  });

  test('has nothing to grant if its clients have no AWS credentials', () => {
    const role = new iam.AccountRootPrincipal();
    expect(() => imported({ iamAuth: false }).grantConnect(role)).toThrow(/iamAuth is false/);
    expect(() => imported({}).grantConnect(role)).not.toThrow();
  });
});
