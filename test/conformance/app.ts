import { join } from 'node:path';
import { type App, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  McpAuth,
  McpClientFeature,
  McpEndpoint,
  McpEvent,
  McpInvokeMode,
  McpLambdaServer,
  McpSchema,
  McpTaskSupport,
} from '../../src';

const SERVER_NAME = 'conformance';

export interface ConformanceOptions {
  /** Whether the endpoint is a function URL, in place of a REST API. */
  readonly functionUrl?: boolean;
}

/**
 * The app that the conformance suite runs against. It implements the fixtures of the scenarios as ordinary registered functions; the
 * library does not know them.
 */
export function conformanceApp(app: App, { functionUrl = false }: ConformanceOptions = {}): void {
  const stack = new Stack(app, 'Conformance');
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: SERVER_NAME,
    auth: McpAuth.none(),
    ...(functionUrl && { endpoint: McpEndpoint.functionUrl({ reservedConcurrency: 500 }) }),
    notifications: true,
    // the suite leaves the stream of each session open, and Lambda does not report disconnected clients
    maxListeners: 200, // on a fast machine, it opens more than the default of 50 within a minute
    maxListenerDuration: Duration.minutes(1),
  });
  const fn = (id: string, handler: string, environment?: Record<string, string>) =>
    new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler,
      code: lambda.Code.fromAsset(join(__dirname, 'functions')),
      timeout: Duration.minutes(2),
      environment,
    });

  addContent(server, fn('Content', 'content.handler'));
  addDocuments(server, fn('Documents', 'documents.handler'));
  addPrompts(server, fn('Prompts', 'prompts.handler'));
  addStreaming(server, fn('Streaming', 'streaming.handler'));
  addInputRequests(server, fn('InputRequests', 'input-requests.handler'));
  addTasks(server, fn('Tasks', 'tasks.handler'), fn('AskThenWork', 'tasks.askThenWork'));

  const changes = fn('Changes', 'changes.handler', {
    REGISTRATION_URL: server.registrationUrl,
    SIGNING_SERVICE: functionUrl ? 'lambda' : 'execute-api',
  });
  Tags.of(changes).add('mcp-server', SERVER_NAME); // opts in to the Registration API
  server.grantRegister(changes);
  for (const kind of ['tool', 'prompt']) {
    server.addTool(changes, { name: `test_trigger_${kind}_change`, description: `Changes a ${kind} of this server` });
  }
}

const string = { type: 'string' };
const object = (properties: Record<string, object>, required = Object.keys(properties)) =>
  McpSchema.fromObject({ type: 'object', properties, required, additionalProperties: false });

function addContent(server: McpLambdaServer, fn: lambda.IFunction): void {
  const descriptions = {
    test_simple_text: 'Returns text',
    test_image_content: 'Returns an image',
    test_audio_content: 'Returns audio',
    test_embedded_resource: 'Returns a resource',
    test_multiple_content_types: 'Returns text, an image and a resource',
    test_error_handling: 'Throws an error',
    test_reconnection: 'Returns text, without closing the stream first',
  };
  for (const [name, description] of Object.entries(descriptions)) server.addTool(fn, { name, description });
  server.addTool(fn, { name: 'greet', description: 'Says hello', inputSchema: object({ name: string }) });
  server.addTool(fn, {
    name: 'test_x_mcp_header',
    description: 'Has an argument that HTTP clients mirror in a header',
    inputSchema: object({ region: { ...string, 'x-mcp-header': 'Region' } }),
  });
  server.addTool(fn, {
    name: 'json_schema_2020_12_tool',
    description: 'Has a schema with JSON Schema 2020-12 keywords',
    inputSchema: McpSchema.fromFile(join(__dirname, 'contact.json')),
  });
}

function addDocuments(server: McpLambdaServer, fn: lambda.IFunction): void {
  const text = { mimeType: 'text/plain' };
  server.addResource(fn, { name: 'static-text', uri: 'test://static-text', description: 'A text', ...text });
  server.addResource(fn, {
    name: 'static-binary',
    uri: 'test://static-binary',
    description: 'An image',
    mimeType: 'image/png',
  });
  server.addResource(fn, {
    name: 'watched-resource',
    uri: 'test://watched-resource',
    description: 'A resource for subscriptions',
    ...text,
  });
  server.addResourceTemplate(fn, {
    name: 'test-template',
    uriTemplate: 'test://template/{id}/data',
    description: 'A resource template',
    mimeType: 'application/json',
  });
}

function addPrompts(server: McpLambdaServer, fn: lambda.IFunction): void {
  const required = (...names: string[]) => names.map((name) => ({ name, description: `The ${name}`, required: true }));
  server.addPrompt(fn, { name: 'test_simple_prompt', description: 'One message' });
  server.addPrompt(fn, {
    name: 'test_prompt_with_arguments',
    description: 'Renders its arguments',
    arguments: required('arg1', 'arg2'),
    completions: { arg1: ['test', 'testing', 'tested'] },
  });
  server.addPrompt(fn, {
    name: 'test_prompt_with_embedded_resource',
    description: 'Has an embedded resource',
    arguments: required('resourceUri'),
  });
  server.addPrompt(fn, { name: 'test_prompt_with_image', description: 'Has an image' });
}

function addStreaming(server: McpLambdaServer, fn: lambda.IFunction): void {
  for (const [name, description] of [
    ['test_tool_with_logging', 'Logs three times'],
    ['test_logging_tool', 'Logs once'],
    ['test_tool_with_progress', 'Reports progress three times'],
  ]) {
    server.addTool(fn, { name, description, invokeMode: McpInvokeMode.RESPONSE_STREAM });
  }
}

function addInputRequests(server: McpLambdaServer, fn: lambda.IFunction): void {
  const { ELICITATION, SAMPLING, ROOTS } = McpClientFeature;
  const all = [ELICITATION, SAMPLING, ROOTS];
  const event = McpEvent.request();
  const add = (name: string, asksClient: McpClientFeature[], inputSchema?: McpSchema) =>
    server.addTool(fn, {
      name,
      description: `Requests ${asksClient.join(', ')} from the client`,
      event,
      asksClient,
      inputSchema,
    });
  add('test_sampling', [SAMPLING], object({ prompt: string }));
  add('test_missing_capability', [SAMPLING]);
  add('test_elicitation', [ELICITATION], object({ message: string }));
  add('test_elicitation_sep1034_defaults', [ELICITATION]);
  add('test_elicitation_sep1330_enums', [ELICITATION]);
  add('test_streaming_elicitation', [ELICITATION]);
  add('test_input_required_result_elicitation', [ELICITATION]);
  add('test_input_required_result_sampling', [SAMPLING]);
  add('test_input_required_result_list_roots', [ROOTS]);
  add('test_input_required_result_request_state', [ELICITATION]);
  add('test_input_required_result_tampered_state', [ELICITATION]);
  add('test_input_required_result_multiple_inputs', all);
  add('test_input_required_result_multi_round', [ELICITATION]);
  add('test_input_required_result_capabilities', [ELICITATION, SAMPLING]);
  server.addPrompt(fn, {
    name: 'test_input_required_result_prompt',
    description: 'Asks for the topic',
    event,
    asksClient: [ELICITATION],
  });
}

function addTasks(server: McpLambdaServer, fn: lambda.IFunction, askThenWork: lambda.IFunction): void {
  const event = McpEvent.request();
  const timeout = Duration.minutes(2);
  const asks = { event, asksClient: [McpClientFeature.ELICITATION] };
  const taskSupport = McpTaskSupport.OPTIONAL;
  server.addTool(fn, {
    name: 'slow_compute',
    description: 'Runs for a given number of seconds',
    inputSchema: object({ seconds: { type: 'number' }, label: string }, ['seconds']),
    event,
    timeout,
    taskSupport,
  });
  server.addTool(fn, {
    name: 'failing_job',
    description: 'Fails after a second',
    event,
    taskSupport: McpTaskSupport.REQUIRED,
  });
  server.addTool(fn, { name: 'protocol_error_job', description: 'Fails with a protocol error', event, taskSupport });
  server.addTool(fn, {
    name: 'confirm_delete',
    description: 'Asks for confirmation',
    inputSchema: object({ filename: string }),
    taskSupport,
    ...asks,
  });
  server.addTool(fn, { name: 'multi_input', description: 'Asks two questions at once', taskSupport, ...asks });
  // the function itself decides when to continue in the background
  server.addTool(askThenWork, {
    name: 'test_tool_with_task',
    description: 'Asks, then continues in the background',
    ...asks,
  });
}
