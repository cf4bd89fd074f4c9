import { Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import type { Template } from '../../local/assembly/template';
import { McpInvokeMode, McpTaskSupport } from '../../src';
import { CUSTOM_RESOURCE, ENV } from '../../src/private/contract';
import { createOrphanRegistration, createOrphans, queues } from './support/aws';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { initialize, openSession } from './support/sse';
import { taskClient } from './support/tasks';
import { until } from './support/until';

/** Roles of the construct by the prefix of their logical ids, with the services that they use. */
const ROLES: Record<string, string[]> = {
  McpRuntimeRole: ['dynamodb', 'lambda', 's3', 'sqs'],
  McpMessageRole: ['dynamodb', 'sqs'],
  McpRegistrationRole: ['dynamodb', 'lambda'],
  McpRegistrationProviderRole: ['dynamodb', 'lambda', 'sqs'],
  McpSweeperRole: ['dynamodb', 'lambda', 'sqs'],
};

const NO_STATEMENT = 'McpSweeperRole lambda:RemovePermission';

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** Handler of a function that loses its opt-in tag with the third version of the app. It is declared, too: the server is deleted first. */
const WITHDRAWN = 'slow';
/** Handler of a function that only a registration by API uses. */
const UNDECLARED = 'everyMessage';

/** Logical id and name of a role that the second version of the app does not have. */
const RETIRED = 'Retired';

/** Adds a permission for a role that the app deletes later. */
function permitRetiredRole(fn: lambda.Function): void {
  const stack = Stack.of(fn);
  const role = new iam.CfnRole(stack, RETIRED, {
    roleName: RETIRED,
    assumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
  });
  new lambda.CfnPermission(stack, 'RetiredPermission', {
    functionName: fn.functionName,
    action: 'lambda:InvokeFunction',
    principal: stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: role.roleName! }),
  });
}

/** The policy statements of a template with their roles. */
function statements(template: Template): Array<{ role: string; statement: Statement }> {
  return Object.values(template.Resources ?? {}).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') return [];
    const { Roles = [], PolicyDocument } = Properties as {
      Roles?: Array<{ Ref: string }>;
      PolicyDocument: { Statement: Statement[] };
    };
    return Roles.flatMap(({ Ref }) =>
      PolicyDocument.Statement.map((statement) => ({ role: Ref.replace(/[0-9A-F]{8}$/, ''), statement })),
    );
  });
}

const actionsOf = ({ Action }: Statement) => [Action].flat();

/**
 * Makes the server use every AWS operation it can. Failures are ignored: denied calls are recorded.
 * @param limitMs how long to wait for each result
 */
async function useEverything(fixture: Fixture, limitMs: number): Promise<void> {
  const attempt = (work: () => Promise<unknown>) => work().catch(() => undefined);
  const { runner } = fixture;

  await attempt(async () => {
    const client = await sseClient(fixture, { elicitation: {} });
    await client.callTool({ name: 'echo', arguments: { message: 'hi' } }, undefined, { timeout: limitMs });
    await client.close();
  });
  await attempt(async () => {
    const client = await httpClient(fixture);
    await client.callTool({ name: 'echo', arguments: { message: 'hi' } }, undefined, { timeout: limitMs });
    await client.close();
  });
  // a result in the result bucket, downloaded with the permissions of the role that signed the link
  await attempt(async () => {
    const client = await httpClient(fixture);
    const { content } = await client.callTool({ name: 'bulk', arguments: { characters: 7_000_000 } });
    await fetch((content as Array<{ uri: string }>)[0].uri).then((response) => response.arrayBuffer());
    await client.close();
  });
  await attempt(async () => {
    await using client = await taskClient(fixture.mcpUrl);
    const execution = await client.session.callTool('work', { id: 1 }, { requestTimeoutMs: limitMs });
    await execution.settle({ signal: AbortSignal.timeout(limitMs) });
  });
  // a multi-round-trip result of 2026-07-28 seals its request state with a key in the session table
  await attempt(() =>
    fetch(fixture.mcpUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'ask',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'ask',
          arguments: {},
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
          },
        },
      }),
    }).then((response) => response.text()),
  );
  const body = { type: 'tool', name: 'extra', lambdaArn: fixture.functionArn('echo') };
  const register = (method: string, path = '', content?: object) =>
    attempt(() =>
      fetch(`${fixture.registerUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: content && JSON.stringify(content),
      }),
    );
  await register('POST', '', body);
  await register('GET');
  await register('PUT', '/tool-extra', body);
  await register('DELETE', '/tool-extra');
  await register('POST', '', body); // the provider renews its permission on an update and removes it on deletion
  await register('POST', '', { type: 'tool', name: 'withdrawn', lambdaArn: fixture.functionArn(WITHDRAWN) });

  // a changed role makes the lifecycle resource renew the statements
  await attempt(() => runner.update());

  // the update has also deleted a role that a function permits
  await register('POST', '', { type: 'tool', name: 'shared', lambdaArn: fixture.functionArn('record') });

  // a session that ends because its client has disconnected
  await attempt(async () => {
    const session = await openSession(fixture);
    await initialize(session);
    session.disconnect();
    await until('the session to end', async () => (await queues(fixture)).length === 0, limitMs / 1000);
  });
  // a record and a queue of a killed function for the sweeper, and more for the deletion of the stack
  await createOrphans(fixture);
  await createOrphanRegistration(fixture, fixture.functionArn('echo'), 'tool-extra');
  await attempt(() => runner.update()); // a function loses its tag
  await attempt(() => runner.fireSchedule());
  await createOrphans(fixture);
  await attempt(() => runner.destroy());
}

/**
 * Runs the app with a changed template. Returns the allowed and the denied calls as `<role> <action>`.
 * @param limitMs how long to wait for each result; short if the change makes some of them fail
 */
async function run(
  change: (template: Template) => void,
  limitMs = 3_000,
): Promise<{ allowed: Set<string>; denied: Set<string> }> {
  const allowed = new Set<string>();
  const denied = new Set<string>();
  const roleOf = (arn: string) => arn.match(/(Mcp[A-Za-z]+Role)[0-9A-F]{8}/)?.[1] ?? arn;
  let reads = 0;
  try {
    await using fixture = await startFixture({
      server: (stack) => ({ resultBucket: new s3.Bucket(stack, 'Results') }),
      extend: ({ server, fn }) => {
        Tags.of(fn('echo')).add('mcp-server', 'e2e');
        Tags.of(fn('record')).add('mcp-server', 'e2e');
        Tags.of(fn(WITHDRAWN)).add('mcp-server', 'e2e');
        permitRetiredRole(fn('record'));
        Tags.of(server).add('team', 'e2e');
        server.addTool(fn('work'), { name: 'work', taskSupport: McpTaskSupport.REQUIRED });
        server.addTool(fn('bulk'), { name: 'bulk', invokeMode: McpInvokeMode.RESPONSE_STREAM });
      },
      sseEnvironment: { [ENV.PING_SECONDS]: '1' },
      modifyTemplate: (template) => {
        change(template);
        for (const resource of Object.values(template.Resources ?? {})) {
          if (resource.Type === CUSTOM_RESOURCE.LIFECYCLE)
            resource.Properties!.RuntimeRole = `role ${Math.min(reads++, 1)}`;
        }
        if (reads > 1) delete template.Resources![RETIRED];
        if (reads > 2) {
          for (const { Type, Properties } of Object.values(template.Resources!)) {
            if (Type === 'AWS::Lambda::Function' && Properties!.Handler === `functions.${WITHDRAWN}`)
              delete Properties!.Tags;
          }
        }
        return template;
      },
      onAccess: ({ role, action, granted }) => (granted ? allowed : denied).add(`${roleOf(role)} ${action}`),
    });
    await useEverything(fixture, limitMs);
  } catch {
    // the deployment itself needs the role: the denied call is recorded
  }
  return { allowed, denied };
}

test('the template grants exactly the permissions that the functions use', async () => {
  let granted: string[] = [];
  const { allowed, denied } = await run((template) => {
    granted = statements(template)
      .flatMap(({ role, statement }) => actionsOf(statement).map((action) => `${role} ${action}`))
      .filter((entry) => !entry.includes(' logs:') && entry.startsWith('Mcp'));
  }, 30_000);
  expect([...denied]).toEqual([]);
  expect([...allowed].sort()).toEqual(expect.arrayContaining([...new Set(granted)].sort()));
});

test('the sweep ends the permission of a function that has lost its tag, also without legacySse', async () => {
  const denied: string[] = [];
  let updates = 0;
  await using fixture = await startFixture({
    server: { legacySse: false },
    extend: ({ fn }) => Tags.of(fn(UNDECLARED)).add('mcp-server', 'e2e'),
    modifyTemplate: (template) => {
      if (updates++ === 0) return template;
      for (const { Type, Properties } of Object.values(template.Resources!)) {
        if (Type === 'AWS::Lambda::Function') delete Properties!.Tags;
      }
      return template;
    },
    onAccess: ({ action, granted }) => {
      if (!granted) denied.push(action);
    },
  });
  const lambdaArn = fixture.functionArn(UNDECLARED);
  const response = await fetch(fixture.registerUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'tool', name: 'withdrawn', lambdaArn }),
  });
  expect(response.status).toBe(201);
  const call = async () => {
    const client = await httpClient(fixture);
    const result = await client.callTool({ name: 'withdrawn', arguments: {} });
    await client.close();
    return JSON.stringify(result);
  };
  expect(await call()).not.toContain('cannot be invoked');
  await fixture.runner.update();
  await fixture.runner.fireSchedule();
  expect(denied).toEqual([]);
  expect(await call()).toContain('the function cannot be invoked (AccessDeniedException)');
});

test.each(Object.entries(ROLES).flatMap(([role, services]) => services.map((service) => [role, service])))(
  '%s without %s is denied access',
  async (role, service) => {
    let removed = 0;
    const { denied } = await run((template) => {
      for (const entry of statements(template)) {
        if (entry.role !== role) continue;
        const kept = actionsOf(entry.statement).filter((action) => !action.startsWith(`${service}:`));
        removed += actionsOf(entry.statement).length - kept.length;
        entry.statement.Action = kept.length > 0 ? kept : ['none:None'];
      }
    });
    expect(removed).toBeGreaterThan(0);
    // without a registration, the sweep finds no statement to remove: its principal cannot be compared, and the removal is denied
    const others = [...denied].filter((entry) => !entry.startsWith(`${role} ${service}:`));
    expect(others.filter((entry) => entry !== NO_STATEMENT || role !== 'McpRegistrationRole')).toEqual([]);
    expect(denied.size).toBeGreaterThan(others.length);
  },
);

test('tests every role of the template', async () => {
  let roles: string[] = [];
  const services = new Map<string, Set<string>>();
  await run((template) => {
    roles = Object.entries(template.Resources ?? {})
      .filter(([id, { Type }]) => Type === 'AWS::IAM::Role' && id.startsWith('Mcp'))
      .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    for (const { role, statement } of statements(template)) {
      for (const action of actionsOf(statement)) {
        const [service] = action.split(':');
        if (service !== 'logs') services.set(role, (services.get(role) ?? new Set()).add(service));
      }
    }
    throw new Error('stop before the deployment');
  });
  expect(roles.sort()).toEqual(Object.keys(ROLES).sort());
  expect(Object.fromEntries(roles.map((role) => [role, [...services.get(role)!].sort()]))).toEqual(ROLES);
});
