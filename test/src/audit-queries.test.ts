import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';
import { AUDIT_OUTCOMES } from '../../src/private/audit';
import { AUDIT_QUERIES } from '../../src/private/audit-queries';
import { testStack } from './support';

const server = (props = {}) => new McpLambdaServer(testStack(), 'Mcp', { serverName: 'orders', ...props });

test('addAuditQueries() saves the queries of the log group, under the name of the server', () => {
  const mcp = server();
  expect(mcp.addAuditQueries()).toHaveLength(Object.keys(AUDIT_QUERIES).length);
  const queries = Object.values(Template.fromStack(Stack.of(mcp)).findResources('AWS::Logs::QueryDefinition'));
  expect(queries.map(({ Properties }) => Properties.Name)).toContain('orders/Usage by caller');
  for (const { Properties } of queries) {
    expect(Properties.LogGroupNames).toEqual([{ Ref: 'McpLogGroup8B121420' }]);
    expect(Properties.QueryString).toContain('audit = 1');
  }
});

test('queries name existing outcomes', () => {
  const named = Object.values(AUDIT_QUERIES).flatMap((query) => [
    ...JSON.stringify(query).matchAll(/outcome(?: = \\"|, \\"| in \[\\")(\w+)/g),
  ]);
  expect(named.length).toBeGreaterThan(4);
  for (const [, outcome] of named) expect(AUDIT_OUTCOMES).toContain(outcome);
});

test('a server has no saved queries by default', () => {
  expect(Template.fromStack(Stack.of(server())).findResources('AWS::Logs::QueryDefinition')).toEqual({});
});

test('auditPayloads and tracing reach the functions that serve MCP', () => {
  const variables = (props: object) =>
    Object.values(Template.fromStack(Stack.of(server(props))).findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment.Variables,
    );
  for (const each of variables({})) expect(each).not.toHaveProperty('MCP_AUDIT_PAYLOADS');
  expect(variables({ auditPayloads: true }).filter((each) => each.MCP_AUDIT_PAYLOADS === 'on')).toHaveLength(2);
});
