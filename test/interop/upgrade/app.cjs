// The app of the upgrade test: the same source with the last release and with this one, so only what both have. Run in the
// folder in which one of them is installed.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const installed = createRequire(join(process.cwd(), 'app.cjs'));
const { App, Stack, Tags } = installed('aws-cdk-lib');
const lambda = installed('aws-cdk-lib/aws-lambda');
const { McpClientFeature, McpLambdaServer, McpPayload } = installed('cdk-mcp-lambda');

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
// a server with a tool that may ask has sessions on /mcp
server.addTool(echo('Declared'), {
  name: 'declared',
  payload: McpPayload.REQUEST,
  asksClient: [McpClientFeature.ELICITATION],
});
Tags.of(echo('Registered')).add('mcp-server', 'upgrade');
app.synth();
