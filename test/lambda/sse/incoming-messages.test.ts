import { expect, test } from 'vitest';
import { IncomingMessages } from '../../../lambda/sse/incoming-messages.js';
import { encodeMessage } from '../../../lambda/sse/queue-message.js';

function received(id: string, method: string, batch?: { id: string; size: number }) {
  const { MessageBody, MessageAttributes } = encodeMessage({ message: { jsonrpc: '2.0', method }, batch });
  return { MessageId: id, Body: MessageBody, MessageAttributes };
}
const methods = (messages: ReturnType<IncomingMessages['add']>) => messages.map(({ message }) => message.method);

test('returns a redelivered message once', () => {
  const incoming = new IncomingMessages();
  expect(methods(incoming.add(received('1', 'a')))).toEqual(['a']);
  expect(methods(incoming.add(received('1', 'a')))).toEqual([]);
  expect(methods(incoming.add(received('2', 'a')))).toEqual(['a']);
});

test('drops a message that is not JSON-RPC', () => {
  expect(new IncomingMessages().add({ MessageId: '1', Body: 'hello' })).toEqual([]);
});

test('returns a batch when it is complete, and other messages meanwhile', () => {
  const incoming = new IncomingMessages();
  const batch = { id: 'r', size: 3 };
  expect(methods(incoming.add(received('1', 'a', batch)))).toEqual([]);
  expect(methods(incoming.add(received('2', 'x')))).toEqual(['x']);
  expect(methods(incoming.add(received('3', 'b', batch)))).toEqual([]);
  expect(methods(incoming.add(received('3', 'b', batch)))).toEqual([]); // redelivered: still two of three
  expect(methods(incoming.add(received('4', 'c', batch)))).toEqual(['a', 'b', 'c']);
});

test('never returns a batch that stays incomplete', () => {
  const incoming = new IncomingMessages();
  incoming.add(received('1', 'a', { id: 'incomplete', size: 2 }));
  expect(methods(incoming.add(received('2', 'a', { id: 'complete', size: 2 })))).toEqual([]);
  expect(methods(incoming.add(received('3', 'b', { id: 'complete', size: 2 })))).toEqual(['a', 'b']);
});
