import { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { McpClientFeature, McpEvent, McpLambdaServer, type McpLambdaServerProps, McpTool } from '../../src';
import { environmentOf, statementsOf, testApp, testFunction, testStack } from './support';

const elicits = { name: 'ask', event: McpEvent.request(), asksClient: [McpClientFeature.ELICITATION] };

function server(props?: McpLambdaServerProps): McpLambdaServer {
  return new McpLambdaServer(testStack(), 'Mcp', props);
}

/** The environment and the permissions for the sessions of 2025 clients. */
function sessionsOf(mcp: McpLambdaServer) {
  const actions = statementsOf(mcp.runtimeRole)
    .filter(({ resources }) => resources.join().includes('SessionTable'))
    .flatMap((statement) => statement.actions.map((action) => action.replace('dynamodb:', '')));
  return { on: environmentOf(mcp.httpFunction).MCP_HTTP_SESSIONS === 'on', actions: [...new Set(actions)].sort() };
}

const KEYS = ['PutItem', 'Query', 'UpdateItem'];
const ALL = ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];

describe('2025 clients of /mcp', () => {
  test('have no sessions without asksClient', () => {
    const mcp = server({ legacySse: false });
    mcp.addTool(testFunction(Stack.of(mcp)), { name: 'tool' });
    expect(sessionsOf(mcp)).toEqual({ on: false, actions: KEYS });
  });

  test('have sessions with a declared registration that has asksClient', () => {
    const mcp = server({ legacySse: false });
    const fn = testFunction(Stack.of(mcp));
    mcp.addTool(fn, elicits);
    mcp.addPrompt(fn, { ...elicits, name: 'second' });
    expect(sessionsOf(mcp)).toEqual({ on: true, actions: ALL });
  });

  test('have sessions with a tool of another stack that has asksClient', () => {
    const app = testApp();
    const mcp = new McpLambdaServer(new Stack(app, 'One'), 'Mcp', { legacySse: false });
    const other = new Stack(app, 'Other');
    new McpTool(other, 'Tool', { server: mcp, handler: testFunction(other), ...elicits });
    expect(sessionsOf(mcp)).toEqual({ on: true, actions: ALL });
  });

  test('have sessions with sessions: true', () => {
    expect(sessionsOf(server({ legacySse: false, sessions: true }))).toEqual({ on: true, actions: ALL });
  });

  test('have no sessions with sessions: false', () => {
    const mcp = server({ legacySse: false, sessions: false });
    mcp.addTool(testFunction(Stack.of(mcp)), elicits);
    expect(sessionsOf(mcp)).toEqual({ on: false, actions: KEYS });
  });

  test('need no more permissions than SSE sessions', () => {
    const without = server();
    const mcp = server({ sessions: true });
    expect(sessionsOf(mcp)).toEqual({ on: true, actions: ALL });
    expect(statementsOf(mcp.runtimeRole)).toEqual(statementsOf(without.runtimeRole));
  });
});
