import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpAuth, McpEndpoint, McpLambdaServer, type McpLambdaServerProps, McpTool } from '../../src';

/** A resource of a template: its type and the names of its properties at any depth. */
export interface TemplateResource {
  readonly type: string;
  readonly properties: string[];
}

/** Resources of a server without options, with one registration of each type. */
export function plain(): TemplateResource[] {
  return resourcesOf(() => ({}));
}

/** Resources of servers with every option. The VPC and the key belong to other stacks. */
export function everyOption(): TemplateResource[] {
  const network = new Stack(new App(), 'Shared');
  return [
    ...resourcesOf((stack) => ({
      auth: McpAuth.apiKey(),
      tasks: true,
      notifications: true,
      allowedOrigins: ['https://inspector.example.com'],
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['us-east-1a'],
        privateSubnetIds: ['subnet-1'],
      }),
      encryptionKey: kms.Key.fromKeyArn(
        stack,
        'Key',
        network.formatArn({ service: 'kms', resource: 'key', resourceName: '1' }),
      ),
    })),
    ...resourcesOf((stack) => ({
      auth: McpAuth.custom(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: fn(stack, 'Authorize') })),
      legacySse: false,
    })),
    ...resourcesOf(() => ({
      auth: McpAuth.none(),
      endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 20 }),
      allowedOrigins: ['https://inspector.example.com'],
    })),
  ];
}

function fn(scope: Stack, id: string): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => "ok";'),
  });
}

function resourcesOf(props: (stack: Stack) => McpLambdaServerProps): TemplateResource[] {
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Orders');
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props(stack) });
  const handler = fn(stack, 'Handler');
  server.addTool(handler, { name: 'tool' });
  server.addResource(handler, { name: 'resource', uri: 'docs://readme' });
  server.addResourceTemplate(handler, { name: 'template', uriTemplate: 'docs://{page}' });
  server.addPrompt(handler, { name: 'prompt' });
  const otherStack = new Stack(app, 'Shipping');
  new McpTool(otherStack, 'Tool', { server, handler: fn(otherStack, 'Handler'), name: 'track' });
  return [stack, otherStack].flatMap((each) => {
    const { Resources } = Template.fromStack(each).toJSON() as {
      Resources: Record<string, { Type: string; Properties?: object }>;
    };
    return Object.values(Resources).map(({ Type: type, Properties }) => ({
      type,
      properties: [...namesIn(Properties)],
    }));
  });
}

function* namesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    if (!Array.isArray(value)) yield name;
    yield* namesIn(each);
  }
}
