import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ANN, ANONYMOUS, eventFor } from './support.js';

describe('AppSync', () => {
  const mapping = { type: 'appSync', typeName: 'Query', fieldName: 'order' } as const;

  test('is the context of a direct Lambda resolver', () => {
    expect(eventFor(mapping, { id: 'A' })).toEqual({
      arguments: { id: 'A' },
      identity: {
        sub: 'ann',
        issuer: 'https://id.example',
        username: 'ann',
        claims: { sub: 'ann', iss: 'https://id.example', scope: 'orders/read', level: '3' },
        sourceIp: ['0.0.0.0'],
        defaultAuthStrategy: 'ALLOW',
        groups: null,
      },
      source: null,
      request: { headers: {}, domainName: null },
      prev: null,
      info: {
        selectionSetList: [],
        selectionSetGraphQL: '',
        parentTypeName: 'Query',
        fieldName: 'order',
        variables: {},
      },
      stash: {},
    });
  });

  test('has the identity of the caller', () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/Agent/s';
    expect(eventFor(mapping, {}, ANONYMOUS).identity).toBeNull();
    expect(eventFor(mapping, {}, { ...ANN, principal: { id: arn } }).identity).toMatchObject({
      accountId: '123456789012',
      userArn: arn,
      cognitoIdentityAuthType: null,
    });
    const claims = { 'cognito:groups': 'admins,staff', 'cognito:username': 'Ann' };
    expect(eventFor(mapping, {}, { ...ANN, principal: { id: 'ann', claims } }).identity).toMatchObject({
      username: 'Ann',
      groups: ['admins', 'staff'],
    });
  });

  test('has the groups of an access token', () => {
    const principal = { id: 'https://id.example|ann', groups: ['a, b', 'staff'], claims: {} };
    expect(eventFor(mapping, {}, { ...ANN, principal }).identity).toMatchObject({ groups: ['a, b', 'staff'] });
  });
});

test('Bedrock agent: has the arguments as typed parameters', () => {
  const inputSchema = { type: 'object', properties: { price: { type: 'number' } } };
  const args = { id: 'A', n: 1, price: 2, ratio: 0.5, on: true, list: ['a', 1], object: { a: 1 }, nothing: null };
  const mapping = { type: 'bedrockAgent', actionGroup: 'orders', function: 'get_order' } as const;
  expect(eventFor(mapping, args, { ...ANN, sessionId: 's-1' }, { inputSchema })).toEqual({
    messageVersion: '1.0',
    agent: { name: 'mcp', id: 'MCP', alias: 'MCP', version: 'DRAFT' },
    inputText: '',
    sessionId: 's-1',
    actionGroup: 'orders',
    function: 'get_order',
    parameters: [
      { name: 'id', type: 'string', value: 'A' },
      { name: 'n', type: 'integer', value: '1' },
      { name: 'price', type: 'number', value: '2' },
      { name: 'ratio', type: 'number', value: '0.5' },
      { name: 'on', type: 'boolean', value: 'true' },
      { name: 'list', type: 'array', value: '["a",1]' },
      { name: 'object', type: 'string', value: '{"a":1}' },
    ],
    sessionAttributes: {},
    promptSessionAttributes: {},
  });
  expect(eventFor(mapping, {}).sessionId).toBe('i-1');
});

test('SQS: has the arguments as the body of one message', () => {
  const body = '{"id":"A"}';
  expect(eventFor({ type: 'sqs' }, { id: 'A' })).toEqual({
    Records: [
      {
        messageId: 'i-1',
        receiptHandle: 'i-1',
        body,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: 'ann',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {},
        md5OfBody: createHash('md5').update(body).digest('hex'),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:mcp',
        awsRegion: 'eu-west-1',
      },
    ],
  });
  expect(eventFor({ type: 'sqs' }, {}, ANONYMOUS).Records[0].attributes.SenderId).toBe('anonymous');
});

describe('template', () => {
  const filled = (template: any, args: any = {}, request = ANN) =>
    eventFor({ type: 'template', template }, args, request);

  test('fills placeholders with JSON values', () => {
    const args = { id: 'A', n: 1, list: [1, { a: 2 }], 'odd name.x': true };
    expect(
      filled(
        {
          all: '{{arguments}}',
          nested: { id: '{{arguments.id}}', items: ['{{ arguments.n }}', '{{arguments.list}}', 'x', 7, null] },
          odd: '{{arguments.odd name.x}}',
          caller: '{{caller}}',
          by: '{{caller.id}}',
          at: '{{time}}',
        },
        args,
      ),
    ).toEqual({
      all: args,
      nested: { id: 'A', items: [1, [1, { a: 2 }], 'x', 7, null] },
      odd: true,
      caller: ANN.principal,
      by: 'ann',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test('fills placeholders in text', () => {
    const args = { id: 'A', n: 1, o: { a: 1 } };
    expect(
      filled(
        { text: 'order {{arguments.id}}/{{arguments.n}}: {{arguments.o}}{{arguments.none}} by {{caller.id}}' },
        args,
      ),
    ).toEqual({
      text: 'order A/1: {"a":1} by ann',
    });
  });

  test('leaves out keys of missing arguments', () => {
    expect(filled({ a: '{{arguments.none}}', list: ['{{arguments.none}}'], own: '{{arguments.toString}}' })).toEqual({
      list: [null],
    });
    expect(filled({ caller: '{{caller}}', id: '{{caller.id}}' }, {}, ANONYMOUS)).toEqual({ caller: null, id: null });
  });

  test('never searches values for placeholders', () => {
    expect(filled({ a: '{{arguments.x}}', b: '-{{arguments.x}}' }, { x: '{{caller.id}}' })).toEqual({
      a: '{{caller.id}}',
      b: '-{{caller.id}}',
    });
  });
});

test('a resource template passes its variables as the arguments', () => {
  expect(eventFor({ type: 'apiGateway', method: 'GET', path: '/d/{page}' }, { page: 'x' }).path).toBe('/d/x');
});
