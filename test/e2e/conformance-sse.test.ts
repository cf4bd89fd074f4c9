import { readFileSync } from 'node:fs';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ConformanceServer, startConformanceServer } from '../conformance/server';
import { requirements } from '../conformance/suite.mjs';
import { sseClient } from './support/clients';
import { openSession } from './support/sse';
import { send } from './support/wire';

/**
 * The conformance suite has no scenarios for the HTTP+SSE transport. This ports its 2025-11-25 scenarios: a client of that transport gets
 * the same results from the same fixtures.
 */
let server: ConformanceServer;
const open: Client[] = [];
beforeAll(async () => {
  server = await startConformanceServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

async function connect(): Promise<Client> {
  const client = await sseClient(server, { elicitation: {}, sampling: {}, roots: {} });
  open.push(client);
  return client;
}

/** Calls a tool and answers its form. Returns the properties of the form and the text of the result. */
async function callWithForm(client: Client, name: string, content: Record<string, any>, args = {}) {
  let properties: Record<string, any> = {};
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    properties = 'requestedSchema' in params ? (params.requestedSchema?.properties ?? {}) : {};
    return { action: 'accept', content };
  });
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError).toBeFalsy();
  return { properties, text: textOf(result) };
}

const textOf = (result: Awaited<ReturnType<Client['callTool']>>) =>
  (result.content as Array<{ text?: string }>).map(({ text }) => text).join();

const scenarios: Record<string, (client: Client) => Promise<void>> = {
  'server-initialize': async (client) => {
    expect(client.getServerVersion()).toMatchObject({ name: 'conformance', version: '1.0.0' });
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, resources: {}, prompts: {}, logging: {} });
  },
  'logging-set-level': async (client) => {
    expect(await client.setLoggingLevel('info')).toEqual({});
  },
  ping: async (client) => {
    expect(await client.ping()).toEqual({});
  },
  'completion-complete': async (client) => {
    const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' } as const;
    const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'test' } });
    expect(completion.values).toEqual(['test', 'testing', 'tested']);
  },
  'tools-list': async (client) => {
    const { tools } = await client.listTools();
    expect(tools.length).toBeGreaterThan(30);
    for (const { name, description, inputSchema } of tools) {
      expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
      expect(description).toBeTruthy();
      expect(inputSchema.type).toBe('object');
    }
  },
  'tools-call-simple-text': async (client) => {
    const { content } = await client.callTool({ name: 'test_simple_text' });
    expect(content).toEqual([{ type: 'text', text: 'This is a simple text response for testing.' }]);
  },
  'tools-call-image': async (client) => {
    const { content } = await client.callTool({ name: 'test_image_content' });
    expect(content).toEqual([{ type: 'image', mimeType: 'image/png', data: expect.stringMatching(/^iVBOR/) }]);
  },
  'tools-call-audio': async (client) => {
    const { content } = await client.callTool({ name: 'test_audio_content' });
    expect(content).toEqual([{ type: 'audio', mimeType: 'audio/wav', data: expect.stringMatching(/^UklGR/) }]);
  },
  'tools-call-embedded-resource': async (client) => {
    const { content } = await client.callTool({ name: 'test_embedded_resource' });
    expect(content).toMatchObject([{ type: 'resource', resource: { uri: 'test://embedded-resource' } }]);
  },
  'tools-call-mixed-content': async (client) => {
    const { content } = await client.callTool({ name: 'test_multiple_content_types' });
    expect(content).toMatchObject([{ type: 'text' }, { type: 'image' }, { type: 'resource' }]);
  },
  'tools-call-with-logging': async (client) => {
    const received: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void received.push(params.data));
    await client.setLoggingLevel('debug');
    await client.callTool({ name: 'test_tool_with_logging' });
    expect(received).toEqual(['Tool execution started', 'Tool processing data', 'Tool execution completed']);
  },
  'tools-call-error': async (client) => {
    const result = await client.callTool({ name: 'test_error_handling' });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain('This tool intentionally returns an error for testing');
  },
  'tools-call-with-progress': async (client) => {
    const received: unknown[] = [];
    const onprogress = ({ progress, total }: { progress: number; total?: number }) =>
      void received.push([progress, total]);
    await client.callTool({ name: 'test_tool_with_progress' }, undefined, { onprogress });
    expect(received).toEqual([
      [0, 100],
      [50, 100],
      [100, 100],
    ]);
  },
  'tools-call-sampling': async (client) => {
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
      expect(params).toMatchObject({ maxTokens: 100, messages: [{ role: 'user', content: { text: 'A question' } }] });
      return { role: 'assistant', content: { type: 'text', text: 'An answer' }, model: 'test-model' };
    });
    const result = await client.callTool({ name: 'test_sampling', arguments: { prompt: 'A question' } });
    expect(textOf(result)).toBe('LLM response: An answer');
  },
  'tools-call-elicitation': async (client) => {
    const content = { username: 'ada', email: 'ada@example.com' };
    const { properties, text } = await callWithForm(client, 'test_elicitation', content, { message: 'Who?' });
    expect(properties).toMatchObject({ username: { type: 'string' }, email: { type: 'string' } });
    expect(text).toContain('ada@example.com');
  },
  'elicitation-sep1034-defaults': async (client) => {
    const { properties, text } = await callWithForm(client, 'test_elicitation_sep1034_defaults', {
      name: 'Jane',
      age: 25,
    });
    expect(properties).toMatchObject({
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    });
    expect(text).toMatch(/^Elicitation completed: action=accept, content=.*Jane/);
  },
  'elicitation-sep1330-enums': async (client) => {
    const { properties } = await callWithForm(client, 'test_elicitation_sep1330_enums', { untitledSingle: 'option1' });
    expect(properties).toMatchObject({
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: { type: 'string', oneOf: [{ const: 'value1', title: 'First Option' }, {}, {}] },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: { type: 'array', items: { anyOf: [{ const: 'value1', title: 'First Choice' }, {}, {}] } },
    });
  },
  // one stream carries all responses
  'server-sse-multiple-streams': async (client) => {
    const lists = await Promise.all([client.listTools(), client.listTools(), client.listTools()]);
    expect(lists[1]).toEqual(lists[0]);
    expect(lists[2]).toEqual(lists[0]);
  },
  'resources-list': async (client) => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'test://static-binary',
      'test://static-text',
      'test://watched-resource',
    ]);
  },
  'resources-read-text': async (client) => {
    const uri = 'test://static-text';
    const text = 'This is the content of the static text resource.';
    expect((await client.readResource({ uri })).contents).toEqual([{ uri, mimeType: 'text/plain', text }]);
  },
  'resources-read-binary': async (client) => {
    const uri = 'test://static-binary';
    expect((await client.readResource({ uri })).contents).toEqual([
      { uri, mimeType: 'image/png', blob: expect.stringMatching(/^iVBOR/) },
    ]);
  },
  'resources-templates-read': async (client) => {
    const uri = 'test://template/123/data';
    const text = '{"id":"123","templateTest":true,"data":"Data for ID: 123"}';
    expect((await client.readResource({ uri })).contents).toEqual([{ uri, mimeType: 'application/json', text }]);
  },
  'resources-subscribe': async (client) => {
    expect(await client.subscribeResource({ uri: 'test://watched-resource' })).toEqual({});
  },
  'resources-unsubscribe': async (client) => {
    const uri = 'test://watched-resource';
    await client.subscribeResource({ uri });
    expect(await client.unsubscribeResource({ uri })).toEqual({});
  },
  'prompts-list': async (client) => {
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain('test_prompt_with_arguments');
    for (const { description } of prompts) expect(description).toBeTruthy();
  },
  'prompts-get-simple': async (client) => {
    const { messages } = await client.getPrompt({ name: 'test_simple_prompt' });
    expect(messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'This is a simple prompt for testing.' } },
    ]);
  },
  'prompts-get-with-args': async (client) => {
    const args = { arg1: 'hello', arg2: 'world' };
    const { messages } = await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: args });
    expect(messages).toMatchObject([{ content: { text: "Prompt with arguments: arg1='hello', arg2='world'" } }]);
  },
  'prompts-get-embedded-resource': async (client) => {
    const args = { resourceUri: 'test://example-resource' };
    const { messages } = await client.getPrompt({ name: 'test_prompt_with_embedded_resource', arguments: args });
    expect(messages).toMatchObject([
      { content: { type: 'resource', resource: { uri: 'test://example-resource' } } },
      { content: { type: 'text' } },
    ]);
  },
  'prompts-get-with-image': async (client) => {
    const { messages } = await client.getPrompt({ name: 'test_prompt_with_image' });
    expect(messages).toMatchObject([
      { content: { type: 'image', mimeType: 'image/png' } },
      { content: { type: 'text' } },
    ]);
  },
  'dns-rebinding-protection': async () => {
    await using session = await openSession(server);
    for (const [url, method] of [
      [server.sseUrl, 'GET'],
      [session.messageUrl, 'POST'],
    ] as const) {
      const headers = {
        'content-type': 'application/json',
        host: 'evil.example.com',
        origin: 'http://evil.example.com',
      };
      const body = method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined;
      const { status } = await send(url, { method, headers, body });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    const { origin } = server.sseUrl;
    expect((await session.post({ jsonrpc: '2.0', id: 1, method: 'ping' }, { origin })).status).toBe(202);
  },
};

describe('conformance scenarios over HTTP+SSE', () => {
  test('cover the suite', () => {
    expect(Object.keys(scenarios).sort()).toEqual(requirements('2025-11-25').required.sort());
  });

  test.each(Object.entries(scenarios))('%s', async (_, run) => run(await connect()));

  test('json-schema-2020-12', async () => {
    const { tools } = await (await connect()).listTools();
    const schema = JSON.parse(readFileSync('test/conformance/contact.json', 'utf8'));
    expect(tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema).toEqual(schema);
  });

  test('resources-not-found', async () => {
    const uri = 'test://nonexistent-resource';
    await expect((await connect()).readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
  });
});

describe('input requests over HTTP+SSE, without multi-round-trip results', () => {
  async function connectAnswering(): Promise<Client> {
    const client = await connect();
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      const requested = 'requestedSchema' in params ? Object.keys(params.requestedSchema?.properties ?? {}) : [];
      const answers: Record<string, string | boolean> = {
        name: 'Alice',
        color: 'blue',
        ok: true,
        context: 'the weather',
      };
      return { action: 'accept', content: Object.fromEntries(requested.map((key) => [key, answers[key]])) };
    });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: 'assistant',
      content: { type: 'text', text: 'Paris' },
      model: 'test-model',
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///test/root' }] }));
    return client;
  }

  test.each([
    ['elicitation', 'Hello, Alice!'],
    ['sampling', 'Paris'],
    ['list_roots', 'file:///test/root'],
    ['request_state', 'state-ok'],
    ['multiple_inputs', 'Paris Alice'],
    ['multi_round', 'Alice likes blue'],
    ['capabilities', 'answered'],
  ])('test_input_required_result_%s', async (name, text) => {
    const client = await connectAnswering();
    expect(textOf(await client.callTool({ name: `test_input_required_result_${name}` }))).toBe(text);
  });

  test('test_input_required_result_prompt', async () => {
    const client = await connectAnswering();
    const { messages } = await client.getPrompt({ name: 'test_input_required_result_prompt' });
    expect(messages).toMatchObject([{ content: { text: 'Prompt with context: the weather' } }]);
  });

  test('returns an error if the client lacks the capability', async () => {
    const client = await sseClient(server);
    open.push(client);
    const result = await client.callTool({ name: 'test_missing_capability' });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/sampling/);
  });
});

describe('tools with task support', () => {
  test('waits for the result if the task is optional', async () => {
    const result = await (await connect()).callTool({ name: 'slow_compute', arguments: { seconds: 1, label: 'sums' } });
    expect(textOf(result)).toBe('Computed sums in 1 s');
  });

  test('returns an error if the task is required', async () => {
    const result = await (await connect()).callTool({ name: 'failing_job' });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/only runs as a task/);
  });

  test('asks the client during the call', async () => {
    const client = await connect();
    const { text } = await callWithForm(client, 'confirm_delete', { confirm: true }, { filename: 'old.txt' });
    expect(text).toBe('Deleted old.txt');
  });
});
