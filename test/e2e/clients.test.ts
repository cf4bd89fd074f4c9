import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clients, httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

describe.each(Object.entries(clients))('%s', (_name, connect) => {
  test('lists and calls tools', async () => {
    const client = await connect(fixture);
    expect(await client.tools()).toEqual([
      'ask',
      'crash',
      'echo',
      'fail',
      'record',
      'reflect',
      'slow',
      'slow_with_timeout',
      'weather',
    ]);

    const echoed = await client.call('echo', { message: 'grüß dich 👋' });
    expect(echoed.content).toEqual([{ type: 'text', text: 'grüß dich 👋' }]);

    const weather = await client.call('weather', { city: 'Oslo' });
    expect(weather.structuredContent).toEqual({ city: 'Oslo', celsius: 21.5 });
    await client.close();
  });

  test('receives errors without internals', async () => {
    const client = await connect(fixture);
    const failed = await client.call('fail', {});
    expect(failed.isError).toBe(true);
    expect(failed.content[0].text).toContain('the database rejected the query');
    expect(failed.content[0].text).not.toContain('functions.mjs');

    const crashed = await client.call('crash', {});
    expect(crashed.isError).toBe(true);

    expect(await client.call('echo', { message: 'still works' })).toMatchObject({ content: [{ text: 'still works' }] });
    await client.close();
  });
});

describe.each([
  ['HTTP+SSE', sseClient],
  ['Streamable HTTP', httpClient],
])('other primitives over %s', (_name, connect) => {
  test('serves resources, templates, prompts and completions', async () => {
    const client = await connect(fixture);
    expect((await client.listResources()).resources).toMatchObject([{ uri: 'docs://readme', name: 'readme' }]);
    expect((await client.listResourceTemplates()).resourceTemplates).toMatchObject([
      { uriTemplate: 'docs://pages/{page}' },
    ]);
    expect((await client.readResource({ uri: 'docs://readme' })).contents).toMatchObject([
      { text: 'document docs://readme {}' },
    ]);
    expect((await client.readResource({ uri: 'docs://pages/one' })).contents).toMatchObject([
      { uri: 'docs://pages/one', mimeType: 'text/plain', text: 'document docs://pages/one {"page":"one"}' },
    ]);
    await expect(client.readResource({ uri: 'docs://pages/missing' })).rejects.toThrow(/not found/i);
    await expect(client.readResource({ uri: 'other://nothing' })).rejects.toMatchObject({ code: -32602 });

    expect((await client.listPrompts()).prompts).toMatchObject([
      { name: 'greeting', arguments: [{ name: 'name' }, { name: 'tone' }] },
    ]);
    const prompt = await client.getPrompt({ name: 'greeting', arguments: { name: 'Ada' } });
    expect(prompt.messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Greet Ada in a plain tone.' } }]);
    await expect(client.getPrompt({ name: 'greeting' })).rejects.toThrow(/name/);

    const completion = await client.complete({
      ref: { type: 'ref/prompt', name: 'greeting' },
      argument: { name: 'tone', value: 'fr' },
    });
    expect(completion.completion.values).toEqual(['friendly']);
    await client.close();
  });

  test('rejects invalid arguments without invoking the function', async () => {
    const client = await connect(fixture);
    const before = fixture.journal().length;
    const result = await client.callTool({ name: 'record', arguments: { n: 'one' } });
    expect(result).toMatchObject({ isError: true, content: [{ type: 'text', text: expect.stringContaining('n') }] });
    expect(fixture.journal()).toHaveLength(before);
    await expect(client.callTool({ name: 'no_such_tool' })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  test('returns an error if the function exceeds the timeout', async () => {
    const client = await connect(fixture);
    const result = await client.callTool({ name: 'slow_with_timeout', arguments: { seconds: 20 } });
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/1 s/) }] });
    await client.close();
  });

  test('passes the request and its context to a function with the request event', async () => {
    const client = await connect(fixture);
    const { structuredContent } = await client.callTool({ name: 'reflect', arguments: { a: 1 } });
    const { event, custom } = structuredContent as {
      event: { context: Record<string, unknown> };
      custom: Record<string, string>;
    };
    expect(event).toMatchObject({ method: 'tools/call', params: { name: 'reflect', arguments: { a: 1 } } });
    expect(event.context).toMatchObject({
      transport: connect === sseClient ? 'sse' : 'http',
      principal: { id: 'local' },
      registrationId: 'tool-reflect',
    });
    expect(event.context.client).toEqual({ name: 'e2e', version: '1.0.0' });
    expect(custom).toMatchObject({
      mcpMethod: 'tools/call',
      mcpName: 'reflect',
      bedrockAgentCoreToolName: 'e2e___reflect',
    });
    await client.close();
  });
});
