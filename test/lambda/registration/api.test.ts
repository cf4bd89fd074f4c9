import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, arnOf, ROLE_ARN, SERVER_ID, TOOL, World } from './support.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

describe('POST /register', () => {
  test('registers: 201, the registration, ETag and Location with the stage', async () => {
    const { status, headers, body } = await world.call('POST', '/register', {
      body: { ...TOOL, description: 'finds' },
    });
    expect(status).toBe(201);
    expect(headers.location).toBe('/prod/register/tool-lookup');
    expect(headers.etag).toMatch(/^"1-[0-9a-z]+"$/);
    expect(headers['content-type']).toBe('application/json');
    expect(body).toEqual({
      id: 'tool-lookup',
      ...TOOL,
      description: 'finds',
      inputSchema: { type: 'object' },
      owner: 'api',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: body.createdAt,
      revision: 1,
    });
    expect((await world.call('GET', headers.location!.replace('/prod', ''))).body).toEqual(body);
    expect(await world.revision()).toBe(1);
  });

  test('permits the runtime role, and it alone, to invoke the function', async () => {
    await world.call('POST', '/register', { body: TOOL });
    expect(world.statements(arnOf('one'))).toEqual([
      {
        Sid: `MCP-Execute-${SERVER_ID}`,
        Effect: 'Allow',
        Principal: { AWS: ROLE_ARN },
        Action: 'lambda:InvokeFunction',
        Resource: arnOf('one'),
      },
    ]);
  });

  test('takes a body in base64', async () => {
    const { handler } = await import('../../../lambda/registration/index.js');
    const { proxyEvent } = await import('../shared/events.js');
    const body = Buffer.from(JSON.stringify(TOOL)).toString('base64');
    const event = proxyEvent({ resource: '/register', path: '/register', body, isBase64Encoded: true });
    expect((await handler(event)).statusCode).toBe(201);
  });

  test('answers 409 where the id lives, and changes nothing', async () => {
    await world.call('POST', '/register', { body: TOOL });
    const { status, body } = await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('two') } });
    expect({ status, body }).toEqual({
      status: 409,
      body: { error: 'tool-lookup exists already: change it with PUT /register/tool-lookup' },
    });
    expect((await world.call('GET', '/register/tool-lookup')).body.lambdaArn).toBe(arnOf('one'));
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('answers 400 with every error and its pointer', async () => {
    const { status, body } = await world.call('POST', '/register', { body: { type: 'tool', name: 'a b', x: 1 } });
    expect(status).toBe(400);
    expect(body.error).toBe('the registration is not valid');
    expect(body.details.map(({ path }: { path: string }) => path)).toEqual(['/lambdaArn', '/name', '/x']);
    expect(world.proxies.calls).toEqual([]);
  });

  // the original answered 500, or 201 and then lost every session of the server
  test.each([
    ['no JSON', { raw: '{"type":' }],
    ['no body', {}],
    ['an array', { body: [TOOL] }],
    ['a string', { body: 'tool' }],
    ['a keyword that is not of the shorthand', { body: { ...TOOL, parameters: { n: 'integer' } } }],
    ['a schema without properties', { body: { ...TOOL, parameters: { type: 'object' } } }],
    ['a resource without uri', { body: { ...TOOL, type: 'resource' } }],
    ['completions that are no lists', { body: { ...TOOL, type: 'prompt', completions: { a: 'b' } } }],
    ['a function of another service', { body: { ...TOOL, lambdaArn: 'arn:aws:lambda:us-east-1:1:layer:x' } }],
    ['a reference out of the schema', { body: { ...TOOL, inputSchema: { type: 'object', $ref: 'http://10.0.0.1/' } } }],
  ])('answers 400 to %s', async (_, options) => {
    const { status, body } = await world.call('POST', '/register', options);
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.any(String), details: expect.any(Array) });
    expect((await world.call('GET', '/register')).body).toEqual({ items: [] });
  });

  test('of prompt and resource, their ids', async () => {
    const prompt = { type: 'prompt', name: 'review', lambdaArn: arnOf('one'), parameters: { code: 'string' } };
    const resource = { type: 'resource', name: 'page', lambdaArn: arnOf('one'), uriTemplate: 'docs://{page}' };
    const { body } = await world.call('POST', '/register', { body: prompt });
    expect(body).toMatchObject({ id: 'prompt-review', arguments: [{ name: 'code', required: true }] });
    expect((await world.call('POST', '/register', { body: resource })).body.id).toBe('resource-page');
  });
});

describe('which functions', () => {
  const register = async (lambdaArn: string) => {
    const { status, body } = await world.call('POST', '/register', { body: { ...TOOL, lambdaArn } });
    return status === 201 ? 'registered' : `${status} ${body.details[0].path} ${body.details[0].message}`;
  };

  test.each([
    ['of nobody', arnOf('gone'), `400 /lambdaArn function ${arnOf('gone')} does not exist`],
    ['an alias of nobody', arnOf('one:beta'), `400 /lambdaArn function ${arnOf('one:beta')} does not exist`],
    ['of an owner who did not opt in', arnOf('untagged'), 'tag it mcp-server = orders'],
    ['of an owner who opted in for another server', arnOf('theirs'), 'tag it mcp-server = orders'],
    ['the server’s own', arnOf('own'), 'it would call itself'],
    ['the server’s own, with an alias', arnOf('own:live'), 'it would call itself'],
    ['of another region', arnOf('one').replace('us-east-1', 'eu-west-1'), 'of us-east-1 (aws) only'],
    ['of another partition', arnOf('one').replace('aws', 'aws-cn'), 'another region'],
    [
      'of another account',
      arnOf('one').replace(ACCOUNT, '210987654321'),
      `--statement-id mcp --action lambda:InvokeFunction --principal ${ROLE_ARN}`,
    ],
    ['without alias or version', arnOf('one:$LATEST'), 'use the ARN without qualifier'],
  ])('one %s is refused', async (_, lambdaArn, reason) => {
    expect(await register(lambdaArn)).toContain(reason);
    expect(world.permitted()).toEqual([]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('this one itself is refused, which OWN_FUNCTIONS cannot name', async () => {
    process.env.AWS_LAMBDA_FUNCTION_NAME = 'two';
    try {
      expect(await register(arnOf('two'))).toContain('it would call itself');
      expect(await register(arnOf('one'))).toBe('registered');
    } finally {
      delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    }
  });

  test('patterns take the place of the tag', async () => {
    process.env.MCP_REGISTRABLE_FUNCTIONS = JSON.stringify([arnOf('unt*'), arnOf('one:live')]);
    try {
      expect(await register(arnOf('one'))).toContain('is not registrable: this server registers');
      expect(await register(arnOf('xuntagged'))).toContain('is not registrable');
      expect(await register(arnOf('own'))).toContain('it would call itself');
      expect(await register(arnOf('untagged'))).toBe('registered');
      await world.call('DELETE', '/register/tool-lookup');
      expect(await register(arnOf('one:live'))).toBe('registered');
    } finally {
      delete process.env.MCP_REGISTRABLE_FUNCTIONS;
    }
  });

  test('one that the server’s role may not see is refused with the reason', async () => {
    world.proxies.watch(({ operation }) =>
      operation.includes('/configuration') ? { error: 'AccessDeniedException' } : 'pass',
    );
    expect(await register(arnOf('one'))).toContain('this server may not see it');
  });

  test('one that the server’s role may not permit is refused with the reason', async () => {
    world.proxies.watch(({ operation }) =>
      operation.includes('/policy') ? { error: 'AccessDeniedException' } : 'pass',
    );
    const { status, body } = await world.call('POST', '/register', { body: TOOL });
    expect({ status, error: body.error }).toEqual({
      status: 400,
      error: `${arnOf('one')} is not registrable: this server may not add a permission to it`,
    });
    world.proxies.watch();
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('one whose policy is full is refused with advice, and nothing is left of the attempt', async () => {
    for (let n = 0; ; n++) {
      try {
        const statement = { StatementId: `s${n}`, Action: 'lambda:InvokeFunction', Principal: ROLE_ARN };
        world.lambda.addPermission(arnOf('three'), statement);
      } catch {
        break;
      }
    }
    const { status, body } = await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('three') } });
    expect(status).toBe(409);
    expect(body.error).toContain('is full (20 KB)');
    expect(await world.inconsistencies()).toEqual([]);
    expect((await world.call('GET', '/register')).body.items).toEqual([]);
    world.lambda.remove('three');
    world.defineFunction('three', { 'mcp-server': 'orders' });
  });

  test('a completion function is held to the same, and permitted', async () => {
    const prompt = { type: 'prompt', name: 'p', lambdaArn: arnOf('one'), arguments: [{ name: 'a' }] };
    const refused = await world.call('POST', '/register', {
      body: { ...prompt, completionHandler: arnOf('untagged') },
    });
    expect(refused.body.details).toEqual([
      { path: '/completionHandler', message: expect.stringContaining('mcp-server') },
    ]);
    const both = { ...prompt, lambdaArn: arnOf('gone'), completionHandler: arnOf('untagged') };
    expect((await world.call('POST', '/register', { body: both })).body.details).toHaveLength(2);
    expect(
      (await world.call('POST', '/register', { body: { ...prompt, completionHandler: arnOf('two') } })).status,
    ).toBe(201);
    expect(world.permitted()).toEqual([arnOf('one'), arnOf('two')]);
    await world.call('DELETE', '/register/prompt-p');
    expect(world.permitted()).toEqual([]);
  });
});

describe('permission statements', () => {
  test('one per function, from its first registration to its last', async () => {
    await world.call('POST', '/register', { body: TOOL });
    await world.call('POST', '/register', { body: { ...TOOL, name: 'other' } });
    expect(world.statements(arnOf('one'))).toHaveLength(1);
    await world.call('DELETE', '/register/tool-lookup');
    expect(world.permitted()).toEqual([arnOf('one')]);
    expect(await world.inconsistencies()).toEqual([]);
    await world.call('DELETE', '/register/tool-other');
    expect(world.permitted()).toEqual([]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('of an alias are the alias’s', async () => {
    await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('one:live') } });
    expect(world.permitted()).toEqual([arnOf('one:live')]);
    await world.call('PUT', '/register/tool-lookup', { body: TOOL });
    expect(world.permitted()).toEqual([arnOf('one')]);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('that are there already are taken as they are', async () => {
    const statement = { StatementId: `MCP-Execute-${SERVER_ID}`, Action: 'lambda:InvokeFunction', Principal: ROLE_ARN };
    world.lambda.addPermission(arnOf('one'), statement);
    expect((await world.call('POST', '/register', { body: TOOL })).status).toBe(201);
    expect(world.statements(arnOf('one'))).toHaveLength(1);
  });

  test('of a function that is being changed are tried again', async () => {
    let conflicts = 0;
    world.proxies.watch(({ operation }) => {
      if (!operation.endsWith('/policy') || conflicts++ > 0) return 'pass';
      return { error: 'ResourceConflictException' };
    });
    expect((await world.call('POST', '/register', { body: TOOL })).status).toBe(201);
    expect(world.permitted()).toEqual([arnOf('one')]);
  });

  test('of a function that is gone, or whose owner withdrew the right, do not hold up a deletion', async () => {
    world.defineFunction('passing', { 'mcp-server': 'orders' });
    await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('passing') } });
    await world.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('passing'), name: 'second' } });
    world.lambda.remove('passing');
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await world.call('DELETE', '/register/tool-second')).status).toBe(204);
    await world.call('POST', '/register', { body: TOOL });
    world.proxies.watch(({ operation }) =>
      operation.startsWith('DELETE') ? { error: 'AccessDeniedException' } : 'pass',
    );
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await world.call('GET', '/register/tool-lookup')).status).toBe(404);
  });
});

describe('PUT /register/{id}', () => {
  const PATH = '/register/tool-lookup';
  beforeEach(async () => {
    await world.call('POST', '/register', { body: { ...TOOL, title: 'Old' } });
  });

  test('replaces the whole', async () => {
    const before = await world.call('GET', PATH);
    const { status, headers, body } = await world.call('PUT', PATH, { body: { ...TOOL, lambdaArn: arnOf('two') } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'tool-lookup',
      lambdaArn: arnOf('two'),
      revision: 2,
      createdAt: before.body.createdAt,
    });
    expect(body).not.toHaveProperty('title');
    expect(headers.etag).not.toBe(before.headers.etag);
    expect(world.permitted()).toEqual([arnOf('two')]);
    expect(await world.revision()).toBe(2);
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('takes what GET gave', async () => {
    const { body, headers } = await world.call('GET', PATH);
    const changed = { ...body, title: 'New' };
    expect((await world.call('PUT', PATH, { body: changed, headers: { 'if-match': headers.etag! } })).body.title).toBe(
      'New',
    );
  });

  test('honours If-Match', async () => {
    const { headers } = await world.call('GET', PATH);
    const put = (ifMatch: string) => world.call('PUT', PATH, { body: TOOL, headers: { 'If-Match': ifMatch } });
    expect((await put('"1-other"')).status).toBe(412);
    expect((await put(`W/${headers.etag}`)).status).toBe(412);
    expect((await put(`"x", ${headers.etag}`)).status).toBe(200);
    expect((await put(headers.etag!)).status).toBe(412);
    expect((await put('*')).status).toBe(200);
    expect((await world.call('GET', PATH)).body.revision).toBe(3);
  });

  test('tells a registration from the one deleted before it under the same name', async () => {
    const { headers } = await world.call('GET', PATH);
    await world.call('DELETE', PATH);
    await world.call('POST', '/register', { body: TOOL });
    expect((await world.call('PUT', PATH, { body: TOOL, headers: { 'if-match': headers.etag! } })).status).toBe(412);
  });

  test('refuses another type or name', async () => {
    const renamed = await world.call('PUT', PATH, { body: { ...TOOL, name: 'found' } });
    expect(renamed).toMatchObject({ status: 400, body: { error: 'type and name of a registration cannot change' } });
    expect(renamed.body.details).toEqual([{ path: '/name', message: expect.stringContaining('must stay "lookup"') }]);
    expect((await world.call('PUT', PATH, { body: { ...TOOL, type: 'prompt' } })).body.details[0].path).toBe('/type');
    expect((await world.call('PUT', PATH, { raw: 'x' })).status).toBe(400);
    expect((await world.call('PUT', PATH, { body: [] })).status).toBe(400);
  });

  test('answers 404 to an id that is free', async () => {
    const { status, body } = await world.call('PUT', '/register/tool-free', { body: { ...TOOL, name: 'free' } });
    expect({ status, body }).toEqual({ status: 404, body: { error: 'there is no registration tool-free' } });
    expect(await world.inconsistencies()).toEqual([]);
  });

  test('leaves the old one where the new function is refused', async () => {
    expect((await world.call('PUT', PATH, { body: { ...TOOL, lambdaArn: arnOf('untagged') } })).status).toBe(400);
    expect((await world.call('GET', PATH)).body.lambdaArn).toBe(arnOf('one'));
    expect(await world.inconsistencies()).toEqual([]);
  });
});

describe('DELETE /register/{id}', () => {
  test('answers 204 without a body, then 404', async () => {
    await world.call('POST', '/register', { body: TOOL });
    expect(await world.call('DELETE', '/register/tool-lookup')).toEqual({ status: 204, headers: {}, body: undefined });
    expect(await world.revision()).toBe(2);
    expect((await world.call('DELETE', '/register/tool-lookup')).status).toBe(404);
    expect(await world.revision()).toBe(2);
  });

  test('honours If-Match', async () => {
    const { headers } = await world.call('POST', '/register', { body: TOOL });
    const remove = (ifMatch: string) =>
      world.call('DELETE', '/register/tool-lookup', { headers: { 'if-match': ifMatch } });
    expect((await remove('"2-x"')).status).toBe(412);
    expect((await remove(headers.etag!)).status).toBe(204);
  });
});

describe('GET /register', () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `t${String(n).padStart(3, '0')}`);

  test('lists by id, of one type where asked', async () => {
    for (const [type, name] of [
      ['tool', 'b'],
      ['prompt', 'z'],
      ['tool', 'B'],
      ['tool', 'a-b'],
      ['tool', 'a'],
    ] as const) {
      await world.call('POST', '/register', { body: { type, name, lambdaArn: arnOf('one') } });
    }
    const ids = async (query?: Record<string, string>) =>
      (await world.call('GET', '/register', { query })).body.items.map(({ id }: { id: string }) => id);
    expect(await ids()).toEqual(['prompt-z', 'tool-B', 'tool-a', 'tool-a-b', 'tool-b']);
    expect(await ids({ type: 'prompt' })).toEqual(['prompt-z']);
    expect(await ids({ type: 'resource' })).toEqual([]);
    expect((await world.call('GET', '/register', { query: { type: 'tools' } })).status).toBe(400);
  });

  test('goes on after the last id of the page before, whatever changed meanwhile', async () => {
    const { toItem } = await import('../../../lambda/registry/item.js');
    const { insert } = await import('../../../lambda/registry/store.js');
    for (const name of names(230))
      await insert(toItem({ type: 'tool', name, lambdaArn: arnOf('one') }, { owner: 'api' }));
    const first = (await world.call('GET', '/register')).body;
    expect(first.items).toHaveLength(100);
    await world.call('DELETE', `/register/${first.items.at(-1).id}`);
    await world.call('DELETE', `/register/${first.items[0].id}`);
    const second = (await world.call('GET', '/register', { query: { cursor: first.nextCursor } })).body;
    const third = (await world.call('GET', '/register', { query: { cursor: second.nextCursor, type: 'tool' } })).body;
    expect(third).not.toHaveProperty('nextCursor');
    const seen = [first, second, third].flatMap(({ items }) => items.map(({ name }: { name: string }) => name));
    expect(seen).toEqual(names(230));
  });

  test('ends without a cursor where a page is just full', async () => {
    const { toItem } = await import('../../../lambda/registry/item.js');
    const { insert } = await import('../../../lambda/registry/store.js');
    for (const name of names(100))
      await insert(toItem({ type: 'tool', name, lambdaArn: arnOf('one') }, { owner: 'api' }));
    expect((await world.call('GET', '/register')).body).not.toHaveProperty('nextCursor');
  });

  test.each(['x', '', Buffer.from('tool-').toString('base64url'), `${Buffer.from('tool-a').toString('base64url')}=`])(
    'refuses the cursor %j',
    async (cursor) => {
      expect((await world.call('GET', '/register', { query: { cursor } })).status).toBe(400);
    },
  );

  test('tells which resource is shadowed, and by which', async () => {
    const resource = (name: string, more = {}) => ({
      type: 'resource',
      name,
      lambdaArn: arnOf('one'),
      uri: 'docs://a',
      ...more,
    });
    expect((await world.call('POST', '/register', { body: resource('b') })).body).not.toHaveProperty('shadowedBy');
    expect((await world.call('POST', '/register', { body: resource('c') })).body.shadowedBy).toBe('resource-b');
    await world.call('POST', '/register', { body: resource('0', { enabled: false }) });
    await world.call('POST', '/register', { body: resource('d', { uri: 'docs://d' }) });
    const { items } = (await world.call('GET', '/register')).body;
    expect(items.map(({ id, shadowedBy }: any) => [id, shadowedBy])).toEqual([
      ['resource-0', undefined],
      ['resource-b', undefined],
      ['resource-c', 'resource-b'],
      ['resource-d', undefined],
    ]);
    await world.call('PUT', '/register/resource-0', { body: resource('0') });
    expect((await world.call('GET', '/register/resource-b')).body.shadowedBy).toBe('resource-0');
  });
});

describe('the door', () => {
  test.each([
    ['/register', 'PATCH', 'GET, POST'],
    ['/register', 'PUT', 'GET, POST'],
    ['/register', 'DELETE', 'GET, POST'],
    ['/register', 'OPTIONS', 'GET, POST'],
    ['/register/tool-x', 'POST', 'GET, PUT, DELETE'],
    ['/register/tool-x', 'HEAD', 'GET, PUT, DELETE'],
  ])('%s has no %s', async (path, method, allow) => {
    const { status, headers } = await world.call(method, path, { body: TOOL });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow });
  });

  test.each(['lookup', 'tool-', 'tool-a%20b', 'META-revision', 'FUNCTION-x', 'toolx-a', `tool-${'x'.repeat(129)}`])(
    '%s is no id',
    async (id) => {
      for (const method of ['GET', 'DELETE']) expect((await world.call(method, `/register/${id}`)).status).toBe(404);
    },
  );

  test('refuses pages of other origins', async () => {
    const from = (Origin: string) => world.call('POST', '/register', { body: TOOL, headers: { Origin } });
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await from('https://api.example.com')).status).toBe(201);
    expect(world.permitted()).toEqual([arnOf('one')]);
  });

  test('tells nothing of what went wrong inside', async () => {
    world.proxies.watch(({ operation }) => (operation === 'PutItem' ? 'refused' : 'pass'));
    expect((await world.call('POST', '/register', { body: TOOL })).body).toEqual({
      error: 'internal error: send the same request again, which completes what was begun',
    });
  });
});
