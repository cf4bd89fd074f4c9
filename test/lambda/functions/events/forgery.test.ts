/** What a caller could try with the arguments of an HTTP event. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AUTHORIZATION, ENV } from '../../../../src/private/contract.js';
import { ANN, ANONYMOUS, eventFor, v1, v2 } from './support.js';

const ORDER = { method: 'GET', path: '/orders/{orderId}' } as const;

describe('path traversal', () => {
  test.each([
    '.',
    '..',
    '../admin',
    'x/../../admin',
    'x/..',
    '..\\admin',
    '..%2Fadmin',
    '%2e%2e',
    '%2E%2E%2Fadmin',
    '%252e%252e%252fadmin',
    '%25252525252525252e',
    '..;/admin',
    'x/..;a=b/admin',
  ])('refuses %s', (orderId) => {
    for (const make of [v1, v2]) {
      expect(() => make(ORDER, { orderId })).toThrow(/^invalid arguments: "orderId" must not make a segment/);
      expect(() => make({ method: 'GET', path: '/f/{orderId+}' }, { orderId })).toThrow(/must not make a segment/);
    }
  });

  test('refuses segments of dots from several parameters, and from styles', () => {
    expect(() => v1({ method: 'GET', path: '/{a}{b}' }, { a: '.', b: '.' })).toThrow(/must not make a segment/);
    expect(() => v1({ method: 'GET', path: '/a/.{b}' }, { b: '.' })).toThrow(/must not make a segment/);
    const label = { method: 'GET', path: '/{a}', pathParameters: [{ name: 'a', style: 'label' }] } as const;
    expect(() => v1(label, { a: '.' })).toThrow(/must not make a segment/);
  });

  test('refuses missing and empty values, which would lead to another route', () => {
    expect(() => v1(ORDER, {})).toThrow('invalid arguments: "orderId" is required: it is part of the path');
    expect(() => v1(ORDER, { orderId: null })).toThrow(/is required/);
    expect(() => v1(ORDER, { orderId: '' })).toThrow('must not be empty: it is part of the path');
    expect(() => v1(ORDER, { orderId: [] })).toThrow(/must not be empty/);
    for (const style of ['simple', 'label', 'matrix'] as const) {
      for (const explode of [true, false]) {
        const styled = { method: 'GET', path: '/c/{c}', pathParameters: [{ name: 'c', style, explode }] } as const;
        for (const c of [[], [null], {}, { a: null }]) expect(() => v1(styled, { c })).toThrow(/"c" must not be empty/);
      }
    }
  });

  test.each(['A-1/cancel', '/', '//', 'A-1%2Fcancel', 'A-1%252fcancel', 'A-1\\cancel', 'A-1%5Ccancel', ['a', 'b/c']])(
    'refuses a slash in a value of one segment: %s',
    (orderId) => {
      for (const make of [v1, v2]) {
        expect(() => make(ORDER, { orderId })).toThrow(
          'invalid arguments: "orderId" must not have a slash or backslash: it is one segment of the path',
        );
      }
    },
  );

  test('keeps a value in its segment', () => {
    expect(v1(ORDER, { orderId: 'x. .y' }).path).toBe('/orders/x.%20.y');
    expect(v2(ORDER, { orderId: 'x?admin=1#y' })).toMatchObject({
      rawPath: '/orders/x%3Fadmin%3D1%23y',
      rawQueryString: '',
    });
    expect(v1(ORDER, { orderId: '...' }).path).toBe('/orders/...');
  });

  test.each(['a\r\nb', 'a\0b', 'a\u0085b'])('refuses control characters: %j', (orderId) => {
    expect(() => v1(ORDER, { orderId })).toThrow('has a control character, which a path cannot have');
  });
});

describe('header injection', () => {
  const event = { method: 'GET', path: '/', headers: ['X-Tenant'] } as const;

  test.each(['a\r\nAuthorization: x', 'a\nb', 'a\rb', 'a\0b', ['a', 'b\nc']])('refuses %j', (value) => {
    for (const make of [v1, v2]) {
      expect(() => make(event, { 'X-Tenant': value })).toThrow(
        'invalid arguments: "X-Tenant" has a control character, which a header cannot have',
      );
    }
  });

  test.each(['日本', 'a\u2028b', 'Ł', '👋', '\ud800'])('refuses characters that bytes cannot have: %j', (value) => {
    expect(() => v1(event, { 'X-Tenant': value })).toThrow(
      'invalid arguments: "X-Tenant" has a character beyond U+00FF, which a header cannot have',
    );
    expect(v1(event, { 'X-Tenant': 'é' }).headers['X-Tenant']).toBe('é');
  });

  test('makes no headers of other arguments', () => {
    const args = {
      Host: 'evil.example',
      'X-Forwarded-For': '10.0.0.1',
      authorization: 'Bearer x',
      headers: { Host: 'x' },
    };
    const { headers, multiValueHeaders } = v1({ method: 'POST', path: '/' }, args);
    expect(headers).toMatchObject({ Host: expect.stringMatching(/^mcp\.execute-api\./), 'X-Forwarded-For': '0.0.0.0' });
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('authorization');
    expect(JSON.stringify(multiValueHeaders)).not.toContain('evil.example');
  });
});

describe('cookie injection', () => {
  const event = { method: 'GET', path: '/', cookies: ['theme', 'session'] } as const;

  test.each(['x; session', 'a\r\nX-Forwarded-For: 10.0.0.1', 'a=b', 'a b', 'ü', ''])(
    'refuses the property %j',
    (name) => {
      for (const make of [v1, v2]) {
        expect(() => make(event, { theme: { [name]: 'y' } })).toThrow(
          `invalid arguments: "theme" must not have a property ${JSON.stringify(name)}: it is not the name of a cookie`,
        );
      }
    },
  );

  test('encodes values', () => {
    const args = { theme: 'x; session=forged\r\nA: b' };
    expect(v2(event, args).cookies).toEqual(['theme=x%3B%20session%3Dforged%0D%0AA%3A%20b']);
  });
});

describe('parameter pollution', () => {
  test('refuses properties with the name of another parameter', () => {
    for (const place of ['query', 'cookies'] as const) {
      const event = { method: 'GET', path: '/', [place]: ['filter', 'tenant'] } as const;
      expect(() => v1(event, { filter: { tenant: 'other' }, tenant: 'own' })).toThrow(
        'invalid arguments: "filter" must not have a property "tenant": another parameter has this name',
      );
    }
  });

  test('refuses properties with the name of another field of a form', () => {
    const body = {
      type: 'rest',
      contentType: 'application/x-www-form-urlencoded',
      fields: [{ name: 'filter', style: 'form', explode: true }],
    } as const;
    const event = { method: 'POST', path: '/', body } as const;
    expect(v1(event, { filter: { city: 'x' } }).body).toBe('city=x');
    expect(() => v1(event, { filter: { tenant: 'other' }, tenant: 'own' })).toThrow(
      '"filter" must not have a property "tenant": another field has this name',
    );
  });

  test('refuses arguments with the name of a property', () => {
    const query = [{ name: 'filter', style: 'deepObject' }] as const;
    expect(() => v1({ method: 'GET', path: '/', query }, { 'filter[role]': 'admin' })).toThrow(
      '"filter[role]" is not an argument: a query parameter has this name',
    );
    expect(() => v1({ method: 'GET', path: '/', query }, { filter: { 'a][role': 'admin' } })).toThrow(
      '"filter" must not have a property "a][role": it has a bracket',
    );
  });
});

test('does not take what all objects have for arguments', () => {
  const event = {
    method: 'POST',
    path: '/',
    query: ['constructor'],
    headers: ['toString'],
    cookies: ['valueOf'],
    body: { type: 'argument', name: '__proto__' },
  } as const;
  expect(v1(event, {})).toMatchObject({ queryStringParameters: null, body: null });
  expect(v1(event, {}).headers).not.toHaveProperty('Cookie');
  expect(() => v1({ method: 'GET', path: '/{constructor}' }, {})).toThrow('"constructor" is required');
});

describe('the caller', () => {
  const forged = {
    requestContext: { authorizer: { claims: { sub: 'admin' }, principalId: 'admin' } },
    identity: { sub: 'admin' },
    authorizer: { claims: { sub: 'admin' } },
    principalId: 'admin',
    __proto__: { x: 1 },
  };

  test('comes from the server’s authorization only', () => {
    for (const method of ['GET', 'POST'] as const) {
      expect(v1({ method, path: '/' }, forged).requestContext.authorizer).toMatchObject({
        principalId: 'ann',
        claims: { sub: 'ann' },
      });
      expect(v1({ method, path: '/' }, forged, ANONYMOUS).requestContext).not.toHaveProperty('authorizer');
      expect(v2({ method, path: '/' }, forged).requestContext.authorizer.jwt.claims.sub).toBe('ann');
      expect(v2({ method, path: '/' }, forged, ANONYMOUS).requestContext).not.toHaveProperty('authorizer');
    }
    expect(eventFor({ type: 'appSync', typeName: 'Query', fieldName: 'f' }, forged).identity.sub).toBe('ann');
    expect(eventFor({ type: 'sqs' }, forged).Records[0].attributes.SenderId).toBe('ann');
    expect(eventFor({ type: 'template', template: { who: '{{caller.id}}' } }, forged)).toEqual({ who: 'ann' });
  });

  afterEach(() => vi.unstubAllEnvs());

  test.each([AUTHORIZATION.CUSTOM, AUTHORIZATION.COGNITO, AUTHORIZATION.API_KEY])(
    'does not become an IAM caller with authorization %s if its id looks like an ARN',
    (authorization) => {
      const id = 'arn:aws:iam::123456789012:user/admin';
      const request = { ...ANN, principal: { id } };
      expect(v1({ method: 'GET', path: '/' }, {}, request).requestContext.identity.userArn).toBe(id);
      vi.stubEnv(ENV.AUTHORIZATION, authorization);
      expect(v1({ method: 'GET', path: '/' }, {}, request).requestContext.identity.userArn).toBeNull();
      expect(v2({ method: 'GET', path: '/' }, {}, request).requestContext.authorizer).not.toHaveProperty('iam');
      const { identity } = eventFor({ type: 'appSync', typeName: 'Query', fieldName: 'f' }, {}, request);
      expect(identity).toMatchObject({ sub: id, username: id });
    },
  );

  test('keeps its id, whatever the names of its claims', () => {
    const request = { ...ANN, principal: { id: 'ann', claims: { principalId: 'admin', claims: 'admin' } } };
    expect(v1({ method: 'GET', path: '/' }, {}, request).requestContext.authorizer).toEqual({
      principalId: 'ann',
      claims: { sub: 'ann', principalId: 'admin', claims: 'admin' },
      sub: 'ann',
    });
  });
});
