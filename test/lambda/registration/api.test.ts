import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toItem } from '../../../lambda/registry/item.js';
import { insert } from '../../../lambda/registry/store.js';
import { ACCOUNT, arnOf, INVALID_PRINCIPAL, RegistrationFixture, ROLE_ARN, SERVER_ID, TOOL } from './support.js';

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(() => fixture.reset());
afterAll(() => fixture.stop());

describe('POST /register', () => {
  test('creates a registration and returns it with ETag and Location', async () => {
    const { status, headers, body } = await fixture.call('POST', '/register', {
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
    expect((await fixture.call('GET', headers.location!.replace('/prod', ''))).body).toEqual(body);
    expect(await fixture.revision()).toBe(1);
  });

  test('allows only the runtime role to invoke the function', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    expect(fixture.statements(arnOf('one'))).toEqual([
      {
        Sid: `MCP-Execute-${SERVER_ID}`,
        Effect: 'Allow',
        Principal: { AWS: ROLE_ARN },
        Action: 'lambda:InvokeFunction',
        Resource: arnOf('one'),
      },
    ]);
  });

  test('accepts a base64-encoded body', async () => {
    const { handler } = await import('../../../lambda/registration/index.js');
    const { proxyEvent } = await import('../shared/events.js');
    const body = Buffer.from(JSON.stringify(TOOL)).toString('base64');
    const event = proxyEvent({ resource: '/register', path: '/register', body, isBase64Encoded: true });
    expect((await handler(event)).statusCode).toBe(201);
  });

  test('returns 409 for an existing id and changes nothing', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('two') } });
    expect({ status, body }).toEqual({
      status: 409,
      body: { error: 'tool-lookup already exists: change it with PUT /register/tool-lookup' },
    });
    expect((await fixture.call('GET', '/register/tool-lookup')).body.lambdaArn).toBe(arnOf('one'));
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('returns 400 with all errors and their JSON pointers', async () => {
    const { status, body } = await fixture.call('POST', '/register', { body: { type: 'tool', name: 'a b', x: 1 } });
    expect(status).toBe(400);
    expect(body.error).toBe('invalid registration');
    expect(body.details.map(({ path }: { path: string }) => path)).toEqual(['/lambdaArn', '/name', '/x']);
    expect(fixture.proxies.calls).toEqual([]);
  });

  // the original project returned 500, or 201 and then broke every session of the server
  test.each([
    ['invalid JSON', { raw: '{"type":' }],
    ['no body', {}],
    ['an array', { body: [TOOL] }],
    ['a string', { body: 'tool' }],
    ['a type that the shorthand does not have', { body: { ...TOOL, parameters: { n: 'integer' } } }],
    ['a schema without properties', { body: { ...TOOL, parameters: { type: 'object' } } }],
    ['a resource without uri', { body: { ...TOOL, type: 'resource' } }],
    ['completions that are not arrays', { body: { ...TOOL, type: 'prompt', completions: { a: 'b' } } }],
    ['a function of another service', { body: { ...TOOL, lambdaArn: 'arn:aws:lambda:us-east-1:1:layer:x' } }],
    [
      'a reference to another document',
      { body: { ...TOOL, inputSchema: { type: 'object', $ref: 'http://10.0.0.1/' } } },
    ],
  ])('returns 400 for %s', async (_, options) => {
    const { status, body } = await fixture.call('POST', '/register', options);
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.any(String), details: expect.any(Array) });
    expect((await fixture.call('GET', '/register')).body).toEqual({ items: [] });
  });

  test('accepts an access rule and a limit, and returns them', async () => {
    const rules = { access: { anyOf: [{ scopes: ['write'] }, { groups: ['ops'] }] }, limit: { rate: 0.5, burst: 3 } };
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, ...rules } });
    expect({ status, body }).toMatchObject({ status: 201, body: rules });
    expect((await fixture.call('GET', '/register/tool-lookup')).body).toMatchObject(rules);
  });

  test.each<[object, string, RegExp]>([
    [{ access: {} }, '/access', /must have one of the keys scopes, groups.*; got none/],
    [{ access: { scopes: ['a'], groups: ['b'] } }, '/access', /got scopes, groups: combine rules/],
    [{ access: { role: 'a' } }, '/access/role', /unknown key "role"/],
    [{ access: { constructor: ['a'] } }, '/access/constructor', /unknown key "constructor"/],
    [{ access: 'all' }, '/access', /must be a JSON object/],
    [{ access: { allOf: [{ groups: [] }] } }, '/access/allOf/0/groups', /must not be empty/],
    [{ access: { claim: { name: 'a' } } }, '/access/claim/value', /is required in a claim/],
    [{ limit: { rate: 0 } }, '/limit/rate', /must be a number of calls per second from 0.001/],
    [{ limit: { burst: 2 } }, '/limit/burst', /needs rate/],
  ])('rejects %j', async (keys, path, message) => {
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, ...keys } });
    expect(status).toBe(400);
    expect(body.details).toContainEqual({ path, message: expect.stringMatching(message) });
  });

  test('stores a rule in a format that versions without rules skip', async () => {
    const definition = { ...TOOL, type: 'tool', name: 'restricted' } as const;
    const owner = { owner: 'api' } as const;
    expect(toItem({ ...definition, access: { scopes: ['a'] } }, owner).schemaVersion).toBe(2);
    expect(toItem(definition, owner).schemaVersion).toBe(1);
  });

  test('returns the ids of a prompt and a resource', async () => {
    const prompt = { type: 'prompt', name: 'review', lambdaArn: arnOf('one'), parameters: { code: 'string' } };
    const resource = { type: 'resource', name: 'page', lambdaArn: arnOf('one'), uriTemplate: 'docs://{page}' };
    const { body } = await fixture.call('POST', '/register', { body: prompt });
    expect(body).toMatchObject({ id: 'prompt-review', arguments: [{ name: 'code', required: true }] });
    expect((await fixture.call('POST', '/register', { body: resource })).body.id).toBe('resource-page');
  });
});

describe('registrable functions', () => {
  const register = async (lambdaArn: string) => {
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn } });
    return status === 201 ? 'registered' : `${status} ${body.details[0].path} ${body.details[0].message}`;
  };

  test.each<readonly [string, string, string]>([
    // the same answer for all of them: it does not reveal which functions exist
    ...['gone', 'one:beta', 'untagged', 'theirs'].map(
      (name) =>
        [
          `without the opt-in tag, or that does not exist: ${name}`,
          arnOf(name),
          `400 /lambdaArn ${arnOf(name)} is not registrable: it does not exist, or its owner must add the tag mcp-server = orders`,
        ] as const,
    ),
    ['of the server itself', arnOf('own'), 'one of this server’s own functions'],
    ['of the server itself, with an alias', arnOf('own:live'), 'one of this server’s own functions'],
    ['of another region', arnOf('one').replace('us-east-1', 'eu-west-1'), 'in us-east-1 (aws)'],
    ['of another partition', arnOf('one').replace('aws', 'aws-cn'), 'another region'],
    [
      'of another account',
      arnOf('one').replace(ACCOUNT, '210987654321'),
      `--statement-id mcp --action lambda:InvokeFunction --principal ${ROLE_ARN}`,
    ],
    ['with the qualifier $LATEST', arnOf('one:$LATEST'), 'use the ARN without a qualifier'],
  ])('rejects a function %s', async (_, lambdaArn, reason) => {
    expect(await register(lambdaArn)).toContain(reason);
    expect(fixture.permitted()).toEqual([]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('rejects the Registration API function, which OWN_FUNCTIONS does not include', async () => {
    process.env.AWS_LAMBDA_FUNCTION_NAME = 'two';
    try {
      expect(await register(arnOf('two'))).toContain('one of this server’s own functions');
      expect(await register(arnOf('one'))).toBe('registered');
    } finally {
      delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    }
  });

  test('accepts functions that match registrableFunctions, without the opt-in tag', async () => {
    process.env.MCP_REGISTRABLE_FUNCTIONS = JSON.stringify([arnOf('unt*'), arnOf('one:live')]);
    try {
      expect(await register(arnOf('one'))).toContain('is not registrable: registrableFunctions only allows');
      expect(await register(arnOf('xuntagged'))).toContain('is not registrable');
      expect(await register(arnOf('own'))).toContain('one of this server’s own functions');
      expect(await register(arnOf('untagged'))).toBe('registered');
      await fixture.call('DELETE', '/register/tool-lookup');
      expect(await register(arnOf('one:live'))).toBe('registered');
    } finally {
      delete process.env.MCP_REGISTRABLE_FUNCTIONS;
    }
  });

  test('reads nothing of a function but its policy, if that cannot be changed', async () => {
    expect(await register(arnOf('one'))).toBe('registered');
    const ofLambda = fixture.proxies.calls.map(({ operation }) => operation).filter((each) => each.includes('/'));
    expect(ofLambda).toEqual([expect.stringMatching(/^POST .*\/policy$/)]);
  });

  test.each([
    ['AccessDeniedException', `${arnOf('one')} is not registrable: this server may not add a permission to it`],
    ['ResourceNotFoundException', `function ${arnOf('one')} does not exist`],
  ])('with registrableFunctions, explains %s', async (error, message) => {
    process.env.MCP_REGISTRABLE_FUNCTIONS = JSON.stringify([arnOf('*')]);
    try {
      fixture.proxies.watch(({ operation }) => (operation.includes('/policy') ? { error } : 'pass'));
      expect(await register(arnOf('one'))).toBe(`400 /lambdaArn ${message}`);
      fixture.proxies.watch();
      expect(await fixture.inconsistencies()).toEqual([]);
    } finally {
      delete process.env.MCP_REGISTRABLE_FUNCTIONS;
    }
  });

  test('rejects a function whose policy is full, and leaves nothing behind', async () => {
    for (let n = 0; ; n++) {
      try {
        const statement = { StatementId: `s${n}`, Action: 'lambda:InvokeFunction', Principal: ROLE_ARN };
        fixture.lambda.addPermission(arnOf('three'), statement);
      } catch {
        break;
      }
    }
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('three') } });
    expect(status).toBe(409);
    expect(body.error).toContain('is full (20 KB)');
    expect(await fixture.inconsistencies()).toEqual([]);
    expect((await fixture.call('GET', '/register')).body.items).toEqual([]);
    fixture.lambda.remove('three');
    fixture.defineFunction('three', { 'mcp-server': 'orders' });
  });

  test('retries while Lambda does not accept a new role', async () => {
    let rejections = 3;
    fixture.proxies.watch(({ operation }) =>
      operation.endsWith('/policy') && operation.startsWith('POST') && rejections-- > 0 ? INVALID_PRINCIPAL : 'pass',
    );
    expect((await fixture.call('POST', '/register', { body: TOOL })).status).toBe(201);
    expect(rejections).toBeLessThan(0);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
  });

  test('names the statement whose principal has been deleted', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/retired`;
    const statement = { StatementId: 'legacy', Action: 'lambda:InvokeFunction', Principal: role };
    fixture.lambda.addPermission(arnOf('two'), statement);
    fixture.lambda.policies.principalDeleted(role);
    const { status, body } = await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('two') } });
    expect(status).toBe(409);
    expect(body.error).toBe(
      `no permission can be added to ${arnOf('two')}: its resource policy names a deleted principal in legacy; its owner must ` +
        `remove that: aws lambda remove-permission --function-name ${arnOf('two')} --statement-id legacy`,
    );
    expect(await fixture.inconsistencies()).toEqual([]);
    fixture.lambda.removePermission(arnOf('two'), 'legacy');
    expect((await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('two') } })).status).toBe(201);
  });

  test('names the role that Lambda does not accept', async () => {
    fixture.proxies.watch(({ operation }) => (operation.startsWith('POST') ? INVALID_PRINCIPAL : 'pass'));
    const { status, body } = await fixture.call('POST', '/register', { body: TOOL });
    expect([status, body.error]).toEqual([
      409,
      `no permission can be added to ${arnOf('one')}: Lambda does not accept ${ROLE_ARN} as a principal yet; try again in a minute`,
    ]);
  });

  test('applies the same rules to a completion function, and adds its permission', async () => {
    const prompt = { type: 'prompt', name: 'p', lambdaArn: arnOf('one'), arguments: [{ name: 'a' }] };
    const refused = await fixture.call('POST', '/register', {
      body: { ...prompt, completionHandler: arnOf('untagged') },
    });
    expect(refused.body.details).toEqual([
      { path: '/completionHandler', message: expect.stringContaining('mcp-server') },
    ]);
    const both = { ...prompt, lambdaArn: arnOf('gone'), completionHandler: arnOf('untagged') };
    expect((await fixture.call('POST', '/register', { body: both })).body.details).toHaveLength(2);
    expect(
      (await fixture.call('POST', '/register', { body: { ...prompt, completionHandler: arnOf('two') } })).status,
    ).toBe(201);
    expect(fixture.permitted()).toEqual([arnOf('one'), arnOf('two')]);
    await fixture.call('DELETE', '/register/prompt-p');
    expect(fixture.permitted()).toEqual([]);
  });
});

describe('permission statements', () => {
  test('keeps one statement per function, from its first registration to its last', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    await fixture.call('POST', '/register', { body: { ...TOOL, name: 'other' } });
    expect(fixture.statements(arnOf('one'))).toHaveLength(1);
    await fixture.call('DELETE', '/register/tool-lookup');
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
    await fixture.call('DELETE', '/register/tool-other');
    expect(fixture.permitted()).toEqual([]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('adds the statement to the policy of an alias', async () => {
    await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('one:live') } });
    expect(fixture.permitted()).toEqual([arnOf('one:live')]);
    await fixture.call('PUT', '/register/tool-lookup', { body: TOOL });
    expect(fixture.permitted()).toEqual([arnOf('one')]);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('accepts an existing statement', async () => {
    const statement = { StatementId: `MCP-Execute-${SERVER_ID}`, Action: 'lambda:InvokeFunction', Principal: ROLE_ARN };
    fixture.lambda.addPermission(arnOf('one'), statement);
    expect((await fixture.call('POST', '/register', { body: TOOL })).status).toBe(201);
    expect(fixture.statements(arnOf('one'))).toHaveLength(1);
  });

  test('retries if the function is being changed', async () => {
    let conflicts = 0;
    fixture.proxies.watch(({ operation }) => {
      if (!operation.endsWith('/policy') || conflicts++ > 0) return 'pass';
      return { error: 'ResourceConflictException' };
    });
    expect((await fixture.call('POST', '/register', { body: TOOL })).status).toBe(201);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
  });

  test('names the statement with a deleted principal that keeps Lambda from removing the permission', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    const role = `arn:aws:iam::${ACCOUNT}:role/retired`;
    const statement = { StatementId: 'legacy', Action: 'lambda:InvokeFunction', Principal: role };
    fixture.lambda.addPermission(arnOf('one'), statement);
    fixture.lambda.policies.principalDeleted(role);
    fixture.proxies.watch(({ operation }) => (operation.startsWith('DELETE') ? INVALID_PRINCIPAL : 'pass'));
    for (const attempt of ['first', 'repeated']) {
      const { status, body } = await fixture.call('DELETE', '/register/tool-lookup');
      expect([attempt, status, body.error]).toEqual([
        attempt,
        409,
        `the permission of this server cannot be removed from ${arnOf('one')}: its resource policy names a deleted principal in legacy; ` +
          `its owner must remove that: aws lambda remove-permission --function-name ${arnOf('one')} --statement-id legacy; ` +
          'then repeat the request',
      ]);
      expect((await fixture.call('GET', '/register/tool-lookup')).status).toBe(404);
    }
    fixture.proxies.watch();
    fixture.lambda.removePermission(arnOf('one'), 'legacy');
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('deletes a registration although its function is gone or its statement cannot be removed', async () => {
    fixture.defineFunction('temporary', { 'mcp-server': 'orders' });
    await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('temporary') } });
    await fixture.call('POST', '/register', { body: { ...TOOL, lambdaArn: arnOf('temporary'), name: 'second' } });
    fixture.lambda.remove('temporary');
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await fixture.call('DELETE', '/register/tool-second')).status).toBe(204);
    await fixture.call('POST', '/register', { body: TOOL });
    fixture.proxies.watch(({ operation }) =>
      operation.startsWith('DELETE') ? { error: 'AccessDeniedException' } : 'pass',
    );
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(204);
    expect((await fixture.call('GET', '/register/tool-lookup')).status).toBe(404);
  });
});

describe('PUT /register/{id}', () => {
  const PATH = '/register/tool-lookup';
  beforeEach(async () => {
    await fixture.call('POST', '/register', { body: { ...TOOL, title: 'Old' } });
  });

  test('replaces the whole registration', async () => {
    const before = await fixture.call('GET', PATH);
    const { status, headers, body } = await fixture.call('PUT', PATH, { body: { ...TOOL, lambdaArn: arnOf('two') } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'tool-lookup',
      lambdaArn: arnOf('two'),
      revision: 2,
      createdAt: before.body.createdAt,
    });
    expect(body).not.toHaveProperty('title');
    expect(headers.etag).not.toBe(before.headers.etag);
    expect(fixture.permitted()).toEqual([arnOf('two')]);
    expect(await fixture.revision()).toBe(2);
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('accepts the body of a GET response', async () => {
    const { body, headers } = await fixture.call('GET', PATH);
    const changed = { ...body, title: 'New' };
    expect(
      (await fixture.call('PUT', PATH, { body: changed, headers: { 'if-match': headers.etag! } })).body.title,
    ).toBe('New');
  });

  test('honours If-Match', async () => {
    const { headers } = await fixture.call('GET', PATH);
    const put = (ifMatch: string) => fixture.call('PUT', PATH, { body: TOOL, headers: { 'If-Match': ifMatch } });
    expect((await put('"1-other"')).status).toBe(412);
    expect((await put(`W/${headers.etag}`)).status).toBe(412);
    expect((await put(`"x", ${headers.etag}`)).status).toBe(200);
    expect((await put(headers.etag!)).status).toBe(412);
    expect((await put('*')).status).toBe(200);
    expect((await fixture.call('GET', PATH)).body.revision).toBe(3);
  });

  test('rejects the ETag of a deleted registration of the same name', async () => {
    const { headers } = await fixture.call('GET', PATH);
    await fixture.call('DELETE', PATH);
    await fixture.call('POST', '/register', { body: TOOL });
    expect((await fixture.call('PUT', PATH, { body: TOOL, headers: { 'if-match': headers.etag! } })).status).toBe(412);
  });

  test('rejects another type or name', async () => {
    const renamed = await fixture.call('PUT', PATH, { body: { ...TOOL, name: 'found' } });
    expect(renamed).toMatchObject({
      status: 400,
      body: { error: 'the type and name of a registration cannot change' },
    });
    expect(renamed.body.details).toEqual([{ path: '/name', message: expect.stringContaining('must remain "lookup"') }]);
    expect((await fixture.call('PUT', PATH, { body: { ...TOOL, type: 'prompt' } })).body.details[0].path).toBe('/type');
    expect((await fixture.call('PUT', PATH, { raw: 'x' })).status).toBe(400);
    expect((await fixture.call('PUT', PATH, { body: [] })).status).toBe(400);
  });

  test('returns 404 for an id that does not exist', async () => {
    const { status, body } = await fixture.call('PUT', '/register/tool-free', { body: { ...TOOL, name: 'free' } });
    expect({ status, body }).toEqual({ status: 404, body: { error: 'registration tool-free does not exist' } });
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('keeps the old registration if the new function is rejected', async () => {
    expect((await fixture.call('PUT', PATH, { body: { ...TOOL, lambdaArn: arnOf('untagged') } })).status).toBe(400);
    expect((await fixture.call('GET', PATH)).body.lambdaArn).toBe(arnOf('one'));
    expect(await fixture.inconsistencies()).toEqual([]);
  });
});

describe('DELETE /register/{id}', () => {
  test('returns 204 without a body, then 404', async () => {
    await fixture.call('POST', '/register', { body: TOOL });
    expect(await fixture.call('DELETE', '/register/tool-lookup')).toEqual({
      status: 204,
      headers: {},
      body: undefined,
    });
    expect(await fixture.revision()).toBe(2);
    expect((await fixture.call('DELETE', '/register/tool-lookup')).status).toBe(404);
    expect(await fixture.revision()).toBe(2);
  });

  test('honours If-Match', async () => {
    const { headers } = await fixture.call('POST', '/register', { body: TOOL });
    const remove = (ifMatch: string) =>
      fixture.call('DELETE', '/register/tool-lookup', { headers: { 'if-match': ifMatch } });
    expect((await remove('"2-x"')).status).toBe(412);
    expect((await remove(headers.etag!)).status).toBe(204);
  });
});

describe('GET /register', () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `t${String(n).padStart(3, '0')}`);

  test('sorts by id and filters by type', async () => {
    for (const [type, name] of [
      ['tool', 'b'],
      ['prompt', 'z'],
      ['tool', 'B'],
      ['tool', 'a-b'],
      ['tool', 'a'],
    ] as const) {
      await fixture.call('POST', '/register', { body: { type, name, lambdaArn: arnOf('one') } });
    }
    const ids = async (query?: Record<string, string>) =>
      (await fixture.call('GET', '/register', { query })).body.items.map(({ id }: { id: string }) => id);
    expect(await ids()).toEqual(['prompt-z', 'tool-B', 'tool-a', 'tool-a-b', 'tool-b']);
    expect(await ids({ type: 'prompt' })).toEqual(['prompt-z']);
    expect(await ids({ type: 'resource' })).toEqual([]);
    expect((await fixture.call('GET', '/register', { query: { type: 'tools' } })).status).toBe(400);
  });

  test('continues after the last id of the previous page, even if it was deleted', async () => {
    const { toItem } = await import('../../../lambda/registry/item.js');
    const { insert } = await import('../../../lambda/registry/store.js');
    for (const name of names(230))
      await insert(toItem({ type: 'tool', name, lambdaArn: arnOf('one') }, { owner: 'api' }));
    const first = (await fixture.call('GET', '/register')).body;
    expect(first.items).toHaveLength(100);
    await fixture.call('DELETE', `/register/${first.items.at(-1).id}`);
    await fixture.call('DELETE', `/register/${first.items[0].id}`);
    const second = (await fixture.call('GET', '/register', { query: { cursor: first.nextCursor } })).body;
    const third = (await fixture.call('GET', '/register', { query: { cursor: second.nextCursor, type: 'tool' } })).body;
    expect(third).not.toHaveProperty('nextCursor');
    const seen = [first, second, third].flatMap(({ items }) => items.map(({ name }: { name: string }) => name));
    expect(seen).toEqual(names(230));
  });

  test('returns no cursor if the last page is exactly full', async () => {
    const { toItem } = await import('../../../lambda/registry/item.js');
    const { insert } = await import('../../../lambda/registry/store.js');
    for (const name of names(100))
      await insert(toItem({ type: 'tool', name, lambdaArn: arnOf('one') }, { owner: 'api' }));
    expect((await fixture.call('GET', '/register')).body).not.toHaveProperty('nextCursor');
  });

  test.each(['x', '', Buffer.from('tool-').toString('base64url'), `${Buffer.from('tool-a').toString('base64url')}=`])(
    'rejects the cursor %j',
    async (cursor) => {
      expect((await fixture.call('GET', '/register', { query: { cursor } })).status).toBe(400);
    },
  );

  test('returns the id of the declared registration that shadows an API registration', async () => {
    for (const body of [
      resource('0'),
      resource('b', { uri: 'docs://b' }),
      resource('c', { uri: undefined, uriTemplate: 'logs://{day}' }),
      resource('d', { uri: 'other://d' }),
    ]) {
      const created = await fixture.call('POST', '/register', { body });
      expect(created).toMatchObject({ status: 201 });
      expect(created.body).not.toHaveProperty('shadowedBy');
    }
    await declared('x', { uri: 'docs://a' });
    await declared('y', { uriTemplate: 'docs://{page}' });
    await declared('z', { uriTemplate: 'logs://{date}' });
    const { items } = (await fixture.call('GET', '/register')).body;
    expect(items.map(({ id, shadowedBy }: any) => [id, shadowedBy])).toEqual([
      ['resource-0', 'resource-x'],
      ['resource-b', 'resource-y'],
      ['resource-c', 'resource-z'],
      ['resource-d', undefined],
      ['resource-x', undefined],
      ['resource-y', undefined],
      ['resource-z', undefined],
    ]);
    expect((await fixture.call('GET', '/register/resource-0')).body.shadowedBy).toBe('resource-x');
    const below = await fixture.call('POST', '/register', { body: resource('e', { uri: 'docs://e' }) });
    expect([below.status, below.body.shadowedBy]).toEqual([201, 'resource-y']);
  });
});

const resource = (name: string, more = {}) => ({
  type: 'resource',
  name,
  lambdaArn: arnOf('one'),
  uri: 'docs://a',
  ...more,
});

/** Stores a declared resource. */
async function declared(
  name: string,
  address: { uri?: string; uriTemplate?: string; enabled?: boolean },
): Promise<void> {
  const definition = { type: 'resource' as const, name, lambdaArn: arnOf('two'), ...address };
  const ownerStack = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Docs/0a1b';
  await insert(toItem(definition, { owner: 'cdk', ownerStack, ownerResource: `Resource${name}` }));
}

describe('a URI or template that another resource has', () => {
  const post = async (name: string, more = {}) => {
    const { status, body } = await fixture.call('POST', '/register', { body: resource(name, more) });
    return status === 201 ? 'registered' : `${status} ${body.error}`;
  };

  test('is rejected with its owner', async () => {
    await declared('page', { uri: 'docs://a' });
    await declared('log', { uriTemplate: 'logs://{day}/{+path}{?q,limit}' });
    expect(await post('0')).toBe(
      '409 resource-page has the same URI docs://a: choose another one. ' +
        'resource-page is declared by CloudFormation (stack Docs, resource Resourcepage)',
    );
    const same = { uri: undefined, uriTemplate: 'logs://{d}/{+p}{?limit,q}' };
    expect(await post('0', same)).toContain('409 resource-log has the same template logs://{day}/{+path}{?q,limit}');
    for (const uriTemplate of ['logs://{d}/{p}{?limit,q}', 'logs://{d}/{+p}{?limit}', 'logs://{d*}/{+p}{?limit,q}']) {
      expect(await post(`t${uriTemplate.length}${uriTemplate.includes('*')}`, { uri: undefined, uriTemplate })).toBe(
        'registered',
      );
    }
    expect(await post('b', { uri: 'docs://b' })).toBe('registered');
    expect(await post('c', { uri: 'docs://b' })).toBe(
      '409 resource-b has the same URI docs://b: choose another one. resource-b was registered through the Registration API',
    );
    expect(await fixture.inconsistencies()).toEqual([]);
  });

  test('is free while that resource is disabled, and for a disabled registration', async () => {
    await declared('page', { uri: 'docs://a', enabled: false });
    expect(await post('b')).toBe('registered');
    expect(await post('c', { enabled: false })).toBe('registered');
    const enable = await fixture.call('PUT', '/register/resource-c', { body: resource('c') });
    expect([enable.status, enable.body.error]).toEqual([409, expect.stringContaining('resource-b')]);
    expect((await fixture.call('PUT', '/register/resource-b', { body: resource('b', { title: 'B' }) })).status).toBe(
      200,
    );
  });
});

describe('request guard', () => {
  test.each([
    ['/register', 'PATCH', 'GET, POST'],
    ['/register', 'PUT', 'GET, POST'],
    ['/register', 'DELETE', 'GET, POST'],
    ['/register', 'OPTIONS', 'GET, POST'],
    ['/register/tool-x', 'POST', 'GET, PUT, DELETE'],
    ['/register/tool-x', 'HEAD', 'GET, PUT, DELETE'],
  ])('%s rejects %s', async (path, method, allow) => {
    const { status, headers } = await fixture.call(method, path, { body: TOOL });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow });
  });

  test.each(['lookup', 'tool-', 'tool-a%20b', 'META-revision', 'FUNCTION-x', 'toolx-a', `tool-${'x'.repeat(129)}`])(
    'returns 404 for the invalid id %s',
    async (id) => {
      for (const method of ['GET', 'DELETE']) expect((await fixture.call(method, `/register/${id}`)).status).toBe(404);
    },
  );

  test('rejects other origins', async () => {
    const from = (Origin: string) => fixture.call('POST', '/register', { body: TOOL, headers: { Origin } });
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await from('https://api.example.com')).status).toBe(201);
    expect(fixture.permitted()).toEqual([arnOf('one')]);
  });

  test('does not reveal internal errors', async () => {
    fixture.proxies.watch(({ operation }) => (operation === 'PutItem' ? 'refused' : 'pass'));
    expect((await fixture.call('POST', '/register', { body: TOOL })).body).toEqual({
      error: 'internal error: retry the same request to complete it',
    });
  });
});
