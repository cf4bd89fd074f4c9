import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { find } from '../../../lambda/registry/store.js';
import { CUSTOM_RESOURCE, ENV } from '../../../src/private/contract.js';
import { CloudFormation, properties, STACK } from './cloudformation.js';
import { slow } from './faulty-proxy.js';
import { arnOf, SERVER_ID, TOOL, World } from './support.js';

let world: World;
let cfn: CloudFormation;
beforeAll(async () => {
  world = await World.start();
  cfn = await new CloudFormation().start();
});
beforeEach(() => world.reset());
afterAll(async () => {
  cfn.stop();
  await world.stop();
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

describe('a declared registration', () => {
  test('is created with its owner, and answered with its physical id', async () => {
    const answer = await create('Tool', properties({ inputSchema: { type: 'object', maxProperties: 3 } }));
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: PHYSICAL_ID,
      StackId: STACK,
      LogicalResourceId: 'Tool',
      RequestId: expect.stringMatching(/^r-\d+$/),
      contentType: undefined,
    });
    expect(await stored()).toMatchObject({ owner: 'cdk', ownerStack: STACK, ownerResource: 'Tool', revision: 1 });
    const { body } = await world.call('GET', '/register/tool-lookup');
    expect(body).toMatchObject({ owner: 'cdk', lambdaArn: arnOf('one'), inputSchema: { maxProperties: 3 } });
    expect(body).not.toHaveProperty('ownerStack');
    expect(await world.revision()).toBe(1);
  });

  test('gets no statement: the template permits it', async () => {
    const handlers = { CompletionFunctionArn: arnOf('two') };
    await create('Prompt', properties({ type: 'prompt', name: 'p', arguments: [] }, arnOf('untagged'), handlers));
    expect((await world.call('GET', '/register/prompt-p')).body.completionHandler).toBe(arnOf('two'));
    expect(world.permitted()).toEqual([]);
    expect(world.proxies.calls.filter(({ operation }) => operation.includes('/functions/'))).toEqual([]);
  });

  test('may be a function of another account, not of another region', async () => {
    const foreign = arnOf('one').replace('123456789012', '210987654321');
    expect((await create('Tool', properties({}, foreign))).Status).toBe('SUCCESS');
    const elsewhere = await create('Far', properties({ name: 'far' }, arnOf('one').replace('us-east-1', 'eu-west-1')));
    expect(elsewhere).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('functions of us-east-1 (aws) only'),
    });
  });

  test('changes with its properties, and keeps its identity', async () => {
    await create();
    const answer = await update(properties(), properties({ title: 'New' }, arnOf('two')));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
    const { body } = await world.call('GET', '/register/tool-lookup');
    expect(body).toMatchObject({ title: 'New', lambdaArn: arnOf('two'), revision: 2 });
    expect(await world.revision()).toBe(2);
  });

  test('under another name is another resource, whose predecessor stays until it is deleted', async () => {
    await create();
    const answer = await update(properties(), properties({ name: 'found' }));
    expect(answer.PhysicalResourceId).toBe(`${SERVER_ID}/tool-found`);
    expect(await stored()).toBeDefined();
    await remove();
    expect(await stored()).toBeUndefined();
    expect(await stored('found')).toBeDefined();
  });

  test('goes with its resource, once', async () => {
    await create();
    expect(await remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
    expect(await stored()).toBeUndefined();
    expect(await world.revision()).toBe(2);
    expect((await remove()).Status).toBe('SUCCESS');
    expect(await world.revision()).toBe(2);
  });

  test('may be requested twice, as Lambda and CloudFormation do', async () => {
    const twice = { RequestId: 'same' };
    await create('Tool', properties(), twice);
    expect((await create('Tool', properties(), twice)).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
  });

  test('goes when the table has gone before', async () => {
    await create();
    process.env[ENV.REGISTRY_TABLE] = 'gone';
    expect((await remove()).Status).toBe('SUCCESS');
  });

  test.each([
    [
      'a broken rule',
      properties({ timeoutSeconds: 0 }),
      '/timeoutSeconds: must be a whole number of seconds from 1 to 840; got 0',
    ],
    ['a function that is none', properties({}, 'lookup'), '/lambdaArn: "lookup" is not the ARN of a Lambda function'],
    ['$LATEST', properties({}, arnOf('one:$LATEST')), 'names $LATEST'],
    ['no definition', { ServiceToken: 'x', FunctionArn: arnOf('one') }, 'property Definition is no JSON object'],
    ['a definition that is no JSON', { ...properties(), Definition: '{' }, 'property Definition is no JSON object'],
  ])('with %s fails, saying why, and its deletion succeeds', async (_, faulty, reason) => {
    const answer = await create('Tool', faulty);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
    expect((await remove('Tool', answer.PhysicalResourceId)).Status).toBe('SUCCESS');
    expect(await stored()).toBeUndefined();
  });
});

describe('ownership', () => {
  const OTHER_STACK = { StackId: STACK.replace('shop', 'billing') };

  test('CloudFormation’s registrations are read-only for the API', async () => {
    await create();
    const conflict = {
      status: 409,
      body: { error: 'tool-lookup is declared by CloudFormation (stack shop, resource Tool): change it there' },
    };
    expect(await world.call('POST', '/register', { body: TOOL })).toMatchObject(conflict);
    expect(await world.call('PUT', '/register/tool-lookup', { body: TOOL })).toMatchObject(conflict);
    expect(await world.call('DELETE', '/register/tool-lookup')).toMatchObject(conflict);
    expect(await stored()).toMatchObject({ owner: 'cdk', revision: 1 });
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('the API’s registrations are not CloudFormation’s to take, or to delete when that failed', async () => {
    await world.call('POST', '/register', { body: TOOL });
    const answer = await create();
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining(
        'was registered through the Registration API: delete it there (DELETE /register/tool-lookup)',
      ),
    });
    expect((await remove('Tool', answer.PhysicalResourceId)).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ owner: 'api', revision: 1 });
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('another stack’s registration is not taken, and its owner named', async () => {
    await create('Tool', properties(), OTHER_STACK);
    const answer = await create();
    expect(answer.Reason).toContain(`tool-lookup belongs to resource Tool of ${OTHER_STACK.StackId}`);
    await remove('Tool', answer.PhysicalResourceId);
    expect(await stored()).toMatchObject({ ownerStack: OTHER_STACK.StackId });
  });

  test('a writer of the API and a deployment at once: one of them gets the name', async () => {
    for (let round = 0; round < 5; round++) {
      const [answer, posted] = await Promise.all([create(), world.call('POST', '/register', { body: TOOL })]);
      expect([answer.Status, posted.status]).toEqual(posted.status === 201 ? ['FAILED', 201] : ['SUCCESS', 409]);
      expect(await world.inconsistencies()).toEqual([]);
      await remove();
      await world.call('DELETE', '/register/tool-lookup');
    }
  });
});

describe('a construct that was moved', () => {
  const moved = properties({ title: 'Moved' });
  beforeEach(async () => {
    await create('Old', properties({ title: 'Before' }));
  });

  test('takes over its registration, which outlives the old resource', async () => {
    expect((await create('New', moved)).Status).toBe('SUCCESS');
    expect((await remove('Old')).Status).toBe('SUCCESS');
    expect(await stored()).toMatchObject({ ownerResource: 'New' });
    expect(await stored()).not.toHaveProperty('takenFrom');
    await remove('New');
    expect(await stored()).toBeUndefined();
  });

  test('gives it back when the deployment fails', async () => {
    await create('New', moved, { RequestId: 'one' });
    await create('New', moved, { RequestId: 'one' });
    await remove('New');
    expect(await stored()).toMatchObject({ ownerResource: 'Old', revision: 4 });
    expect((await world.call('GET', '/register/tool-lookup')).body.title).toBe('Before');
    await remove('Old');
    expect(await stored()).toBeUndefined();
  });

  test('keeps it for good with the next deployment', async () => {
    await create('New', moved);
    await update(moved, properties({ title: 'Later' }), { LogicalResourceId: 'New' });
    await remove('New');
    expect(await stored()).toBeUndefined();
  });

  test('two that swap their names', async () => {
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

describe('a renaming that fails', () => {
  test('after it was answered: the new name goes with CloudFormation’s clean-up', async () => {
    await create();
    await update(properties(), properties({ name: 'found' }));
    await update(properties({ name: 'found' }), properties(), { PhysicalResourceId: `${SERVER_ID}/tool-found` });
    await remove('Tool', `${SERVER_ID}/tool-found`);
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
    expect(await stored('found')).toBeUndefined();
  });

  test('before it was answered: the way back removes the new name, of which CloudFormation never heard', async () => {
    await create();
    world.proxies.watch(({ operation }) => (operation === 'UpdateItem' ? 'refused' : 'pass'));
    const failed = await update(properties(), properties({ name: 'found' }));
    expect(failed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: PHYSICAL_ID });
    world.proxies.watch();
    expect(await stored('found')).toBeDefined();
    expect((await update(properties({ name: 'found' }), properties())).Status).toBe('SUCCESS');
    expect(await stored('found')).toBeUndefined();
    expect(await stored()).toMatchObject({ ownerResource: 'Tool' });
  });
});

describe('a deployment that breaks off', () => {
  test('at any call to AWS: cleaned up after a creation, and done when sent again', async () => {
    await create();
    const calls = world.proxies.calls.length;
    for (const fate of ['refused', 'lost'] as const) {
      for (let broken = 1; broken <= calls; broken++) {
        await world.reset();
        world.proxies.watch(({ number }) => (number === broken ? fate : 'pass'));
        const answer = await create();
        expect(answer.Status, `call ${broken}`).toBe('FAILED');
        world.proxies.watch();
        await remove('Tool', answer.PhysicalResourceId);
        expect(await stored(), `call ${broken}, rolled back`).toBeUndefined();
        expect(await create()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: PHYSICAL_ID });
      }
    }
  });
});

describe('the answer', () => {
  test('is cut to what CloudFormation takes', async () => {
    const long = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`ключ${n}`, n]));
    const answer = await create('Tool', properties(long));
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/^the registration is not valid; .*\.\.\.$/);
    expect(answer.bytes).toBeLessThanOrEqual(4096);
    expect(answer.bytes).toBeGreaterThan(2048);
  });

  test('is sent again where it does not arrive', async () => {
    cfn.statuses = [500, 503];
    expect((await create()).Status).toBe('SUCCESS');
  });

  test('that never arrives is an error, which makes Lambda run the function again', async () => {
    cfn.statuses = [500, 500, 500];
    await expect(create()).rejects.toThrow('status 500');
  });

  test('comes in time, though AWS does not', async () => {
    world.proxies.watch(slow(1_500));
    const request = { RequestType: 'Create', ResourceProperties: properties() } as const;
    expect(await cfn.send(request, 12_500)).toMatchObject({
      Status: 'FAILED',
      Reason: 'not done in time: deploy again',
    });
  });
});

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
    'begins without anything to do: %s',
    async (ResourceType) => {
      const begun = await lifecycle('Create', { ResourceType });
      expect(begun).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
    },
  );

  test('makes statements anew for a role that is new, and gets along without functions that are gone', async () => {
    await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('one:live') } });
    await world.call('POST', '/register', { body: { ...TOOL, name: 'second', lambdaArn: arnOf('two') } });
    world.defineFunction('passing', { 'mcp-server': 'orders' });
    await world.call('POST', '/register', { body: { ...TOOL, name: 'third', lambdaArn: arnOf('passing') } });
    world.lambda.remove('passing');
    const role = process.env[ENV.RUNTIME_ROLE_ARN]!;
    process.env[ENV.RUNTIME_ROLE_ARN] = `${role}-2`;
    try {
      expect(await lifecycle('Update')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
      for (const name of ['one:live', 'two']) {
        expect(world.statements(arnOf(name)).map(({ Principal }) => Principal)).toEqual([{ AWS: `${role}-2` }]);
      }
    } finally {
      process.env[ENV.RUNTIME_ROLE_ARN] = role;
    }
  });

  test('leaves no statement behind; an adopted table brings them back', async () => {
    for (const [name, fn] of [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'two'],
    ]) {
      await world.call('POST', '/register', { body: { ...TOOL, name, lambdaArn: arnOf(fn!) } });
    }
    expect(await lifecycle('Delete')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SERVER_ID });
    expect(world.permitted()).toEqual([]);
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    await lifecycle('Create');
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('leaves no queue and no session behind', async () => {
    const { CreateQueueCommand, ListQueuesCommand } = await import('@aws-sdk/client-sqs');
    const { queueName } = await import('../../../lambda/sse/queue-name.js');
    const { SessionStore } = await import('../../../lambda/sse/store.js');
    const Attributes = { FifoQueue: 'true' };
    const make = async (serverId: string) => {
      const QueueName = queueName(serverId, Date.now());
      return (await world.aws.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
    };
    const known = await make(SERVER_ID);
    await make(SERVER_ID);
    const foreign = await make('mcp-ffffffff-ffffffff');
    const now = Date.now();
    await new SessionStore().reserve({ id: 's1', now, leaseUntil: now + 60_000, endsAt: now + 60_000 });
    await new SessionStore().attach('s1', known, now + 60_000);
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    expect((await world.aws.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([foreign]);
    expect(await new SessionStore().countLive()).toBe(0);
  });

  test('touches neither sessions nor queues where the server has none', async () => {
    delete process.env[ENV.SESSION_TABLE];
    world.proxies.watch();
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    expect(world.proxies.calls.map(({ operation }) => operation)).toEqual(['Query']);
  });

  test('does not hold up a deletion, whatever fails', async () => {
    await world.call('POST', '/register', { body: TOOL });
    world.proxies.watch(() => 'refused');
    expect((await lifecycle('Delete')).Status).toBe('SUCCESS');
    world.proxies.watch(slow(1_500));
    expect((await lifecycle('Delete', {}, 12_500)).Status).toBe('SUCCESS');
  });
});
