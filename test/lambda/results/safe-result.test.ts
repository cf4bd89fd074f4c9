import type { ContentBlock } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { safeInputRequests } from '../../../lambda/functions/input-requests.js';
import { safeContent, safeResource, withoutReservedMeta } from '../../../lambda/results/safe-result.js';

const link = (more: object) =>
  ({ type: 'resource_link', uri: 'https://a.example', name: 'a', ...more }) as ContentBlock;

test.each(['javascript:alert(1)', 'file:///etc/passwd', 'JAVA\tSCRIPT:x', 'vbscript:x'])(
  'replaces a link to %j by a text',
  (uri) => {
    const scheme = uri.replace('\t', '').split(':')[0]!.toLowerCase();
    expect(safeContent(link({ uri, title: 'Invoice\u202e' }), 'tool-result:x')).toEqual({
      type: 'text',
      text: `[link removed: ${scheme}: links are not allowed] Invoice`,
    });
  },
);

test('gives an embedded resource with an unsafe URI the URI of the result', () => {
  const resource = { uri: 'file:///etc/passwd', text: 'a\u200bb', _meta: { 'io.modelcontextprotocol/x': 1 } };
  expect(safeContent({ type: 'resource', resource }, 'tool-result:x')).toEqual({
    type: 'resource',
    resource: { uri: 'tool-result:x', text: 'a\u200bb' },
  });
});

test('removes hidden characters and unsafe icons from what clients display of a link', () => {
  const icons = [{ src: 'javascript:x' }, { src: 'https://a.example/i.png' }, { src: 'data:image/png;base64,AA' }];
  expect(safeResource({ uri: 'docs://a', name: 'a\u200b', description: '\u202eb', icons })).toEqual({
    uri: 'docs://a',
    name: 'a',
    description: 'b',
    icons: icons.slice(1),
  });
});

test('removes the keys of _meta that MCP reserves', () => {
  expect(withoutReservedMeta({ _meta: { 'io.modelcontextprotocol/serverInfo': {}, 'a.example/b': 1 } })).toEqual({
    _meta: { 'a.example/b': 1 },
  });
  expect(withoutReservedMeta({ text: 'a', _meta: { 'mcp/x': 1 } })).toEqual({ text: 'a' });
});

test.each([
  { type: 'text', text: 'javascript:alert(1) \u202e\u0000', _meta: { 'a.example/b': 1 } },
  { type: 'image', data: 'AA', mimeType: 'image/png' },
  link({ uri: 'docs://orders/1' }),
] as ContentBlock[])('leaves other content as it is: $type', (content) => {
  expect(safeContent(content, 'tool-result:x')).toEqual(content);
});

test('removes hidden characters from the message of an elicitation', () => {
  const params = { message: 'Send to evil\u202e@example.com?', requestedSchema: { type: 'object', properties: {} } };
  expect(safeInputRequests({ a: { method: 'elicitation/create', params } })).toEqual({
    a: { method: 'elicitation/create', params: { ...params, message: 'Send to evil@example.com?' } },
  });
  const sampling = { method: 'sampling/createMessage', params: { messages: [] } };
  expect(safeInputRequests({ a: sampling }).a).toBe(sampling);
});
