import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpClientFeature, McpEvent, McpLambdaServer, McpOpenApi, McpSchema } from 'cdk-mcp-lambda';
import type { Construct } from 'constructs';

/** A shop's orders as an MCP server: tools, resources, a prompt, and a tool that asks the user. */
export class OrdersStack extends Stack {
  /** The server, for tools in other stacks. */
  public readonly server: McpLambdaServer;

  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const fn = (name: string) =>
      new lambda.Function(this, name, {
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(join(__dirname, 'functions', name)),
        memorySize: 512,
        timeout: Duration.seconds(10),
      });

    this.server = new McpLambdaServer(this, 'Mcp', {
      serverName: 'orders',
      title: 'Orders of the lamp shop',
      instructions: 'Look up an order before you answer questions about it.',
    });

    this.server.addTool(fn('echo'), {
      name: 'echo',
      description: 'Returns the message',
      inputSchema: McpSchema.fromObject({
        type: 'object',
        properties: { message: { type: 'string' } },
        required: ['message'],
      }),
      annotations: { readOnlyHint: true },
    });

    const lookup = this.server.addTool(fn('orders'), {
      name: 'lookup_order',
      title: 'Look up an order',
      description: 'Status, items and total of an order',
      inputSchema: McpSchema.fromFile(join(__dirname, 'schemas', 'lookup-order.json')),
      event: McpEvent.apiGateway({ method: 'GET', path: '/orders/{orderId}' }),
      annotations: { readOnlyHint: true },
    });

    // An operation of an OpenAPI document: name, description, schemas and event come from the document.
    this.server.addOpenApi(fn('articles'), {
      spec: McpOpenApi.fromFile(join(__dirname, 'openapi.yaml')),
      operations: ['findArticles'],
    });

    this.server.addTool(fn('text-stats'), {
      name: 'text_stats',
      description: 'Counts characters, words and lines',
      inputSchema: McpSchema.fromObject({
        type: 'object',
        properties: { text: { type: 'string' } },
        required: ['text'],
      }),
      outputSchema: McpSchema.fromObject({
        type: 'object',
        properties: { characters: { type: 'integer' }, words: { type: 'integer' }, lines: { type: 'integer' } },
        required: ['characters', 'words', 'lines'],
      }),
      annotations: { readOnlyHint: true },
    });

    this.server.addTool(fn('book-delivery'), {
      name: 'book_delivery',
      description: 'Books the delivery of an order; the user chooses the time of day',
      inputSchema: McpSchema.fromFile(join(__dirname, 'schemas', 'lookup-order.json')),
      event: McpEvent.request(),
      asksClient: [McpClientFeature.ELICITATION],
    });

    const documents = fn('order-documents');
    this.server.addResource(documents, {
      name: 'return-policy',
      uri: 'orders://policies/returns',
      mimeType: 'text/markdown',
    });
    this.server.addResourceTemplate(documents, {
      name: 'invoice',
      uriTemplate: 'orders://{orderId}/invoice',
      mimeType: 'text/markdown',
    });

    this.server.addPrompt(fn('write-reply'), {
      name: 'write_reply',
      description: 'A reply to a customer about an order',
      arguments: [{ name: 'orderId', required: true }, { name: 'tone' }],
      completions: { tone: ['friendly', 'formal', 'brief'] },
    });

    // Grant access to a client, and raise an alarm on errors.
    this.server.grantConnect(new iam.Role(this, 'Agent', { assumedBy: new iam.AccountRootPrincipal() }));
    new cloudwatch.Alarm(this, 'LookupErrors', {
      metric: lookup.metricErrors(),
      threshold: 5,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });

    // One screen, and alarms for what needs a person.
    this.server.addDashboard();
    this.server.addAlarms({ overrides: { ToolErrorRate: { threshold: 10 } } });
  }
}
