/** The server of docs/guides/resources-and-prompts.md, whose functions are the same in several languages. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { expect } from 'vitest';
import { McpCacheScope, type McpLambdaServer } from '../../../../src';

/** A function of the guide, by the name of its file in Node.js. */
export type GuideFunction = (name: string) => lambda.Function;

export function addShop(server: McpLambdaServer, fn: GuideFunction): void {
  const completeSku = fn('complete-sku');
  server.addResource(fn('terms'), {
    name: 'terms',
    uri: 'shop://terms',
    mimeType: 'text/markdown',
    cache: { ttl: Duration.hours(1), scope: McpCacheScope.PUBLIC },
  });
  server.addResourceTemplate(fn('articles'), {
    name: 'article',
    uriTemplate: 'shop://articles/{sku}',
    mimeType: 'application/json',
    listable: true,
    completionHandler: completeSku,
  });
  server.addPrompt(fn('advertise'), {
    name: 'advertise',
    description: 'Writes an advertisement for an article',
    arguments: [{ name: 'sku', description: 'The article, such as LAMP-7', required: true }, { name: 'tone' }],
    completions: { tone: ['formal', 'friendly', 'funny'] },
    completionHandler: completeSku,
  });
  server.addPrompt(fn('review'), { name: 'review', description: 'Reviews', arguments: [{ name: 'sku' }] });
}

/** What the guide says that a client gets. */
export async function expectShop(client: Client): Promise<void> {
  const terms = { uri: 'shop://terms', mimeType: 'text/markdown', text: '# Terms\n\nReturns within 30 days.' };
  expect(await client.readResource({ uri: 'shop://terms' })).toEqual({ contents: [terms] });

  const { contents } = await client.readResource({ uri: 'shop://articles/LAMP-7' });
  expect(contents).toEqual([
    { uri: 'shop://articles/LAMP-7', mimeType: 'application/json', text: expect.stringContaining('Lamp') },
  ]);
  expect(JSON.parse((contents[0] as { text: string }).text)).toEqual({ title: 'Lamp', price: 49.9 });
  const missing = client.readResource({ uri: 'shop://articles/SOFA-1' });
  await expect(missing).rejects.toMatchObject({ code: -32602, message: expect.stringContaining('Resource not found') });

  expect((await client.listResources()).resources).toEqual(
    expect.arrayContaining([
      { uri: 'shop://terms', name: 'terms', mimeType: 'text/markdown' },
      { uri: 'shop://articles/DESK-2', name: 'DESK-2', title: 'Desk' },
      { uri: 'shop://articles/LAMP-7', name: 'LAMP-7', title: 'Lamp' },
    ]),
  );

  const advertise = (args: Record<string, string>) => client.getPrompt({ name: 'advertise', arguments: args });
  const text = 'Write a funny advertisement for article LAMP-7. Read shop://articles/LAMP-7 first.';
  expect(await advertise({ sku: 'LAMP-7', tone: 'funny' })).toEqual({
    description: 'Writes an advertisement for an article',
    messages: [{ role: 'user', content: { type: 'text', text } }],
  });
  await expect(advertise({ tone: 'funny' })).rejects.toMatchObject({ code: -32602 });
  const { messages } = await client.getPrompt({ name: 'review', arguments: { sku: 'LAMP-7' } });
  expect(messages.map(({ content }) => content.type)).toEqual(['text', 'resource']);

  const prompt = { type: 'ref/prompt', name: 'advertise' } as const;
  const template = { type: 'ref/resource', uri: 'shop://articles/{sku}' } as const;
  const complete = async (ref: typeof prompt | typeof template, name: string, value: string) =>
    (await client.complete({ ref, argument: { name, value } })).completion;
  expect(await complete(prompt, 'tone', 'Fr')).toEqual({ values: ['friendly'], total: 1, hasMore: false });
  expect((await complete(prompt, 'sku', 'la')).values).toEqual(['LAMP-7', 'LAMP-9']);
  expect((await complete(template, 'sku', 'd')).values).toEqual(['DESK-2']);
}
