/** What docs/guides/resources-and-prompts.md says, with its own functions, by real clients. */
import { join } from 'node:path';
import type { Client as V2Client } from '@modelcontextprotocol/client';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpEvent } from '../../src';
import { addShop, expectShop } from './guides/resources-and-prompts/shop';
import { httpClient, v2Client } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

let fixture: Fixture;
let client: Client;
let modern: V2Client;
beforeAll(async () => {
  fixture = await startFixture({
    extend: ({ stack, server }) => {
      const fn = (name: string, handler = 'handler', id = `${name}-${handler}`) =>
        new lambda.Function(stack, id, {
          runtime: lambda.Runtime.NODEJS_24_X,
          handler: `${name}.${handler}`,
          code: lambda.Code.fromAsset(join(import.meta.dirname, 'guides', 'resources-and-prompts', 'node')),
        });
      addShop(server, fn);
      const forms = fn('forms');
      server.addResourceTemplate(forms, { name: 'form', uriTemplate: 'shop://forms/{form}' });
      server.addResourceTemplate(forms, {
        name: 'html',
        uriTemplate: 'shop://html/{form}{?page,tag}',
        mimeType: 'text/html',
      });
      server.addPrompt(forms, { name: 'form', arguments: [{ name: 'form' }] });
      const shown = fn('forms', 'shown');
      server.addResourceTemplate(shown, { name: 'shown', uriTemplate: 'shop://shown/{id}', listable: true });
      server.addPrompt(shown, {
        name: 'shown',
        arguments: [{ name: 'sku' }, { name: 'tone' }],
        completionHandler: fn('forms', 'shown', 'completions'),
      });
      const request = fn('forms', 'request');
      const event = McpEvent.request();
      server.addResourceTemplate(request, { name: 'request', uriTemplate: 'shop://requests/{id}', event });
      server.addPrompt(request, { name: 'request', arguments: [{ name: 'sku' }], event });
    },
  });
  client = await httpClient(fixture);
  modern = await v2Client(fixture, { pin: '2026-07-28' });
});
afterAll(async () => {
  await client?.close();
  await modern?.close();
  await fixture?.[Symbol.asyncDispose]();
});

test('the functions in Node.js', () => expectShop(client));

describe('what a resource’s function returns', () => {
  const read = async (uri: string) => (await client.readResource({ uri })).contents;
  const uri = (form: string) => `shop://forms/${form}`;

  test.each([
    ['string', [{ text: 'plain' }]],
    ['json', [{ text: '{"a":1}', mimeType: 'application/json' }]],
    ['nothing', [{ text: '' }]],
    ['text', [{ text: '<p>hi</p>', mimeType: 'text/html' }]],
    ['bytes', [{ blob: 'iVBORw0KGgo=', mimeType: 'image/png' }]],
    ['contents', [{ text: 'one' }, { uri: 'shop://forms/two', mimeType: 'text/css', text: 'two' }]],
  ])('%s', async (form, contents) => {
    expect(await read(uri(form))).toEqual(contents.map((content) => ({ uri: uri(form), ...content })));
  });

  test.each([
    ['missing', -32602, 'Resource not found: shop://forms/missing'],
    ['broken', -32603, 'the resource cannot be read: its handler returned status 500'],
    ['thrown', -32603, 'the resource cannot be read: RangeError: no form 7'],
    ['error', -32001, 'closed on Sundays'],
  ])('%s', async (form, code, message) => {
    await expect(read(uri(form))).rejects.toMatchObject({ code, message: `MCP error ${code}: ${message}` });
  });

  test('the registration’s mimeType comes before the function’s for text, not for bytes', async () => {
    const query = '?page=1&tag=x';
    expect(await read(`shop://html/string${query}`)).toMatchObject([{ mimeType: 'text/html' }]);
    expect(await read(`shop://html/contents${query}`)).toMatchObject([
      { mimeType: 'text/html' },
      { mimeType: 'text/css' },
    ]);
    expect(await read(`shop://html/bytes${query}`)).toMatchObject([{ mimeType: 'image/png' }]);
  });
});

describe('events', () => {
  const textOf = async (uri: string) => {
    const [content] = (await client.readResource({ uri })).contents as Array<{ text: string }>;
    return JSON.parse(content.text);
  };

  test('variables are decoded; those of a query come in any order, or not at all', async () => {
    for (const [query, variables] of [
      ['?page=2&tag=a%20b', { page: '2', tag: 'a b' }],
      ['?tag=a&page=2', { page: '2', tag: 'a' }],
      ['?page=2', { page: '2' }],
      ['', {}],
    ] as const) {
      const uri = `shop://html/event${query}`;
      expect(await textOf(uri)).toEqual({ uri, variables: { form: 'event', ...variables } });
    }
    await expect(textOf('shop://html/event?other=1')).rejects.toThrow('Resource not found');
  });

  test('a resource’s, with the request event', async () => {
    const uri = 'shop://requests/7%2F8';
    expect(await textOf(uri)).toEqual({
      method: 'resources/read',
      params: { uri, variables: { id: '7/8' } },
      context: {
        invocationId: expect.any(String),
        requestId: expect.any(String),
        protocolVersion: '2025-11-25',
        transport: 'http',
        sessionId: expect.any(String),
        principal: { id: 'local' },
        client: { name: 'e2e', version: '1.0.0' },
        clientCapabilities: {},
        deadlineMs: expect.any(Number),
        registrationId: 'resource-request',
      },
    });
  });

  const context = { principal: { id: 'local' }, transport: 'http', protocolVersion: '2025-11-25' };

  test('of a completion function', async () => {
    const params = {
      ref: { type: 'ref/prompt', name: 'shown' } as const,
      argument: { name: 'sku', value: 'la' },
      context: { arguments: { tone: 'funny' } },
    };
    const [event] = (await client.complete(params)).completion.values;
    expect(JSON.parse(event)).toMatchObject({
      method: 'completion/complete',
      params,
      context: { ...context, registrationId: 'prompt-shown' },
    });
  });

  test('of a listable template’s function', async () => {
    const { resources } = await client.listResources();
    const { name } = resources.find(({ uri }) => uri === 'shop://shown/event')!;
    expect(JSON.parse(name)).toMatchObject({ method: 'resources/list', params: {}, context });
  });

  test('a prompt’s, with and without', async () => {
    const event = async (name: string, args: Record<string, string>) => {
      const [{ content }] = (await client.getPrompt({ name, arguments: args })).messages;
      return JSON.parse((content as { text: string }).text);
    };
    expect(await event('form', { form: 'event', more: 'x' })).toEqual({ form: 'event', more: 'x' });
    expect(await event('request', { sku: 'LAMP-7' })).toMatchObject({
      method: 'prompts/get',
      params: { name: 'request', arguments: { sku: 'LAMP-7' } },
    });
  });
});

describe('what a prompt’s function returns', () => {
  const get = async (form: string) => (await client.getPrompt({ name: 'form', arguments: { form } })).messages;
  const text = (value: string) => ({ type: 'text', text: value });

  test.each<[string, object]>([
    ['string', text('plain')],
    ['json', text('{"a":1}')],
    ['text', text('<p>hi</p>')],
    ['bytes', { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' }],
    ['pdf', { type: 'resource', resource: expect.objectContaining({ mimeType: 'application/pdf', blob: 'JVBERg==' }) }],
  ])('%s', async (form, content) => {
    expect(await get(form)).toEqual([{ role: 'user', content }]);
  });

  test('nothing, and messages of its own', async () => {
    expect(await get('nothing')).toEqual([]);
    expect(await get('messages')).toEqual([{ role: 'assistant', content: text('Ready.') }]);
  });

  test.each([
    ['missing', -32603, 'the prompt failed: its handler returned status 404'],
    ['thrown', -32603, 'the prompt failed: RangeError: no form 7'],
    ['error', -32001, 'closed on Sundays'],
  ])('%s', async (form, code, message) => {
    await expect(get(form)).rejects.toMatchObject({ code, message: `MCP error ${code}: ${message}` });
  });
});

test('cache hints are for clients of 2026-07-28, and the function’s own come first', async () => {
  const hints = async (uri: string) => {
    const { ttlMs, cacheScope } = (await modern.readResource({ uri })) as { ttlMs?: number; cacheScope?: string };
    return { ttlMs, cacheScope };
  };
  expect(await hints('shop://terms')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
  expect(await hints('shop://articles/LAMP-7')).toEqual({ ttlMs: 0, cacheScope: 'private' });
  expect(await hints('shop://forms/cached')).toEqual({ ttlMs: 1000, cacheScope: 'private' });
  expect(await client.readResource({ uri: 'shop://terms' })).not.toHaveProperty('ttlMs');
});
