import { describe, expect, test } from 'vitest';
import { registrationId } from '../../../src/private/registration-id';
import { parseFunctionArn, validateDefinition, validateRegistration } from '../../../src/private/validation';

const lambdaArn = 'arn:aws:lambda:us-east-1:123456789012:function:lookup';
const TOOL = { type: 'tool', name: 'lookup', lambdaArn };
const RESOURCE = { type: 'resource', name: 'page', lambdaArn, uri: 'docs://page' };
const TEMPLATE = { type: 'resource', name: 'pages', lambdaArn, uriTemplate: 'docs://{page}' };
const PROMPT = { type: 'prompt', name: 'review', lambdaArn };

/** Errors as lines of `path message`; an empty array if the body is valid. */
function errors(body: unknown): string[] {
  return (validateRegistration(body).errors ?? []).map(({ path, message }) => `${path} ${message}`);
}

describe('a body', () => {
  test.each([[null], [[]], ['tool'], [42], [undefined]])('%j is rejected', (body) => {
    expect(errors(body)).toEqual([' a registration must be a JSON object']);
  });

  test('reports all errors at once with their JSON pointers', () => {
    const paths = validateRegistration({
      type: 'tool',
      name: 'has space',
      lambdaArn: 'arn:aws:s3:::bucket',
      timeoutSeconds: 0,
      enabled: 'yes',
      colour: 1,
      inputSchema: { type: 'object', properties: { a: { type: 'text' }, 'b/c': { minLength: -1 } } },
    }).errors?.map(({ path }) => path);
    expect(paths).toEqual([
      '/name',
      '/lambdaArn',
      '/timeoutSeconds',
      '/enabled',
      '/colour',
      '/inputSchema/properties/a/type',
      '/inputSchema/properties/b~1c/minLength',
    ]);
  });

  test('is returned in canonical key order, without undefined values', () => {
    const body = { description: 'finds', inputSchema: { type: 'object' }, ...TOOL, title: undefined, enabled: false };
    const keys = Object.keys(validateRegistration(body).definition ?? {});
    expect(keys).toEqual(['type', 'name', 'description', 'lambdaArn', 'enabled', 'inputSchema']);
    expect(validateRegistration(body).definition).toEqual(body);
  });

  test('requires type, name and function', () => {
    expect(errors({})).toEqual([
      '/lambdaArn is required (the ARN of the Lambda function to invoke)',
      '/type is required and must be "tool" or "resource" or "prompt"; got undefined',
    ]);
    expect(errors({ type: 'tool', lambdaArn })).toEqual(['/name is required (the name that clients see)']);
  });

  test.each(['id', 'owner', 'createdAt', 'updatedAt', 'revision', 'shadowedBy'])('must not contain %s', (key) => {
    expect(errors({ ...TOOL, [key]: 'x' })).toEqual([`/${key} is set by the server: remove it`]);
  });

  test('reports unknown keys with the keys of the type', () => {
    expect(errors({ ...PROMPT, inputSchema: {} })[0]).toMatch(
      /^\/inputSchema unknown key "inputSchema": a prompt has the keys type, name, .*arguments, parameters$/,
    );
    expect(errors({ ...RESOURCE, parameters: {} })[0]).toContain('a resource has the keys');
    expect(errors({ ...TOOL, toString: 'x' })[0]).toContain('unknown key "toString"');
  });

  test('is limited in size and depth', () => {
    expect(errors({ ...TOOL, _meta: { x: 'x'.repeat(131_072) } })[0]).toMatch(
      /^ has \d+ bytes of JSON, at most 131072/,
    );
    const deep: any = {};
    let at = deep;
    for (let depth = 0; depth < 100_000; depth++) at = at.x = {};
    expect(errors({ ...TOOL, _meta: deep })[0]).toMatch(/is nested more than 64 levels deep$/);
  });

  test('must not contain the key __proto__', () => {
    expect(
      errors(JSON.parse(`{"type":"tool","name":"a","lambdaArn":"${lambdaArn}","_meta":{"__proto__":{}}}`)),
    ).toEqual(['/_meta/__proto__ is not allowed as a key']);
  });
});

describe('name', () => {
  test.each(['a', 'A-b_c.9', 'x'.repeat(128)])('%s is accepted', (name) => {
    expect(errors({ ...TOOL, name })).toEqual([]);
  });
  test.each(['', 'a b', 'a/b', 'ä', 'x'.repeat(129), 7, null, 'a\n'])('%j is rejected', (name) => {
    expect(errors({ ...TOOL, name })[0]).toMatch(/^\/name must be 1 to 128 of the characters/);
  });
  test('is part of the registration id', () => {
    expect(registrationId('tool', 'a-b')).toBe('tool-a-b');
  });
});

describe('lambdaArn', () => {
  test.each([
    'arn:aws:lambda:us-east-1:123456789012:function:f',
    'arn:aws:lambda:us-east-1:123456789012:function:f:live',
    'arn:aws:lambda:us-east-1:123456789012:function:f:17',
    'arn:aws-cn:lambda:cn-north-1:123456789012:function:f',
    'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f',
    'arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:f',
    'arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:f',
  ])('%s is accepted', (arn) => {
    expect(errors({ ...TOOL, lambdaArn: arn })).toEqual([]);
    expect(parseFunctionArn(arn)?.account).toBe('123456789012');
  });
  test.each([
    'f',
    'arn:aws:lambda:us-east-1:123456789012:layer:f',
    'arn:aws:lambda:us-east-1:123456789012:function:*',
    'arn:aws:lambda:us-east-1:12:function:f',
    'arn:aws:lambda:us-east-1:123456789012:function:f:live:x',
    'arn:aws:lambda:us-east-1:123456789012:function:f ',
    5,
  ])('%j is rejected', (arn) => {
    expect(errors({ ...TOOL, lambdaArn: arn })).toHaveLength(1);
  });
  test('must not have the qualifier $LATEST, like the completion function', () => {
    expect(errors({ ...TOOL, lambdaArn: `${lambdaArn}:$LATEST` })[0]).toContain('use the ARN without a qualifier');
    expect(errors({ ...PROMPT, completionHandler: `${lambdaArn}:$LATEST` })[0]).toContain('/completionHandler');
  });
  test('is parsed', () => {
    expect(parseFunctionArn(`${lambdaArn}:live`)).toEqual({
      partition: 'aws',
      region: 'us-east-1',
      account: '123456789012',
      functionName: 'lookup',
      qualifier: 'live',
      unqualified: lambdaArn,
    });
  });
  test('is not a key of a definition at synth, where it is a token', () => {
    expect(validateDefinition({ type: 'tool', name: 'a' }).definition).toEqual({
      type: 'tool',
      name: 'a',
      inputSchema: { type: 'object' },
    });
    expect(validateDefinition(PROMPT).errors?.[0].path).toBe('/lambdaArn');
  });
});

describe('common keys', () => {
  test('are accepted together', () => {
    expect(
      errors({
        ...TEMPLATE,
        title: 'Pages',
        description: 'all of them',
        icons: [{ src: 'https://example.com/i.png', mimeType: 'image/png', sizes: ['48x48', 'any'], theme: 'dark' }],
        _meta: { 'example.com/x': 1 },
        event: { type: 'request' },
        invokeMode: 'RESPONSE_STREAM',
        timeoutSeconds: 840,
        enabled: true,
        asksClient: ['elicitation', 'sampling', 'roots'],
        completions: { page: ['a', 'b'] },
        completionHandler: `${lambdaArn}:live`,
        cache: { ttlSeconds: 60, scope: 'private' },
        mimeType: 'text/plain; charset=utf-8',
        annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-31T12:00:00Z' },
        listable: true,
      }),
    ).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['title', '', '/title'],
    ['title', 'x'.repeat(257), '/title'],
    ['description', 7, '/description'],
    ['event', 'BODY', '/event'],
    ['invokeMode', 'stream', '/invokeMode'],
    ['timeoutSeconds', 841, '/timeoutSeconds'],
    ['timeoutSeconds', 1.5, '/timeoutSeconds'],
    ['timeoutSeconds', '30', '/timeoutSeconds'],
    ['enabled', null, '/enabled'],
    ['_meta', [], '/_meta'],
    ['cache', { ttlSeconds: 1 }, '/cache/scope'],
    ['cache', { ttlSeconds: -1, scope: 'public' }, '/cache/ttlSeconds'],
    ['cache', { ttlSeconds: 1, scope: 'all' }, '/cache/scope'],
    ['icons', [{ src: 'http://example.com/i.png' }], '/icons/0/src'],
    ['icons', [{ src: 'javascript:alert(1)' }], '/icons/0/src'],
    ['icons', [{ src: 'data:text/html,x' }], '/icons/0/src'],
    ['icons', [{}], '/icons/0/src'],
    ['icons', [{ src: 'https://x/i', sizes: 'any' }], '/icons/0/sizes'],
    ['icons', { src: 'https://x/i' }, '/icons'],
  ])('%s: %j is rejected', (key, value, path) => {
    expect(validateRegistration({ ...TOOL, [key]: value }).errors?.map((error) => error.path)).toEqual([path]);
  });

  test('asksClient needs the request event and unique, known values', () => {
    expect(errors({ ...TOOL, asksClient: ['elicitation'] })[0]).toContain('needs "event": { "type": "request" }');
    expect(errors({ ...TOOL, event: { type: 'request' }, asksClient: ['roots', 'roots'] })).toEqual([
      '/asksClient/1 "roots" is a duplicate',
    ]);
    expect(errors({ ...TOOL, event: { type: 'request' }, asksClient: ['tools'] })[0]).toContain('/asksClient/0');
  });
});

describe('a tool', () => {
  test('accepts any object without a schema', () => {
    expect(validateRegistration(TOOL).definition?.inputSchema).toEqual({ type: 'object' });
  });
  test('accepts tool annotations only', () => {
    expect(errors({ ...TOOL, annotations: { readOnlyHint: true, title: 'x' } })).toEqual([]);
    expect(errors({ ...TOOL, annotations: { readonlyHint: true } })[0]).toContain('unknown key "readonlyHint"');
    expect(errors({ ...TOOL, annotations: { destructiveHint: 'no' } })[0]).toContain('/annotations/destructiveHint');
  });
  test('accepts known values of taskSupport', () => {
    expect(errors({ ...TOOL, taskSupport: 'optional' })).toEqual([]);
    expect(errors({ ...TOOL, taskSupport: 'always' })[0]).toContain('"forbidden" or "optional" or "required"');
  });
  test('cannot have completions', () => {
    expect(errors({ ...TOOL, completions: {} })[0]).toContain('prompts and resource templates only');
  });
  test('cannot have both inputSchema and parameters', () => {
    expect(errors({ ...TOOL, inputSchema: { type: 'object' }, parameters: {} })).toEqual([
      '/parameters cannot be combined with inputSchema: use one of them',
    ]);
  });
});

describe('parameters of a tool', () => {
  const inputSchema = (parameters: unknown) => validateRegistration({ ...TOOL, parameters }).definition?.inputSchema;

  test('can be the shorthand of the design document', () => {
    expect(
      inputSchema({
        id: 'string',
        count: { type: 'number', optional: true },
        tags: { type: 'array', items: 'string' },
        place: { type: 'object', properties: { lat: 'number', exact: { type: 'boolean', optional: true } } },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string' },
        count: { type: 'number' },
        tags: { type: 'array', items: { type: 'string' } },
        place: {
          type: 'object',
          properties: { lat: { type: 'number' }, exact: { type: 'boolean' } },
          required: ['lat'],
          additionalProperties: false,
        },
      },
      required: ['id', 'tags', 'place'],
      additionalProperties: false,
    });
    expect(inputSchema({})).toEqual({ type: 'object', properties: {}, additionalProperties: false });
    expect(inputSchema({ type: 'string' })).toMatchObject({ properties: { type: { type: 'string' } } });
  });

  test('can be JSON Schema', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    expect(inputSchema(schema)).toEqual(schema);
    const dialect = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
    expect(inputSchema(dialect)).toEqual(dialect);
    expect(errors({ ...TOOL, parameters: { $ref: '#/$defs/a', $defs: { a: {} } } })[0]).toMatch(
      /^\/parameters\/type must be "object"/,
    );
  });

  // the original project accepted each of these with 201, and then every session of the server failed
  test.each<[unknown, string]>([
    [{ n: 'integer' }, '/parameters/n'],
    [{ type: 'object' }, '/parameters/type'],
    [{ n: { type: 'integer' } }, '/parameters/n/type'],
    [{ n: { type: 'string', enum: ['a'] } }, '/parameters/n/enum'],
    [{ n: null }, '/parameters/n'],
    [{ n: { type: 'array' } }, '/parameters/n/items'],
    [{ n: { type: 'object' } }, '/parameters/n/properties'],
    [{ n: { type: 'string', optional: 'yes' } }, '/parameters/n/optional'],
    ['string', '/parameters'],
    [['string'], '/parameters'],
  ])('%j are rejected', (parameters, path) => {
    const { errors: found } = validateRegistration({ ...TOOL, parameters });
    expect(found?.map((error) => error.path)).toEqual([path]);
  });
});

describe('a resource', () => {
  test('has either uri or uriTemplate', () => {
    expect(errors(RESOURCE)).toEqual([]);
    expect(errors(TEMPLATE)).toEqual([]);
    expect(errors({ ...RESOURCE, uri: undefined })).toEqual([
      '/uri is required: use uri for one resource, or uriTemplate for several',
    ]);
    expect(errors({ ...RESOURCE, uriTemplate: 'docs://{x}' })).toEqual([
      '/uriTemplate cannot be combined with uri: use one of them',
    ]);
  });
  test('accepts the keys of its kind only', () => {
    expect(errors({ ...RESOURCE, size: 12 })).toEqual([]);
    expect(errors({ ...TEMPLATE, size: 12 })[0]).toContain('/size needs uri');
    expect(errors({ ...RESOURCE, listable: true })[0]).toContain('/listable needs uriTemplate');
    expect(errors({ ...RESOURCE, completionHandler: lambdaArn })[0]).toContain('/completionHandler needs uriTemplate');
  });
  test('completes existing variables only', () => {
    expect(errors({ ...TEMPLATE, completions: { page: ['a'] } })).toEqual([]);
    expect(errors({ ...TEMPLATE, completions: { pgae: ['a'] } })).toEqual([
      '/completions/pgae cannot complete "pgae": the variables of uriTemplate are page',
    ]);
    // the original project expected functions, which JSON does not have
    expect(errors({ ...TEMPLATE, completions: { page: 'fn' } })[0]).toContain('must be an array of strings');
    expect(errors({ ...RESOURCE, completions: { page: [] } })[0]).toContain('none');
  });
  test.each<[string, unknown]>([
    ['audience', ['model']],
    ['priority', 2],
    ['lastModified', 'yesterday'],
    ['readOnlyHint', true],
  ])('annotation %s: %j is rejected', (key, value) => {
    expect(errors({ ...RESOURCE, annotations: { [key]: value } })).toHaveLength(1);
  });
  test('has a valid MIME type', () => {
    expect(errors({ ...RESOURCE, mimeType: 'text' })[0]).toContain('/mimeType must be a MIME type');
  });
});

describe('a prompt', () => {
  test('has arguments with unique names', () => {
    expect(
      errors({ ...PROMPT, arguments: [{ name: 'code', title: 'Code', description: 'x', required: true }] }),
    ).toEqual([]);
    expect(errors({ ...PROMPT, arguments: [{ name: 'a' }, { name: 'a' }] })).toEqual([
      '/arguments/1/name "a" is a duplicate',
    ]);
    expect(errors({ ...PROMPT, arguments: [{ type: 'string' }] })).toEqual([
      '/arguments/0/name is required in a prompt argument',
      '/arguments/0/type unknown key "type": a prompt argument has the keys name, title, description, required',
    ]);
    expect(errors({ ...PROMPT, arguments: { code: 'string' } })).toEqual([
      '/arguments must be an array; got {"code":"string"}',
    ]);
  });
  test('converts parameters to arguments, from the shorthand or JSON Schema', () => {
    const of = (parameters: unknown) => validateRegistration({ ...PROMPT, parameters }).definition;
    expect(of({ code: 'string', lang: { type: 'string', optional: true } })?.arguments).toEqual([
      { name: 'code', required: true },
      { name: 'lang', required: false },
    ]);
    expect(
      of({ type: 'object', properties: { code: { type: 'string', description: 'd' } }, required: ['code'] })?.arguments,
    ).toEqual([{ name: 'code', description: 'd', required: true }]);
    expect(of({ code: 'string' })).not.toHaveProperty('parameters');
    expect(errors({ ...PROMPT, parameters: { n: 'number' } })[0]).toContain('MCP passes prompt arguments as text');
    expect(errors({ ...PROMPT, parameters: {}, arguments: [] })[0]).toContain('use one of them');
  });
  test('completes existing arguments only', () => {
    const body = { ...PROMPT, arguments: [{ name: 'code' }] };
    expect(errors({ ...body, completions: { code: [] } })).toEqual([]);
    expect(errors({ ...body, completions: { cod: [] } })).toEqual([
      '/completions/cod cannot complete "cod": the arguments are code',
    ]);
    expect(errors({ ...body, completions: { code: ['x'.repeat(1025)] } })).toHaveLength(1);
    expect(errors({ ...body, completions: { code: Array(1001).fill('x') } })[0]).toContain('use completionHandler');
  });
});
