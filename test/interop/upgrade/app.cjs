// The app of the upgrade test. It uses only the API that the last release and this one share. Runs in a folder with one of them
// installed.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const installed = createRequire(join(process.cwd(), 'app.cjs'));
const { App, Stack, Tags } = installed('aws-cdk-lib');
const lambda = installed('aws-cdk-lib/aws-lambda');
const { McpClientFeature, McpLambdaServer, McpEvent } = installed('cdk-mcp-lambda');

const app = new App({ outdir: join(process.cwd(), 'cdk.out') });
const stack = new Stack(app, 'Upgrade');
const server = new McpLambdaServer(stack, 'Server', { serverName: 'upgrade' });

function echo(id) {
  return new lambda.Function(stack, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async (event) => "echo " + event.text;'),
  });
}
// a tool that asks the client gives the server sessions on /mcp
server.addTool(echo('Declared'), {
  name: 'declared',
  event: McpEvent.request(),
  asksClient: [McpClientFeature.ELICITATION],
});
Tags.of(echo('Registered')).add('mcp-server', 'upgrade');
app.synth();
