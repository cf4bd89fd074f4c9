import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { find } from '../../../lambda/registry/store.js';
import { log } from '../../../lambda/shared/log.js';
import { CUSTOM_RESOURCE, ENV } from '../../../src/private/contract.js';
import { CloudFormation, properties, STACK } from './cloudformation.js';
import { delayed } from './faulty-proxy.js';
import { ACCOUNT, arnOf, INVALID_PRINCIPAL, RegistrationFixture, SERVER_ID, TOOL } from './support.js';

let fixture: RegistrationFixture;
let cfn: CloudFormation;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
  cfn = await new CloudFormation().start();
});
beforeEach(() => fixture.reset());
afterAll(async () => {
  cfn.stop();
  await fixture.stop();
});

const PHYSICAL_ID = `${SERVER_ID}/tool-lookup`;
const stored = (name = 'lookup') => find({ type: 'tool', name });
const create = (LogicalResourceId = 'Tool', ResourceProperties: object = properties(), more = {}) =>
  cfn.send({ RequestType: 'Create', LogicalResourceId, ResourceProperties, ...more });
const update = (OldResourceProperties: object, ResourceProperties: object, more = {}) =>
  cfn.send({
    RequestType: 'Update',
    PhysicalResourceId: PHYSICAL_ID,
    OldResourceProperties,
    ResourceProperties,
    ...more,
  });
const remove = (LogicalResourceId = 'Tool', PhysicalResourceId = PHYSICAL_ID, more = {}) =>
  cfn.send({ RequestType: 'Delete', LogicalResourceId, PhysicalResourceId, ...more });

describe('declared registrations', () => {
  test('stores the owner and returns the physical id', async () => {
    const response = await create('Tool', properties({ inputSchema: { type: 'object', maxProperties: 3 } }));
    expect(response).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: PHYSICAL_ID,
      StackId: STACK,
      LogicalResourceId: 'Tool',
      RequestId: expect.stringMatching(/^r-\d+$/),
      contentType: undefined,
    });
    expect(await stored()).toMatchObject({ owner: 'cdk', ownerStack: STACK, ownerResource: 'Tool', revision: 1 });
    const { body } = await fixture.call('GET', '/register/tool-lookup');
    expect(body).toMatchObject({ owner: 'cdk', lambdaArn: arnOf('one'), inputSchema: { maxProperties: 3 } });
    expect(body).not.toHaveProperty('ownerStack');
    expect(await fixture.revision()).toBe(1);
  });

  test('adds no statement, because the template grants the permission', async () => {
    const handlers = { CompletionFunctionArn: arnOf('two') };
    await create('Prompt', properties({ type: 'prompt', name: 'p', arguments: [] }, arnOf('untagged'), handlers));
    expect((await fixture.call('GET', '/register/prompt-p')).body.completionHandler).toBe(arnOf('two'));
    expect(fixture.permitted()).toEqual([]);
    expect(fixture.proxies.calls.filter(({ operation }) => operation.includes('/functions/'))).toEqual([]);
  });

  test('accepts a function of another account, but not of another region', async () => {
    const foreign = arnOf('one').replace('123456789012', '210987654321');
    expect((await create('Tool', properties({}, foreign))).Status).toBe('SUCCESS');
    const elsewhere = await create('Far', properties({ name: 'far' }, arnOf('one').replace('us-east-1', 'eu-west-1')));
    expect(elsewhere).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('functions in us-east-1 (aws)'),
    });
  });

  test('updates the registration and keeps the physical id', async () => {
    await create();
    const response = await update(properties(), properties({ title: 'New' }, arnOf('two')));
    expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
    const { body } = await fixture.call('GET', '/register/tool-lookup');
    expect(body).toMatchObject({ title: 'New', lambdaArn: arnOf('two'), revision: 2 });
    expect(await fixture.revision()).toBe(2);
  });

  test('keeps the registration of the old name until its resource is deleted', async () => {
    await create();
    const response = await update(properties(), properties({ name: 'found' }));
    expect(response.PhysicalResourceId).toBe(`${SERVER_ID}/tool-found`);
    expect(await stored()).toBeDefined();
    await remove();
    expect(await stored()).toBeUndefined();
    expect(await stored('found')).toBeDefined();
  });

  test('removes the registration once when its resource is deleted', async () => {
    await create();
    expect(await remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
    expect(await stored()).toBeUndefined();
    expect(await fixture.revision()).toBe(2);
    expect((await remove()).Status).toBe('SUCCESS');
    expect(await fixture.revision()).toBe(2);
  });

  test('accepts a repeated request', async () => {
    const twice = { RequestId: 'same' };
    await create('Tool', properties(), twice);
    expect((await create('Tool', properties(), twice)).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
  });

  test('succeeds with a deletion after the table was deleted', async () => {
    await create();
    process.env[ENV.REGISTRY_TABLE] = 'gone';
    expect((await remove()).Status).toBe('SUCCESS');
  });

  test.each([
    [
      'an invalid value',
      properties({ timeoutSeconds: 0 }),
      '/timeoutSeconds: must be a whole number of seconds from 1 to 840; got 0',
    ],
    ['an invalid function ARN', properties({}, 'lookup'), '/lambdaArn: "lookup" is not a Lambda function ARN'],
    ['$LATEST', properties({}, arnOf('one:$LATEST')), 'refers to $LATEST'],
    ['no definition', { ServiceToken: 'x', FunctionArn: arnOf('one') }, 'property Definition is not a JSON object'],
    ['a definition that is not JSON', { ...properties(), Definition: '{' }, 'property Definition is not a JSON object'],
  ])('fails with the reason for %s, and the deletion succeeds', async (_, faulty, reason) => {
    const response = await create('Tool', faulty);
    expect(response).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
    expect((await remove('Tool', response.PhysicalResourceId)).Status).toBe('SUCCESS');
    expect(await stored()).toBeUndefined();
  });
});

describe('ownership', () => {
  const OTHER_STACK = { StackId: STACK.replace('shop', 'billing') };

  test('declared registrations are read-only for the API', async () => {
    await create();
    const conflict = {
      status: 409,
      body: { error: 'tool-lookup is declared by CloudFormation (stack shop, resource Tool): change it there' },
    };
    expect(await fixture.call('POST', '/register', { body: TOOL })).toMatchObject(conflict);
    expect(await fixture.call('PUT', '/register/tool-lookup', { body: TOOL })).toMatchObject(conflict);
    expect(await fixture.call('DELETE', '/register/tool-lookup')).toMatchObject(conflict);
    expect(await stored()).toMatchObject({ owner: 'cdk', revision: 1 });
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('a stack cannot take over an API registration, or delete it in a rollback', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    const response = await create();
    expect(response).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining(
        'was registered through the Registration API: delete it there (DELETE /register/tool-lookup)',
      ),
    });
    expect((await remove('Tool', response.PhysicalResourceId)).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ owner: 'api', revision: 1 });
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('a stack cannot take over a registration of another stack', async () => {
    await create('Tool', properties(), OTHER_STACK);
    const response = await create();
    expect(response.Reason).toContain(`tool-lookup belongs to resource Tool of ${OTHER_STACK.StackId}`);
    await remove('Tool', response.PhysicalResourceId);
    expect(await stored()).toMatchObject({ ownerStack: OTHER_STACK.StackId });
  });

  test('of a concurrent API request and deployment, one gets the name', async () => {
    for (let round = 0; round < 5; round++) {
      const [response, posted] = await Promise.all([create(), fixture.call('POST', '/register', { body: TOOL })]);
      expect([response.Status, posted.status]).toEqual(posted.status === 201 ? ['FAILED', 201] : ['SUCCESS', 409]);
      expect(await fixture.inconsistencies()).toEqual([]);
      await remove();
      await fixture.call('DELETE', '/register/tool-lookup');
    }
  });
});

describe('a moved construct', () => {
  const moved = properties({ title: 'Moved' });
  beforeEach(async () => {
    await create('Old', properties({ title: 'Before' }));
  });

  test('takes over its registration, which remains after the deletion of the old resource', async () => {
    expect((await create('New', moved)).Status).toBe('SUCCESS');
    expect((await remove('Old')).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ ownerResource: 'New' });
    expect(await stored()).not.toHaveProperty('takenFrom');
    await remove('New');
    expect(await stored()).toBeUndefined();
  });

  test('returns its registration when the deployment fails', async () => {
    await create('New', moved, { RequestId: 'one' });
    await create('New', moved, { RequestId: 'one' });
    await remove('New');
    expect(await stored()).toMatchObject({ ownerResource: 'Old', revision: 4 });
    expect((await fixture.call('GET', '/register/tool-lookup')).body.title).toBe('Before');
    await remove('Old');
    expect(await stored()).toBeUndefined();
  });

  test('keeps its registration after the next deployment', async () => {
    await create('New', moved);
    await update(moved, properties({ title: 'Later' }), { LogicalResourceId: 'New' });
    await remove('New');
    expect(await stored()).toBeUndefined();
  });

  test('swaps its name with another construct', async () => {
    await create('B', properties({ name: 'b' }));
    const ids = ['lookup', 'b'].map((name) => `${SERVER_ID}/tool-${name}`);
    await update(properties(), properties({ name: 'b' }), { LogicalResourceId: 'Old' });
    await update(properties({ name: 'b' }), properties(), { LogicalResourceId: 'B', PhysicalResourceId: ids[1] });
    await remove('Old', ids[0]);
    await remove('B', ids[1]);
    expect(await stored()).toMatchObject({ ownerResource: 'B' });
    expect(await stored('b')).toMatchObject({ ownerResource: 'Old' });
    for (const name of ['lookup', 'b']) expect(await stored(name)).not.toHaveProperty('takenFrom');
  });
});

describe('a failed rename', () => {
  test('after the response: the cleanup of CloudFormation removes the new name', async () => {
    await create();
    await update(properties(), properties({ name: 'found' }));
    await update(properties({ name: 'found' }), properties(), { PhysicalResourceId: `${SERVER_ID}/tool-found` });
    await remove('Tool', `${SERVER_ID}/tool-found`);
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
    expect(await stored('found')).toBeUndefined();
  });

  test('before the response: the rollback removes the new name, which CloudFormation does not know', async () => {
    await create();
    fixture.proxies.watch(({ operation }) => (operation === 'UpdateItem' ? 'refused' : 'pass'));
    const failed = await update(properties(), properties({ name: 'found' }));
    expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: PHYSICAL_ID });
    fixture.proxies.watch();
    expect(await stored('found')).toBeDefined();
    expect((await update(properties({ name: 'found' }), properties())).Status).toBe('SUCCESS');
    expect(await stored('found')).toBeUndefined();
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
  });
});

describe('an interrupted deployment', () => {
  test('can be rolled back and repeated, whichever AWS call fails', async () => {
    await create();
    const calls = fixture.proxies.calls.length;
    for (const handling of ['refused', 'lost'] as const) {
      for (let failing = 1; failing <= calls; failing++) {
        await fixture.reset();
        fixture.proxies.watch(({ number }) => (number === failing ? handling : 'pass'));
        const response = await create();
        expect(response.Status, `call ${failing}`).toBe('FAILED');
        fixture.proxies.watch();
        await remove('Tool', response.PhysicalResourceId);
        expect(await stored(), `call ${failing}, rolled back`).toBeUndefined();
        expect(await create()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
      }
    }
  });
});

describe('the response', () => {
  test('is truncated to the limit of CloudFormation', async () => {
    const long = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`ключ${n}`, n]));
    const response = await create('Tool', properties(long));
    expect(response.Status).toBe('FAILED');
    expect(response.Reason).toMatch(/^invalid registration; .*\.\.\.$/);
    expect(response.bytes).toBeLessThanOrEqual(4096);
    expect(response.bytes).toBeGreaterThan(2048);
  });

  test('is sent again after an error', async () => {
    cfn.statuses = [500, 503];
    expect((await create()).Status).toBe('SUCCESS');
  });

  test('throws if all attempts fail, so that Lambda invokes the function again', async () => {
    cfn.statuses = [500, 500, 500];
    await expect(create()).rejects.toThrow('status 500');
  });

  test('is sent in time although AWS calls are slow', async () => {
    fixture.proxies.watch(delayed(1_500));
    const request = { RequestType: 'Create', ResourceProperties: properties() } as const;
    expect(await cfn.send(request, 12_500)).toMatchObject({
      Status: 'FAILED',
      Reason: 'timed out: deploy again',
    });
  });

  test('is the last act of a request that timed out', async () => {
    let calls = 0;
    fixture.proxies.watch(async () => {
      calls += 1;
      return delayed(700)();
    });
    const response = await cfn.send({ RequestType: 'Create', ResourceProperties: properties() }, 12_500);
    expect(response.Status).toBe('FAILED');
    const callsBefore = calls;
    const revision = await fixture.revision();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(calls).toBe(callsBefore);
    fixture.proxies.watch();
    expect(await fixture.revision()).toBe(revision);
  });
});

const isAddPermission = (operation: string) => operation.startsWith('POST') && operation.endsWith('/policy');

describe('the lifecycle', () => {
  const lifecycle = (RequestType: 'Create' | 'Update' | 'Delete', more = {}, remainingMs?: number) =>
    cfn.send(
      {
        RequestType,
        LogicalResourceId: 'Lifecycle',
        ResourceType: CUSTOM_RESOURCE.LIFECYCLE,
        ResourceProperties: { ServiceToken: arnOf('provider'), RoleId: 'AROA1' },
        ...(RequestType === 'Create' ? {} : { PhysicalResourceId: SERVER_ID, OldResourceProperties: {} }),
        ...more,
      },
      remainingMs,
    );

  test.each([CUSTOM_RESOURCE.LIFECYCLE, CUSTOM_RESOURCE.NAMELESS_LIFECYCLE])(
    'succeeds without existing registrations: %s',
    async (ResourceType) => {
      const response = await lifecycle('Create', { ResourceType });
      expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
    },
  );

  test('recreates statements for a new role, and ignores functions that no longer exist', async () => {
    await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('one:live') } });
    await fixture.call('POST', '/register', { body: { ...TOOL, name: 'second', lambdaArn: arnOf('two') } });
    fixture.defineFunction('temporary', { 'mcp-server': 'orders' });
    await fixture.call('POST', '/register', { body: { ...TOOL, name: 'third', lambdaArn: arnOf('temporary') } });
    fixture.lambda.remove('temporary');
    const role = process.env[ENV.RUNTIME_ROLE_ARN]!;
    process.env[ENV.RUNTIME_ROLE_ARN] = `${role}-2`;
    try {
      expect(await lifecycle('Update')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
      for (const name of ['one:live', 'two']) {
        expect(fixture.statements(arnOf(name)).map(({ Principal }) => Principal)).toEqual([{ AWS: `${role}-2` }]);
      }
    } finally {
      process.env[ENV.RUNTIME_ROLE_ARN] = role;
    }
  });

  test('retries until a new role has propagated', async () => {
    for (const [i, fn] of ['one', 'two', 'three'].entries()) {
      await fixture.call('POST', '/register', { body: { ...TOOL, name: `t${i}`, lambdaArn: arnOf(fn) } });
    }
    const faults = [INVALID_PRINCIPAL, { error: 'AccessDeniedException' }, INVALID_PRINCIPAL, INVALID_PRINCIPAL];
    fixture.proxies.watch(({ operation }) => (isAddPermission(operation) && faults.shift()) || 'pass');
    expect((await lifecycle('Update')).Status).toBe('SUCCESS');
    expect(faults).toEqual([]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('reports the functions that remain without permission, and does not fail the deployment', async () => {
    const error = vi.spyOn(log, 'error').mockImplementation(() => {});
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    for (const [i, fn] of ['one', 'two'].entries()) {
      await fixture.call('POST', '/register', { body: { ...TOOL, name: `t${i}`, lambdaArn: arnOf(fn) } });
    }
    const role = `arn:aws:iam::${ACCOUNT}:role/retired`;
    fixture.lambda.addPermission(arnOf('two'), { StatementId: 'legacy', Action: 'lambda:*', Principal: role });
    fixture.lambda.policies.principalDeleted(role);
    // a rollback after a failed update would fail for the same reason
    expect((await lifecycle('Update', {}, 25_000)).Status).toBe('SUCCESS');
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(error.mock.calls).toEqual([
      [
        'renewing a permission statement failed: the function cannot be invoked',
        expect.objectContaining({
          functionArn: arnOf('two'),
          advice: expect.stringContaining('statements of deleted principals'),
        }),
      ],
    ]);
    expect(output.mock.calls.filter(([line]) => String(line).includes('"PermissionsNotRenewed":1'))).toHaveLength(1);
    fixture.lambda.removePermission(arnOf('two'), 'legacy');
    vi.restoreAllMocks();
  });

  test('removes all statements, and restores them for a reused table', async () => {
    for (const [name, fn] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'two'],
    ]) {
      await fixture.call('POST', '/register', { body: { ...TOOL, name, lambdaArn: arnOf(fn!) } });
    }
    expect(await lifecycle('Delete')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
    expect(fixture.permitted()).toEqual([]);
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    await lifecycle('Create');
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('removes all queues and sessions', async () => {
    const { CreateQueueCommand, ListQueuesCommand } = await import('@aws-sdk/client-sqs');
    const { queueName } = await import('../../../lambda/sse/queue-name.js');
    const { SessionStore } = await import('../../../lambda/sse/store.js');
    const Attributes = { FifoQueue: 'true' };
    const make = async (serverId: string) => {
      const QueueName = queueName(serverId, Date.now());
      return (await fixture.aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
    };
    const known = await make(SERVER_ID);
    await make(SERVER_ID);
    const foreign = await make('mcp-ffffffff-ffffffff');
    const now = Date.now();
    await new SessionStore().reserve({ id: 's1', now, leaseUntil: now + 60_000, endsAt: now + 60_000 });
    await new SessionStore().attach('s1', known, now + 60_000);
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    expect((await fixture.aws.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([foreign]);
    expect(await new SessionStore().countLive()).toBe(0);
  });

  test('does not access sessions or queues if the server has none', async () => {
    delete process.env[ENV.SESSION_TABLE];
    fixture.proxies.watch();
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    expect(fixture.proxies.calls.map(({ operation }) => operation)).toEqual(['Query']);
  });

  test('does not fail a deletion when AWS calls fail or are slow', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    fixture.proxies.watch(() => 'refused');
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    fixture.proxies.watch(delayed(1_500));
    expect((await lifecycle('Delete', {}, 12_500)).Status).toBe('SUCCESS');
  });
});

describe('a request with one lost answer', () => {
  const shape = async (response: object) => {
    const { Status, PhysicalResourceId } = response as { Status: string; PhysicalResourceId: string };
    return { Status, PhysicalResourceId, item: (await stored())?.definition };
  };

  test.each([
    ['creates', async () => undefined, () => create()],
    ['updates', () => create(), () => update(properties(), properties({ title: 'New' }))],
    ['removes', () => create(), () => remove()],
    [
      'restores',
      async () => {
        await create();
        await create('Moved');
      },
      () => remove('Moved'),
    ],
  ])('%s the registration, and raises the revision, as without the fault', async (_, prepare, request) => {
    await prepare();
    fixture.proxies.watch();
    const expected = await shape(await request());
    const calls = fixture.proxies.calls.length;
    for (let lost = 1; lost <= calls; lost++) {
      await fixture.reset();
      await prepare();
      const revision = await fixture.revision();
      fixture.proxies.watch((call) => (call.number === lost ? 'dropped' : 'pass'));
      expect(await shape(await request()), `call ${lost} of ${calls}`).toEqual(expected);
      fixture.proxies.watch();
      expect(await fixture.revision(), `call ${lost} of ${calls}`).toBeGreaterThan(revision);
    }
  });

  test.each(['refused', 'lost'] as const)(
    'raises the revision when it is repeated after a %s call',
    async (handling) => {
      await create();
      fixture.proxies.watch();
      await remove();
      const calls = fixture.proxies.calls.length;
      for (let failing = 1; failing <= calls; failing++) {
        await fixture.reset();
        await create();
        const revision = await fixture.revision();
        fixture.proxies.watch((call) =>
          call.number === failing ? handling : call.number > failing ? 'refused' : 'pass',
        );
        await remove();
        fixture.proxies.watch();
        expect((await remove()).Status).toBe('SUCCESS');
        expect(await stored()).toBeUndefined();
        expect(await fixture.revision(), `call ${failing} of ${calls}`).toBeGreaterThan(revision);
      }
    },
  );
});
